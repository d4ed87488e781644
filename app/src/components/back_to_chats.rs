//! The link to the list of chats, for screens where the list is a page of its own.

use crate::{components::viewer::use_viewer, i18n::td_string, preferences::use_locale};
use leptos::prelude::*;
use leptos_router::components::A;

/// An arrow; hidden on wide screens, where the list is beside every page.
#[component]
pub fn BackToChats() -> impl IntoView {
    let locale = use_locale();
    let home = use_viewer().map_or("/", |viewer| viewer.role.home());
    view! {
        <A href=home attr:class="icon-button back" attr:aria-label=td_string!(locale, back_to_chats)>
            <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d="M15 5l-7 7 7 7" />
            </svg>
        </A>
    }
}
