//! Language and colours, and their cookies.

use crate::i18n::Locale;
use leptos::prelude::use_context;
#[cfg(feature = "ssr")]
use leptos_i18n::{
    context::{I18nContextOptions, UseLocalesOptions},
    locale::resolve_locale_with_options,
};
use serde::{Deserialize, Serialize};

/// The cookie of the chosen language.
pub const LANGUAGE_COOKIE: &str = "bedside_language";
/// The cookie of the chosen colours.
pub const THEME_COOKIE: &str = "bedside_theme";

/// The colours of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the device is set.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The name in the cookie and in `data-theme`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of this name; the device's for any other.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.name() == name).unwrap_or_default()
    }
}

/// The language of this page. It never changes: another language is another page.
#[must_use]
pub fn use_locale() -> Locale {
    use_context().unwrap_or_default()
}

/// A cookie that keeps a preference for a year. It contains no health data, and JavaScript reads it
/// too. On https the server adds `Secure` to every cookie that it sets; JavaScript adds it itself
/// (`layout::preferences`).
#[must_use]
pub fn preference_cookie(name: &str, value: &str) -> String {
    format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax")
}

#[cfg(feature = "ssr")]
fn request_cookie(name: &str) -> Option<String> {
    let parts = use_context::<http::request::Parts>()?;
    parts.headers.get_all(http::header::COOKIE).iter().find_map(|cookies| {
        cookies.to_str().ok()?.split(';').find_map(|cookie| {
            let (key, value) = cookie.trim().split_once('=')?;
            (key == name).then(|| value.to_owned())
        })
    })
}

/// The colours in this request's cookie.
#[cfg(feature = "ssr")]
pub(crate) fn theme_of_request() -> Theme {
    request_cookie(THEME_COOKIE).map(|name| Theme::from_name(&name)).unwrap_or_default()
}

/// The language of this request: the one in the cookie, otherwise the best of `Accept-Language`.
#[cfg(feature = "ssr")]
pub(crate) fn locale_of_request() -> Locale {
    resolve_locale_with_options(I18nContextOptions {
        enable_cookie: false,
        ssr_lang_header_getter: UseLocalesOptions::default().ssr_lang_header_getter(language_header),
        ..Default::default()
    })
}

/// The languages of this request, as in `Accept-Language` (RFC 9110, section 12.5.4).
#[cfg(feature = "ssr")]
fn language_header() -> Option<String> {
    request_cookie(LANGUAGE_COOKIE).or_else(|| {
        let parts = use_context::<http::request::Parts>()?;
        Some(parts.headers.get(http::header::ACCEPT_LANGUAGE)?.to_str().ok()?.to_owned())
    })
}
