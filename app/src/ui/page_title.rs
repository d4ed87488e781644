//! A page's title: what it is, never whose.

use crate::i18n::{Locale, use_i18n};
use leptos::prelude::*;
use leptos_meta::Title;

/// Sets the document's title.
#[component]
pub fn PageTitle(
    /// What the page is, in a language.
    words: fn(Locale) -> &'static str,
) -> impl IntoView {
    let i18n = use_i18n();
    let title = move |locale| format!("{} · Bedside", words(locale));
    // The server writes the title when the page's signals may be gone already: it gets the text itself.
    #[cfg(feature = "ssr")]
    let text = title(i18n.get_locale_untracked());
    #[cfg(not(feature = "ssr"))]
    let text = move || title(i18n.get_locale());
    view! { <Title text /> }
}
