//! The admin's page: overdue chats, reports, the settings for emergencies, and the clinic's saved
//! replies. Accounts are managed on the command line.

use super::safety::SafetySettings;
use crate::{
    admin::overview::OverviewSections,
    components::page_title::PageTitle,
    doctor::reply_editor::SavedReplies,
    i18n::{t_string, td_string, use_i18n},
    layout::app_bar::AppBar,
    protocol::Role,
};
use leptos::prelude::*;

/// `/admin`
#[component]
pub fn Admin() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <PageTitle words=|locale| td_string!(locale, admin_title) />
        <AppBar />
        <main id="content" class="admin" tabindex="-1">
            <header class="admin-head">
                <h1>{move || t_string!(i18n, admin_title)}</h1>
                <p class="lead">{move || t_string!(i18n, admin_lead)}</p>
            </header>
            <nav class="admin-nav" aria-label=move || t_string!(i18n, on_this_page)>
                <a href="#waiting" rel="external">
                    {move || t_string!(i18n, waiting_too_long)}
                </a>
                <a href="#reports" rel="external">
                    {move || t_string!(i18n, reports)}
                </a>
                <a href="#safety" rel="external">
                    {move || t_string!(i18n, safety)}
                </a>
                <a href="#replies" rel="external">
                    {move || t_string!(i18n, saved_replies)}
                </a>
            </nav>
            <div class="admin-sections">
                <OverviewSections />
                <section class="card" id="safety" aria-labelledby="safety-heading">
                    <h2 id="safety-heading">{move || t_string!(i18n, safety)}</h2>
                    <SafetySettings />
                </section>
                <section class="card" id="replies" aria-labelledby="replies-heading">
                    <h2 id="replies-heading">{move || t_string!(i18n, saved_replies)}</h2>
                    <p class="lead">{move || t_string!(i18n, clinic_replies_lead)}</p>
                    <SavedReplies role=Role::Admin />
                </section>
            </div>
        </main>
    }
}
