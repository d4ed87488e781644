//! `/doctor/replies`: a doctor's saved replies, and the clinic's.

use crate::{
    doctor::reply_editor::ReplyEditor, i18n::td_string, layout::form_page::DoctorPage, preferences::use_locale,
    protocol::Role,
};
use leptos::prelude::*;

/// The page.
#[component]
pub fn SavedReplies() -> impl IntoView {
    let locale = use_locale();
    view! {
        <DoctorPage title=|locale| {
            td_string!(locale, saved_replies)
        }>
            <p class="lead">{td_string!(locale, saved_replies_lead)}</p>
            <ReplyEditor role=Role::Doctor />
        </DoctorPage>
    }
}
