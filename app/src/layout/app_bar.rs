//! The bar at the top of every page.

use crate::{
    components::viewer::use_viewer, i18n::td_string, layout::preferences::Preferences, layout::server_fns::SignOut,
    live::Live, preferences::use_locale, takeover::pause,
};
use leptos::{ev, prelude::*};

/// Product name, preferences and the sign-out button.
#[component]
pub fn AppBar() -> impl IntoView {
    pause();
    let locale = use_locale();
    let viewer = use_viewer();
    let home = viewer.as_ref().map_or("/sign-in", |viewer| viewer.role.home());
    view! {
        <a class="skip-link" href="#content" rel="external">
            {td_string!(locale, skip_to_content)}
        </a>
        <header class="app-bar">
            <a class="brand" href=home>
                <svg viewBox="0 0 32 32" aria-hidden="true">
                    <path d="M6 5h20a3 3 0 0 1 3 3v12a3 3 0 0 1-3 3H15l-7 6v-6H6a3 3 0 0 1-3-3V8a3 3 0 0 1 3-3Z" />
                    <path class="brand-cross" d="M16 9.5v9M11.500 14h9" />
                </svg>
                <span>{td_string!(locale, product)}</span>
            </a>
            <div class="app-bar-end">
                {viewer.map(|viewer| view! { <span class="viewer-name">{viewer.name}</span> })}
                <Preferences /> {use_viewer().map(|_| view! { <SignOutButton /> })}
            </div>
        </header>
    }
}

/// Signs out with a full page load, so that nothing of the session stays in memory.
#[component]
fn SignOutButton() -> impl IntoView {
    use server_fn::ServerFn;
    pause();
    let locale = use_locale();
    let live = use_context::<Live>();
    let words = td_string!(locale, sign_out_unsent);
    view! {
        <form method="post" action=SignOut::url() on:submit=move |event| leave(&event, live, words)>
            <button type="submit" class="button quiet">
                {td_string!(locale, sign_out)}
            </button>
        </form>
    }
}

/// Empties the browser's store. Asks first if unsent messages would be lost.
#[cfg(feature = "hydrate")]
fn leave(event: &ev::SubmitEvent, live: Option<Live>, question: &str) {
    let Some(live) = live else { return };
    if live.peek(crate::live::LiveState::has_outgoing) && !window().confirm_with_message(question).unwrap_or(true) {
        event.prevent_default();
        return;
    }
    live.wipe();
}

#[cfg(not(feature = "hydrate"))]
const fn leave(_: &ev::SubmitEvent, _: Option<Live>, _: &str) {}
