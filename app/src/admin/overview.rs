//! `/admin`: chats that wait too long, chats that nobody can answer, and the newest reports.

use crate::{
    admin::{
        entries::{UnattendedEntry, WaitingEntry},
        reports::ReportList,
        server_fns::{CloseForClinic, SettleReport},
    },
    components::{
        form::{FormProblem, posted_problem},
        loaded::loaded,
    },
    i18n::td_string,
    layout::form_page::AdminPage,
    preferences::use_locale,
    protocol::AdminOverview,
};
use leptos::prelude::*;

/// The page.
#[component]
pub fn Overview() -> impl IntoView {
    let locale = use_locale();
    let problem = posted_problem::<SettleReport>().or_else(posted_problem::<CloseForClinic>);
    view! {
        <AdminPage path="/admin">
            <p class="lead">{td_string!(locale, admin_lead)}</p>
            <FormProblem problem />
            {loaded(|backend| async move { backend.admin_overview().await }, |overview| view! { <Sections overview /> })}
        </AdminPage>
    }
}

/// The sections. `forms.js` fetches them again every minute.
#[component]
pub fn Sections(
    /// The chats and reports.
    overview: AdminOverview,
) -> impl IntoView {
    let locale = use_locale();
    let AdminOverview { waiting, unattended, reports, next_reports } = overview;
    let waiting = if waiting.is_empty() {
        view! { <p class="empty">{td_string!(locale, nobody_waits)}</p> }.into_any()
    } else {
        let entries = waiting.into_iter().map(|chat| view! { <WaitingEntry chat /> });
        view! { <ul class="admin-list">{entries.collect_view()}</ul> }.into_any()
    };
    let unattended = (!unattended.is_empty()).then(|| {
        let entries = unattended.into_iter().map(|chat| view! { <UnattendedEntry chat /> });
        view! {
            <section class="card" id="unattended" aria-labelledby="unattended-heading">
                <h2 id="unattended-heading" tabindex="-1">{td_string!(locale, unattended)}</h2>
                <p>{td_string!(locale, unattended_explained)}</p>
                <ul class="admin-list">{entries.collect_view()}</ul>
            </section>
        }
    });
    view! {
        <div class="admin-sections" id="overview" data-refresh>
            <section class="card" id="waiting" aria-labelledby="waiting-heading">
                <h2 id="waiting-heading" tabindex="-1">{td_string!(locale, waiting_too_long)}</h2>
                {waiting}
            </section>
            {unattended}
            <section class="card" id="reports" aria-labelledby="reports-heading">
                <h2 id="reports-heading" tabindex="-1">{td_string!(locale, reports)}</h2>
                <ReportList reports next=next_reports />
            </section>
        </div>
    }
}
