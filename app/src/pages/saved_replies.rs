//! A doctor's saved replies.

use crate::{
    i18n::{t_string, td_string, use_i18n},
    protocol::Role,
    ui::{page_title::PageTitle, reply_editor::SavedReplies},
};
use leptos::prelude::*;
use leptos_router::components::A;

/// `/doctor/replies`
#[component]
pub fn SavedRepliesPage() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <PageTitle words=|locale| td_string!(locale, saved_replies) />
        <section class="replies-page">
            <A href=Role::Doctor.home() attr:class="button quiet back-link">
                {move || t_string!(i18n, back_to_chats)}
            </A>
            <h1>{move || t_string!(i18n, saved_replies)}</h1>
            <p class="lead">{move || t_string!(i18n, saved_replies_lead)}</p>
            <SavedReplies role=Role::Doctor />
        </section>
    }
}
