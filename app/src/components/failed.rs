//! What a pane shows if nothing is there or something failed, with a way out.

use crate::{
    components::{page_title::PageTitle, problem::problem_text, viewer::use_viewer},
    i18n::td_string,
    preferences::use_locale,
    protocol::Problem,
};
use leptos::prelude::*;

/// Sets the HTTP status of the rendered page to the problem's.
#[cfg(feature = "ssr")]
pub fn set_status(problem: &Problem) {
    crate::response::set_problem(problem);
}

/// The browser's stub: there is no status to set.
#[cfg(not(feature = "ssr"))]
pub const fn set_status(_: &Problem) {}

/// Says that nothing is here.
#[component]
pub fn Nothing() -> impl IntoView {
    let locale = use_locale();
    let home = use_viewer().map_or("/", |viewer| viewer.role.home());
    view! {
        <PageTitle words=|locale| td_string!(locale, not_found_title) />
        <section class="blank">
            <h1>{td_string!(locale, not_found_title)}</h1>
            <p>{td_string!(locale, not_found_lead)}</p>
            <a class="button" href=home>
                {td_string!(locale, to_start)}
            </a>
        </section>
    }
}

/// Says what failed, and offers to try again.
#[component]
pub fn Failed(
    /// What failed.
    problem: Problem,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <PageTitle words=|locale| td_string!(locale, something_wrong) />
        <section class="blank" role="alert">
            <h1>{td_string!(locale, something_wrong)}</h1>
            <p>{problem_text(locale, &problem)}</p>
            <a class="button" href="" rel="external">
                {td_string!(locale, try_again)}
            </a>
        </section>
    }
}
