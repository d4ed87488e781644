//! A doctor's settings, the notifications page and the admin's page.

use super::{specimen::Specimen, stage::Stage};
use crate::{
    admin::{overview::Overview, safety::SafetySettings},
    doctor::{saved_replies::SavedReplies, settings::DoctorSettings},
    notifications::page::Notifications,
    protocol::Role,
};
use leptos::prelude::*;

/// The forms of settings.
pub(super) fn forms() -> AnyView {
    view! {
        <Specimen name="A doctor's settings" shape="sg-whole">
            {Stage::for_role(Role::Doctor).at("/doctor/settings").show(|| view! { <DoctorSettings /> }.into_any())}
        </Specimen>
        <Specimen name="Notifications, before the page knows the permission" shape="sg-half">
            {Stage::for_role(Role::Patient).show(|| view! { <Notifications /> }.into_any())}
        </Specimen>
        <Specimen name="A doctor's saved replies and the clinic's" shape="sg-whole">
            {Stage::for_role(Role::Doctor).at("/doctor/replies").show(|| view! { <SavedReplies /> }.into_any())}
        </Specimen>
        <Specimen name="Who waits too long, and what was reported" shape="sg-whole">
            {Stage::for_role(Role::Admin).at("/admin").show(|| view! { <Overview /> }.into_any())}
        </Specimen>
        <Specimen name="What the clinic says of emergencies" shape="sg-whole">
            {Stage::for_role(Role::Admin).at("/admin/safety").show(|| view! { <SafetySettings /> }.into_any())}
        </Specimen>
    }
    .into_any()
}
