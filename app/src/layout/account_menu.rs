//! The menu at the end of the bar: a signed-in user's pages, language and theme, and the way out.
//! Language and theme follow the device until the user chooses; a cookie keeps the choice for a
//! year.

use crate::{
    components::{
        avatar::Avatar,
        details_menu::{shut, shut_and_return, shut_when_left},
        overlay::{Open, Overlay},
        prehydration_input::take_typed,
        viewer::use_viewer,
    },
    i18n::{Locale, td_string},
    layout::server_fns::{SetPreferences, SignOut},
    live::Live,
    notifications::context::notifications_page,
    preferences::{LANGUAGE_COOKIE, THEME_COOKIE, Theme, use_locale},
    protocol::Role,
};
use leptos::{ev, html, prelude::*, server_fn::ServerFn};
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

/// The menu, under the user's name; for visitors under an icon.
#[component]
pub fn AccountMenu() -> impl IntoView {
    let locale = use_locale();
    let viewer = use_viewer();
    let panel = NodeRef::<html::Details>::new();
    shut_when_left(panel);
    let role = viewer.as_ref().map(|viewer| viewer.role);
    let summary = match viewer {
        Some(viewer) => {
            let label = td_string!(locale, account_of, name = viewer.name.clone()).to_string();
            view! {
                <summary class="account-button" aria-label=label.clone() title=label>
                    <Avatar name=viewer.name.clone() />
                    <span class="viewer-name">{viewer.name}</span>
                    <svg viewBox="0 0 24 24" aria-hidden="true">
                        <path d="M7 10l5 5 5-5" />
                    </svg>
                </summary>
            }
            .into_any()
        }
        None => view! {
            <summary class="icon-button" aria-label=td_string!(locale, settings) title=td_string!(locale, settings)>
                <svg viewBox="0 0 24 24" aria-hidden="true">
                    <path d="M4 7h9M17 7h3M4 17h3M11 17h9" />
                    <circle cx="15" cy="7" r="2" />
                    <circle cx="9" cy="17" r="2" />
                </svg>
            </summary>
        }
        .into_any(),
    };
    view! {
        <details class="menu account-menu" id="account-menu" node_ref=panel>
            {summary}
            <div class="account-panel">
                <Pages role panel />
                <Preferences />
                {role.map(|_| view! { <SignOutForm /> })}
            </div>
        </details>
    }
}

/// The links to the user's other pages. They are form pages, with a full page load.
#[component]
fn Pages(role: Option<Role>, panel: NodeRef<html::Details>) -> impl IntoView {
    let locale = use_locale();
    let own = match role {
        Some(Role::Doctor) => {
            vec![
                ("/doctor/settings", td_string!(locale, your_settings)),
                ("/doctor/replies", td_string!(locale, saved_replies)),
            ]
        }
        _ => Vec::new(),
    };
    let own = own.into_iter().map(|(path, name)| view! { <a href=path rel="external">{name}</a> });
    let notifications = role.filter(|role| *role != Role::Admin).map(|role| {
        view! {
            <a href=notifications_page(role) on:click=move |_| shut(panel)>
                {td_string!(locale, notifications)}
            </a>
        }
    });
    let shortcuts = use_context::<Overlay>().map(|overlay| {
        view! {
            <button
                type="button"
                class="needs-script needs-keyboard"
                on:click=move |_| {
                    shut_and_return(panel);
                    overlay.open.set(Some(Open::Help));
                }
            >
                {td_string!(locale, shortcuts)}
            </button>
        }
    });
    view! {
        {own.collect_view()}
        {notifications}
        {shortcuts}
    }
}

/// Language and theme: a plain form, which script applies at once.
#[component]
fn Preferences() -> impl IntoView {
    let locale = use_locale();
    let theme = expect_context::<RwSignal<Theme>>();
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
    let offered_languages = Locale::get_all().iter().map(|&offered| {
        view! {
            <option value=offered.as_str() lang=offered.as_str() selected=offered == locale>
                {own_name(offered)}
            </option>
        }
    });
    let offered_themes = [
        (Theme::System, td_string!(locale, theme_system)),
        (Theme::Light, td_string!(locale, theme_light)),
        (Theme::Dark, td_string!(locale, theme_dark)),
    ]
    .map(|(offered, name)| {
        view! {
            <option value=offered.name() selected=theme.get_untracked() == offered>
                {name}
            </option>
        }
    });
    view! {
        <form method="post" action=SetPreferences::url() class="preferences">
            <label>
                <span>{td_string!(locale, language)}</span>
                <select
                    name="language"
                    autocomplete="off"
                    node_ref=languages
                    on:change=move |event| choose_language(event_target_value(&event))
                >
                    {offered_languages.collect_view()}
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
                    {offered_themes.into_iter().collect_view()}
                </select>
            </label>
            <noscript>
                <button type="submit" class="button">{td_string!(locale, apply)}</button>
            </noscript>
        </form>
    }
}

/// Signs out with a full page load, so that nothing of the session stays in memory.
#[component]
fn SignOutForm() -> impl IntoView {
    let locale = use_locale();
    let live = use_context::<Live>();
    let question = td_string!(locale, sign_out_unsent);
    view! {
        <form
            method="post"
            action=SignOut::url()
            id="sign-out"
            data-leave
            data-question=question
            on:submit=move |event| leave(&event, live, question)
        >
            <button type="submit">{td_string!(locale, sign_out)}</button>
        </form>
    }
}

/// Empties the browser's store. Asks first if unsent messages would be lost.
#[cfg(feature = "hydrate")]
pub(crate) fn leave(event: &ev::SubmitEvent, live: Option<Live>, question: &str) {
    let Some(live) = live else { return };
    if live.peek(crate::live::LiveState::has_outgoing) && !window().confirm_with_message(question).unwrap_or(true) {
        event.prevent_default();
        return;
    }
    live.wipe();
}

#[cfg(not(feature = "hydrate"))]
const fn leave(_: &ev::SubmitEvent, _: Option<Live>, _: &str) {}

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
