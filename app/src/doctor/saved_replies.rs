//! A doctor's saved replies.

use crate::{
    components::{back_to_chats::BackToChats, page_title::PageTitle},
    doctor::reply_editor::SavedReplies,
    i18n::td_string,
    preferences::use_locale,
    protocol::Role,
};
use leptos::prelude::*;

/// `/doctor/replies`
#[component]
pub fn SavedRepliesPage() -> impl IntoView {
    let locale = use_locale();
    view! {
        <PageTitle words=|locale| td_string!(locale, saved_replies) />
        <section class="replies-page">
            <header class="page-head">
                <BackToChats />
                <h1>{td_string!(locale, saved_replies)}</h1>
            </header>
            <p class="lead">{td_string!(locale, saved_replies_lead)}</p>
            <SavedReplies role=Role::Doctor />
        </section>
    }
}
