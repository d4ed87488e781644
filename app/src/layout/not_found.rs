//! Whole pages for an address that isn't one, or isn't one's own, and for what went wrong.

use crate::{
    components::failed::{Failed, Nothing, set_status},
    layout::app_bar::AppBar,
    protocol::{Problem, ProblemCode},
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
