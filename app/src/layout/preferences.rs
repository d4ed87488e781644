//! The menu for language and colours, which follow the device until the user chooses; a cookie
//! keeps the choice for a year. It also links to the other settings.

use crate::{
    components::{
        details_menu::{shut, shut_when_left},
        prehydration_input::take_typed,
        viewer::use_viewer,
    },
    i18n::{Locale, t_string, use_i18n},
    layout::server_fns::SetPreferences,
    notifications::context::notifications_page,
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
        // Refused only if cookies are off; then the choice lasts until the page is closed.
        let _ = document.set_cookie(&scripted_cookie(name, value, &protocol));
    }
}

#[cfg(not(feature = "hydrate"))]
const fn keep(_: &str, _: &str) {}

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
