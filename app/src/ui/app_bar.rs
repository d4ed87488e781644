//! The bar at the top of every page.

use super::{preferences::Preferences, viewer::use_viewer};
use crate::{
    api::account::SignOut,
    i18n::{t_string, use_i18n},
};
use leptos::prelude::*;

/// Product name, preferences, and the way out.
#[component]
pub fn AppBar() -> impl IntoView {
    let i18n = use_i18n();
    let viewer = use_viewer();
    let home = viewer.as_ref().map_or("/sign-in", |viewer| viewer.role.home());
    view! {
        <a class="skip-link" href="#content" rel="external">
            {move || t_string!(i18n, skip_to_content)}
        </a>
        <header class="app-bar">
            <a class="brand" href=home>
                <svg viewBox="0 0 32 32" aria-hidden="true">
                    <path d="M6 5h20a3 3 0 0 1 3 3v12a3 3 0 0 1-3 3H15l-7 6v-6H6a3 3 0 0 1-3-3V8a3 3 0 0 1 3-3Z" />
                    <path class="brand-cross" d="M16 9.5v9M11.500 14h9" />
                </svg>
                <span>{move || t_string!(i18n, product)}</span>
            </a>
            <div class="app-bar-end">
                {viewer.map(|viewer| view! { <span class="viewer-name">{viewer.name}</span> })}
                <Preferences /> {use_viewer().map(|_| view! { <SignOutButton /> })}
            </div>
        </header>
    }
}

/// Leaves with a whole new page, so that nothing of the session stays in memory.
#[component]
fn SignOutButton() -> impl IntoView {
    use server_fn::ServerFn;
    let i18n = use_i18n();
    view! {
        <form method="post" action=SignOut::url()>
            <button type="submit" class="button quiet">
                {move || t_string!(i18n, sign_out)}
            </button>
        </form>
    }
}
