//! Whole pages for an address that does not exist or that the viewer may not see, and for errors.

use crate::{
    components::failed::{Failed, Nothing, set_status},
    layout::app_bar::AppBar,
    protocol::{Problem, ProblemCode},
};
use leptos::prelude::*;

/// A whole page that says that nothing is here.
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
    /// The reason.
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
