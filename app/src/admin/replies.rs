//! `/admin/replies`: the saved replies that the clinic offers all doctors.

use crate::{
    doctor::reply_editor::ReplyEditor, i18n::td_string, layout::form_page::AdminPage, preferences::use_locale,
    protocol::Role,
};
use leptos::prelude::*;

/// The page.
#[component]
pub fn ClinicReplies() -> impl IntoView {
    let locale = use_locale();
    view! {
        <AdminPage path="/admin/replies">
            <p class="lead">{td_string!(locale, clinic_replies_lead)}</p>
            <ReplyEditor role=Role::Admin />
        </AdminPage>
    }
}
