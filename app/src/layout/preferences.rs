//! The menu for language and colours, which follow the device until the user chooses; a cookie
//! keeps the choice for a year. It also links to the other settings.

use crate::{
    components::{
        details_menu::{shut, shut_when_left},
        prehydration_input::take_typed,
        viewer::use_viewer,
    },
    i18n::{Locale, td_string},
    layout::server_fns::SetPreferences,
    notifications::context::notifications_page,
    preferences::use_locale,
    preferences::{LANGUAGE_COOKIE, THEME_COOKIE, Theme},
    protocol::Role,
};
use leptos::{html, prelude::*};
use leptos_i18n::Locale as _;

/// The preference cookie as JavaScript sets it, on a page of this protocol (for example `https:`).
#[cfg(any(feature = "hydrate", test))]
fn scripted_cookie(name: &str, value: &str, protocol: &str) -> String {
    let cookie = crate::preferences::preference_cookie(name, value);
    if protocol == "https:" { cookie + "; Secure" } else { cookie }
}

/// The language's name in that language.
const fn own_name(locale: Locale) -> &'static str {
    match locale {
        Locale::en => "English",
        Locale::es => "Español",
    }
}

/// Switches for language and colours. A plain form, which JavaScript applies at once.
#[component]
pub fn Preferences() -> impl IntoView {
    let locale = use_locale();
    let theme = expect_context::<RwSignal<Theme>>();
    let action = ServerAction::<SetPreferences>::new();
    let is_doctor = use_viewer().is_some_and(|viewer| viewer.role == Role::Doctor);
    let choose_language = move |chosen: String| {
        if let Ok(chosen) = chosen.parse::<Locale>()
            && chosen != locale
        {
            keep(LANGUAGE_COOKIE, chosen.as_str());
            load_again();
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
            <summary class="icon-button" aria-label=td_string!(locale, settings) title=td_string!(locale, settings)>
                <svg viewBox="0 0 24 24" aria-hidden="true">
                    <path d="M4 7h9M17 7h3M4 17h3M11 17h9" />
                    <circle cx="15" cy="7" r="2" />
                    <circle cx="9" cy="17" r="2" />
                </svg>
            </summary>
            <ActionForm action attr:class="preferences-panel">
                <label>
                    <span>{td_string!(locale, language)}</span>
                    <select
                        name="language"
                        autocomplete="off"
                        node_ref=languages
                        on:change=move |event| choose_language(event_target_value(&event))
                    >
                        {Locale::get_all()
                            .iter()
                            .map(|&offered| {
                                view! {
                                    <option
                                        value=offered.as_str()
                                        lang=offered.as_str()
                                        selected=offered == locale
                                    >
                                        {own_name(offered)}
                                    </option>
                                }
                            })
                            .collect_view()}
                    </select>
                </label>
                <label>
                    <span>{td_string!(locale, theme)}</span>
                    <select
                        name="theme"
                        autocomplete="off"
                        node_ref=themes
                        on:change=move |event| choose_theme(event_target_value(&event))
                    >
                        <option value="system" selected=move || theme.get() == Theme::System>
                            {td_string!(locale, theme_system)}
                        </option>
                        <option value="light" selected=move || theme.get() == Theme::Light>
                            {td_string!(locale, theme_light)}
                        </option>
                        <option value="dark" selected=move || theme.get() == Theme::Dark>
                            {td_string!(locale, theme_dark)}
                        </option>
                    </select>
                </label>
                {is_doctor
                    .then(|| {
                        view! {
                            <a class="button" href="/doctor/settings" on:click=move |_| shut(panel)>
                                {td_string!(locale, your_settings)}
                            </a>
                        }
                    })}
                <noscript>
                    <button type="submit" class="button">{td_string!(locale, apply)}</button>
                </noscript>
                {notified
                    .map(|role| {
                        view! {
                            <a href=notifications_page(role) on:click=move |_| shut(panel)>
                                {td_string!(locale, notifications)}
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
        // Refused only if cookies are off; then the choice lasts until the page is closed.
        let _ = document.set_cookie(&scripted_cookie(name, value, &protocol));
    }
}

#[cfg(not(feature = "hydrate"))]
const fn keep(_: &str, _: &str) {}

/// Loads the page in the chosen language. Drafts and unsent messages are stored already.
#[cfg(feature = "hydrate")]
fn load_again() {
    let _ = window().location().reload();
}

#[cfg(not(feature = "hydrate"))]
const fn load_again() {}

#[cfg(test)]
mod tests {
    use super::scripted_cookie;

    #[test]
    fn scripted_cookie_is_secure_on_https() {
        let of = |protocol| scripted_cookie("bedside_theme", "dark", protocol);
        assert!(of("https:").ends_with("; Secure"));
        assert!(!of("http:").contains("Secure"), "browsers would refuse it");
    }
}
