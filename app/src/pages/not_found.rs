//! Nothing here: an address that isn't one, or isn't one's own; and what went wrong, with a way out.

use crate::{
    i18n::{t_string, td_string, use_i18n},
    protocol::{Problem, ProblemCode},
    ui::{app_bar::AppBar, page_title::PageTitle, problem::problem_text, viewer::use_viewer},
};
use leptos::prelude::*;

/// A whole page that says there is nothing.
#[component]
pub fn NotFound() -> impl IntoView {
    set_status(&ProblemCode::NotFound.into());
    view! {
        <AppBar />
        <main id="content" class="entry" tabindex="-1">
            <Nothing />
        </main>
    }
}

/// A whole page that says why nothing can be shown.
#[component]
pub fn Trouble(
    /// Why.
    problem: Problem,
) -> impl IntoView {
    set_status(&problem);
    view! {
        <AppBar />
        <main id="content" class="entry" tabindex="-1">
            <Failed problem />
        </main>
    }
}

/// Gives the page that is being rendered the problem's status.
#[cfg(feature = "ssr")]
pub(super) fn set_status(problem: &Problem) {
    crate::api::response::set_problem(problem);
}

/// In the browser there is no status to give.
#[cfg(not(feature = "ssr"))]
pub(super) const fn set_status(_: &Problem) {}

/// The same as [`NotFound`] inside a pane.
#[component]
pub fn Nothing() -> impl IntoView {
    let i18n = use_i18n();
    let home = use_viewer().map_or("/", |viewer| viewer.role.home());
    view! {
        <PageTitle words=|locale| td_string!(locale, not_found_title) />
        <section class="blank">
            <h1>{move || t_string!(i18n, not_found_title)}</h1>
            <p>{move || t_string!(i18n, not_found_lead)}</p>
            <a class="button" href=home>
                {move || t_string!(i18n, to_start)}
            </a>
        </section>
    }
}

/// Something failed: says what, and offers to try again.
#[component]
pub fn Failed(
    /// What happened.
    problem: Problem,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <PageTitle words=|locale| td_string!(locale, something_wrong) />
        <section class="blank" role="alert">
            <h1>{move || t_string!(i18n, something_wrong)}</h1>
            <p>{move || problem_text(i18n, &problem)}</p>
            <a class="button" href="" rel="external">
                {move || t_string!(i18n, try_again)}
            </a>
        </section>
    }
}
