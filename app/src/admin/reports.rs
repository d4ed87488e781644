//! `/admin/reports`: all reports, a page at a time. `?after=` is the position of a page.

use crate::{
    admin::{entries::ReportEntry, server_fns::SettleReport},
    components::{
        form::{FormProblem, posted_problem},
        loaded::loaded,
    },
    i18n::td_string,
    layout::form_page::AdminPage,
    preferences::use_locale,
    protocol::{Report, ReportPage, ReportQuery},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The page.
#[component]
pub fn Reports() -> impl IntoView {
    let query = ReportQuery { after: use_query_map().with_untracked(|query| query.get("after")), limit: None };
    let problem = posted_problem::<SettleReport>();
    view! {
        <AdminPage path="/admin/reports">
            <FormProblem problem />
            {loaded(
                |backend| async move { backend.reports(query).await },
                |ReportPage { reports, next }| {
                    view! {
                        <section class="card" id="reports">
                            <ReportList reports next />
                        </section>
                    }
                },
            )}
        </AdminPage>
    }
}

/// A page of reports, with a link to the next.
#[component]
pub fn ReportList(
    /// The reports, in the order of the list.
    reports: Vec<Report>,
    /// The position of the next page.
    next: Option<String>,
) -> impl IntoView {
    let locale = use_locale();
    if reports.is_empty() {
        return view! { <p class="empty">{td_string!(locale, no_reports)}</p> }.into_any();
    }
    // After a report is resolved, the focus goes to the button of the one below.
    let open: Vec<_> = reports.iter().filter(|report| report.settled_at.is_none()).map(|report| report.id).collect();
    let entries = reports.into_iter().map(|report| {
        let below = open.iter().skip_while(|id| **id != report.id).nth(1).copied();
        view! { <ReportEntry report below /> }
    });
    let more = next.map(|next| {
        view! {
            <a class="button quiet wide" href=format!("/admin/reports?after={next}")>
                {td_string!(locale, more_reports)}
            </a>
        }
    });
    view! {
        <ul class="admin-list">{entries.collect_view()}</ul>
        {more}
    }
    .into_any()
}
