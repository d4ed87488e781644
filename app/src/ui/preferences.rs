//! Language and colours: chosen by the device, or by the person and kept in a cookie for a year. And the way to what
//! else can be chosen.

use super::{
    notifying::notifications_page,
    panel::{shut, shut_when_left},
    typed::take_typed,
    viewer::use_viewer,
};
use crate::{
    api::account::SetPreferences,
    i18n::{Locale, t_string, use_i18n},
    protocol::Role,
};
use leptos::{html, prelude::*};
use leptos_i18n::Locale as _;
use serde::{Deserialize, Serialize};

/// The chosen language's cookie.
pub const LANGUAGE_COOKIE: &str = "bedside_language";
/// The chosen colours' cookie.
pub const THEME_COOKIE: &str = "bedside_theme";

/// Which colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the device says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// As in the cookie and in `data-theme`.
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

/// A cookie that keeps a preference for a year. It says nothing about health, and script reads it too. On https the
/// server makes every cookie that it sets `Secure`; script has to say so itself ([`scripted_cookie`]).
#[must_use]
pub fn preference_cookie(name: &str, value: &str) -> String {
    format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax")
}

/// The same as script sets it, on a page of this protocol (`https:`).
#[cfg(any(feature = "hydrate", test))]
fn scripted_cookie(name: &str, value: &str, protocol: &str) -> String {
    let cookie = preference_cookie(name, value);
    if protocol == "https:" { cookie + "; Secure" } else { cookie }
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

/// The colours this request's person chose.
#[cfg(feature = "ssr")]
pub(crate) fn theme_of_request() -> Theme {
    request_cookie(THEME_COOKIE).map(|name| Theme::from_name(&name)).unwrap_or_default()
}

/// The languages this request's person reads: the chosen one, or else `Accept-Language`.
#[cfg(feature = "ssr")]
pub(crate) fn language_header() -> Option<String> {
    request_cookie(LANGUAGE_COOKIE).or_else(|| {
        let parts = use_context::<http::request::Parts>()?;
        Some(parts.headers.get(http::header::ACCEPT_LANGUAGE)?.to_str().ok()?.to_owned())
    })
}

/// In the browser the page's own language counts.
#[cfg(not(feature = "ssr"))]
pub(crate) fn language_header() -> Option<String> {
    None
}

/// The language's own name for itself.
const fn own_name(locale: Locale) -> &'static str {
    match locale {
        Locale::en => "English",
        Locale::es => "Español",
    }
}

/// Switches for language and colours. A plain form, made immediate by script.
#[component]
pub fn Preferences() -> impl IntoView {
    let i18n = use_i18n();
    let theme = expect_context::<RwSignal<Theme>>();
    let action = ServerAction::<SetPreferences>::new();
    let is_doctor = use_viewer().is_some_and(|viewer| viewer.role == Role::Doctor);
    let choose_language = move |chosen: String| {
        if let Ok(locale) = chosen.parse::<Locale>()
            && locale != i18n.get_locale_untracked()
        {
            i18n.set_locale(locale);
            keep(LANGUAGE_COOKIE, locale.as_str());
        }
    };
    let choose_theme = move |chosen: String| {
        let chosen = Theme::from_name(&chosen);
        if chosen != theme.get_untracked() {
            theme.set(chosen);
            keep(THEME_COOKIE, chosen.name());
        }
    };
    let (languages, themes) = (NodeRef::<html::Select>::new(), NodeRef::<html::Select>::new());
    take_typed(languages, choose_language);
    take_typed(themes, choose_theme);
    let panel = NodeRef::<html::Details>::new();
    shut_when_left(panel);
    let notified = use_viewer().map(|viewer| viewer.role).filter(|role| matches!(role, Role::Patient | Role::Doctor));
    view! {
        <details class="preferences" node_ref=panel>
            <summary class="icon-button" aria-label=move || t_string!(i18n, settings) title=move || t_string!(i18n, settings)>
                <svg viewBox="0 0 24 24" aria-hidden="true">
                    <path d="M4 7h9M17 7h3M4 17h3M11 17h9" />
                    <circle cx="15" cy="7" r="2" />
                    <circle cx="9" cy="17" r="2" />
                </svg>
            </summary>
            <ActionForm action attr:class="preferences-panel">
                <label>
                    <span>{move || t_string!(i18n, language)}</span>
                    <select
                        name="language"
                        autocomplete="off"
                        node_ref=languages
                        on:change=move |event| choose_language(event_target_value(&event))
                    >
                        {Locale::get_all()
                            .iter()
                            .map(|&locale| {
                                view! {
                                    <option
                                        value=locale.as_str()
                                        lang=locale.as_str()
                                        selected=move || i18n.get_locale() == locale
                                    >
                                        {own_name(locale)}
                                    </option>
                                }
                            })
                            .collect_view()}
                    </select>
                </label>
                <label>
                    <span>{move || t_string!(i18n, theme)}</span>
                    <select
                        name="theme"
                        autocomplete="off"
                        node_ref=themes
                        on:change=move |event| choose_theme(event_target_value(&event))
                    >
                        <option value="system" selected=move || theme.get() == Theme::System>
                            {move || t_string!(i18n, theme_system)}
                        </option>
                        <option value="light" selected=move || theme.get() == Theme::Light>
                            {move || t_string!(i18n, theme_light)}
                        </option>
                        <option value="dark" selected=move || theme.get() == Theme::Dark>
                            {move || t_string!(i18n, theme_dark)}
                        </option>
                    </select>
                </label>
                {is_doctor
                    .then(|| {
                        view! {
                            <a class="button" href="/doctor/settings" on:click=move |_| shut(panel)>
                                {move || t_string!(i18n, your_settings)}
                            </a>
                        }
                    })}
                <noscript>
                    <button type="submit" class="button">{move || t_string!(i18n, apply)}</button>
                </noscript>
                {notified
                    .map(|role| {
                        view! {
                            <a href=notifications_page(role) on:click=move |_| shut(panel)>
                                {move || t_string!(i18n, notifications)}
                            </a>
                        }
                    })}
            </ActionForm>
        </details>
    }
}

#[cfg(feature = "hydrate")]
fn keep(name: &str, value: &str) {
    use wasm_bindgen::JsCast;
    if let Some(document) = document().dyn_ref::<web_sys::HtmlDocument>() {
        let protocol = window().location().protocol().unwrap_or_default();
        // Refused only where cookies are off altogether; then the choice lasts as long as the page.
        let _ = document.set_cookie(&scripted_cookie(name, value, &protocol));
    }
}

#[cfg(not(feature = "hydrate"))]
const fn keep(_: &str, _: &str) {}

#[cfg(test)]
mod tests {
    use super::scripted_cookie;

    #[test]
    fn a_cookie_that_script_sets_is_bound_to_https_where_the_page_is() {
        let of = |protocol| scripted_cookie("bedside_theme", "dark", protocol);
        assert!(of("https:").ends_with("; Secure"));
        assert!(!of("http:").contains("Secure"), "browsers would refuse it");
    }
}
