//! A doctor's saved replies.

use crate::{
    components::{back_to_chats::BackToChats, page_title::PageTitle},
    doctor::reply_editor::SavedReplies,
    i18n::{t_string, td_string, use_i18n},
    protocol::Role,
};
use leptos::prelude::*;

/// `/doctor/replies`
#[component]
pub fn SavedRepliesPage() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <PageTitle words=|locale| td_string!(locale, saved_replies) />
        <section class="replies-page">
            <header class="page-head">
                <BackToChats />
                <h1>{move || t_string!(i18n, saved_replies)}</h1>
            </header>
            <p class="lead">{move || t_string!(i18n, saved_replies_lead)}</p>
            <SavedReplies role=Role::Doctor />
        </section>
    }
}
