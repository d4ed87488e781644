//! The document's title: the kind of page and the number of unread messages, never a name.

#[cfg(not(feature = "ssr"))]
use crate::live::{Live, LiveState};
use crate::{i18n::Locale, preferences::use_locale};
use leptos::prelude::*;
use leptos_meta::Title;

/// Sets the document's title.
#[component]
pub fn PageTitle(
    /// The kind of page, in a language.
    words: fn(Locale) -> &'static str,
) -> impl IntoView {
    let locale = use_locale();
    let title = move |locale| format!("{} · Bedside", words(locale));
    #[cfg(not(feature = "ssr"))]
    let live = use_context::<Live>();
    // The server writes the title when the page's signals may be gone, so it gets the text.
    #[cfg(feature = "ssr")]
    let text = title(locale);
    #[cfg(not(feature = "ssr"))]
    let text = move || match live.map_or(0, |live| live.with(LiveState::unread)) {
        0 => title(locale),
        count @ 1..100 => format!("({count}) {}", title(locale)),
        _ => format!("(99+) {}", title(locale)),
    };
    view! { <Title text /> }
}
