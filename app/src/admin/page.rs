//! The admin's page: overdue chats, reports, the settings for emergencies, and the clinic's saved
//! replies. Accounts are managed on the command line.

use super::safety::SafetySettings;
use crate::{
    admin::overview::OverviewSections, components::page_title::PageTitle, doctor::reply_editor::SavedReplies,
    i18n::td_string, layout::app_bar::AppBar, preferences::use_locale, protocol::Role,
};
use leptos::prelude::*;

/// `/admin`
#[component]
pub fn Admin() -> impl IntoView {
    let locale = use_locale();
    view! {
        <PageTitle words=|locale| td_string!(locale, admin_title) />
        <AppBar />
        <main id="content" class="admin" tabindex="-1">
            <header class="admin-head">
                <h1>{td_string!(locale, admin_title)}</h1>
                <p class="lead">{td_string!(locale, admin_lead)}</p>
            </header>
            <nav class="admin-nav" aria-label=td_string!(locale, on_this_page)>
                <a href="#waiting" rel="external">
                    {td_string!(locale, waiting_too_long)}
                </a>
                <a href="#reports" rel="external">
                    {td_string!(locale, reports)}
                </a>
                <a href="#safety" rel="external">
                    {td_string!(locale, safety)}
                </a>
                <a href="#replies" rel="external">
                    {td_string!(locale, saved_replies)}
                </a>
            </nav>
            <div class="admin-sections">
                <OverviewSections />
                <section class="card" id="safety" aria-labelledby="safety-heading">
                    <h2 id="safety-heading">{td_string!(locale, safety)}</h2>
                    <SafetySettings />
                </section>
                <section class="card" id="replies" aria-labelledby="replies-heading">
                    <h2 id="replies-heading">{td_string!(locale, saved_replies)}</h2>
                    <p class="lead">{td_string!(locale, clinic_replies_lead)}</p>
                    <SavedReplies role=Role::Admin />
                </section>
            </div>
        </main>
    }
}
