//! The bar at the top of every page.

use crate::{
    components::viewer::use_viewer, i18n::td_string, layout::account_menu::AccountMenu, preferences::use_locale,
};
use leptos::prelude::*;

/// Product name and account menu.
#[component]
pub fn AppBar() -> impl IntoView {
    let locale = use_locale();
    let home = use_viewer().map_or("/sign-in", |viewer| viewer.role.home());
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
            <AccountMenu />
        </header>
    }
}
