//! The directory and the lists of chats.

use super::{specimen::Specimen, stage::Stage};
use crate::{chats::list::ChatList, directory::page::Directory, protocol::Role};
use leptos::prelude::*;

/// The directory, with a different availability for each doctor.
pub(super) fn doctors() -> AnyView {
    view! {
        <Specimen name="The directory" shape="sg-whole">
            {Stage::for_role(Role::Patient).show(|| view! { <Directory /> }.into_any())}
        </Specimen>
    }
    .into_any()
}

/// The lists of a doctor and of a patient.
pub(super) fn lists() -> AnyView {
    let list = |role: Role, path: &'static str| {
        Stage::for_role(role).at(path).show(move || {
            view! {
                <div class="pane-list">
                    <ChatList role />
                </div>
            }
            .into_any()
        })
    };
    view! {
        <Specimen name="A doctor's list, the longest wait first" shape="sg-half">
            {list(Role::Doctor, "/doctor/chat/3")}
        </Specimen>
        <Specimen name="A patient's: the newest first" shape="sg-half">
            {list(Role::Patient, "/patient/chat/2")}
        </Specimen>
    }
    .into_any()
}
