//! The notifications page: the browser's permission, the user's preferences, and a test.

use crate::{
    components::{back_to_chats::BackToChats, page_title::PageTitle},
    i18n::{Locale, td_string},
    live::{BrowserFamily, NotificationPreferences, Permission},
    notifications::context::{NotificationContext, permit},
    preferences::use_locale,
};
use leptos::{ev, leptos_dom::helpers::window_event_listener, prelude::*};

/// The result of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser tries anything"))]
enum TestResult {
    /// Not available yet.
    Waiting,
    /// The browser showed the notification.
    Shown,
    /// The browser did not show it.
    NotShown,
    /// The browser does not allow any page to show one.
    Refused,
    /// The permission is missing.
    NotAllowed(Permission),
    /// The sound was played.
    Played,
    /// The sound was not played.
    NotPlayed,
}

/// `/patient/notifications` and `/doctor/notifications`
#[component]
pub fn Notifications() -> impl IntoView {
    let locale = use_locale();
    let notifications = NotificationContext::expect();
    let found = RwSignal::new(None::<Permission>);
    let tried = RwSignal::new(None::<TestResult>);
    Effect::new(move |_| found.set(permit()));
    // The user may have changed the permission in the browser's settings.
    let again = window_event_listener(ev::focus, move |_| found.set(permit()));
    on_cleanup(move || again.remove());
    let allow = Action::new_local(move |(): &()| async move {
        let permit = browser::ask().await;
        found.set(permit);
        if permit == Some(Permission::Allowed) {
            notifications.choose(|preferences| preferences.notifications = true);
        }
    });
    let test = Action::new_local(move |(): &()| async move {
        tried.set(Some(TestResult::Waiting));
        let words = td_string!(locale, notify_test_words);
        tried.set(Some(browser::show(words).await));
    });
    let play = Action::new_local(move |(): &()| {
        // Started within the click, which browsers require for sound.
        let playing = browser::play();
        async move {
            tried.set(Some(TestResult::Waiting));
            tried.set(Some(if playing.await { TestResult::Played } else { TestResult::NotPlayed }));
        }
    });
    view! {
        <PageTitle words=|locale| td_string!(locale, notifications) />
        <section class="notify">
            <header class="page-head">
                <BackToChats />
                <h1>{td_string!(locale, notifications)}</h1>
            </header>
            <p>{td_string!(locale, notify_lead)}</p>
            <noscript>
                <p>{td_string!(locale, notify_no_script)}</p>
            </noscript>
            <div class="notify-state" role="status">
                {move || found.get().map(|permit| state_words(locale, permit, notifications.preferences()))}
            </div>
            <Show when=move || found.get() == Some(Permission::NotAsked)>
                <button type="button" class="button primary" on:click=move |_| {
                    allow.dispatch(());
                }>{td_string!(locale, notify_allow)}</button>
            </Show>
            <Choices found />
            <section class="notify-test needs-script">
                <h2>{td_string!(locale, notify_test_title)}</h2>
                <div class="notify-buttons">
                    <button type="button" class="button" on:click=move |_| {
                        test.dispatch(());
                    }>{td_string!(locale, notify_test)}</button>
                    <button type="button" class="button" on:click=move |_| {
                        play.dispatch(());
                    }>{td_string!(locale, notify_play)}</button>
                </div>
                <p role="status">{move || tried.get().map(|tried| tried_words(locale, tried))}</p>
            </section>
        </section>
    }
}

/// The preferences.
#[component]
fn Choices(found: RwSignal<Option<Permission>>) -> impl IntoView {
    let locale = use_locale();
    let notifications = NotificationContext::expect();
    let is_allowed = Signal::derive(move || found.get() == Some(Permission::Allowed));
    // These options have no effect while notifications are off.
    let is_on = Signal::derive(move || is_allowed.get() && notifications.preferences().notifications);
    let is_found = Signal::derive(move || found.get().is_some());
    let words = |words: fn(Locale) -> &'static str| Signal::derive(move || words(locale));
    view! {
        <fieldset class="notify-choices needs-script">
            <legend>{td_string!(locale, notify_choices)}</legend>
            <Choice
                words=words(|locale| td_string!(locale, notify_wish_notifications))
                is_possible=is_allowed
                of=|preferences| &mut preferences.notifications
            />
            <Choice
                words=words(|locale| td_string!(locale, notify_wish_names))
                is_possible=is_on
                of=|preferences| &mut preferences.names
            />
            <Choice
                words=words(|locale| td_string!(locale, notify_wish_text))
                is_possible=is_on
                of=|preferences| &mut preferences.text
            />
            <p class="field-hint">{td_string!(locale, notify_seen_by_others)}</p>
            <Choice
                words=words(|locale| td_string!(locale, notify_wish_sound))
                is_possible=is_found
                of=|preferences| &mut preferences.sound
            />
            <p class="field-hint">{td_string!(locale, notify_kept_here)}</p>
        </fieldset>
    }
}

/// One checkbox.
#[component]
fn Choice(
    words: Signal<&'static str>,
    is_possible: Signal<bool>,
    of: fn(&mut NotificationPreferences) -> &mut bool,
) -> impl IntoView {
    let notifications = NotificationContext::expect();
    view! {
        <label class="check">
            <input
                type="checkbox"
                autocomplete="off"
                disabled=move || !is_possible.get()
                prop:checked=move || *of(&mut notifications.preferences())
                on:change=move |event| {
                    let is_wished = event_target_checked(&event);
                    notifications.choose(|preferences| *of(preferences) = is_wished);
                    if notifications.preferences().sound {
                        browser::get_ready_to_play();
                    }
                }
            />
            <span>{move || words.get()}</span>
        </label>
    }
}

/// Says whether this browser shows notifications.
fn state_words(locale: Locale, permit: Permission, preferences: NotificationPreferences) -> AnyView {
    let words = match permit {
        Permission::Unsupported => td_string!(locale, notify_unsupported),
        Permission::Insecure => td_string!(locale, notify_insecure),
        Permission::NotAsked => td_string!(locale, notify_not_asked),
        Permission::Allowed if preferences.notifications => td_string!(locale, notify_on),
        Permission::Allowed => td_string!(locale, notify_off),
        Permission::Blocked => td_string!(locale, notify_blocked),
    };
    let how = (permit == Permission::Blocked).then(|| match browser::family() {
        BrowserFamily::Firefox => td_string!(locale, notify_how_firefox),
        BrowserFamily::Chromium => td_string!(locale, notify_how_chromium),
        BrowserFamily::Safari => td_string!(locale, notify_how_safari),
        BrowserFamily::Other => td_string!(locale, notify_how_other),
    });
    view! {
        <p>{words}</p>
        {how.map(|how| view! { <p>{how}</p> })}
    }
    .into_any()
}

fn tried_words(locale: Locale, tried: TestResult) -> &'static str {
    match tried {
        TestResult::Waiting => td_string!(locale, notify_waiting),
        TestResult::Shown => td_string!(locale, notify_shown),
        TestResult::NotShown => td_string!(locale, notify_not_shown),
        TestResult::Refused => td_string!(locale, notify_refused),
        TestResult::NotAllowed(Permission::Unsupported) => td_string!(locale, notify_unsupported),
        TestResult::NotAllowed(Permission::Insecure) => td_string!(locale, notify_insecure),
        TestResult::NotAllowed(Permission::Blocked) => td_string!(locale, notify_test_blocked),
        TestResult::NotAllowed(Permission::NotAsked | Permission::Allowed) => td_string!(locale, notify_test_not_asked),
        TestResult::Played => td_string!(locale, notify_played),
        TestResult::NotPlayed => td_string!(locale, notify_not_played),
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use super::TestResult;
    use crate::live::{self, BrowserFamily, BrowserNotification, Permission, Sound};
    use leptos::prelude::window;

    pub(super) async fn ask() -> Option<Permission> {
        Some(live::ask().await)
    }

    /// Shows a notification like that of a new message.
    pub(super) async fn show(words: &str) -> TestResult {
        match live::permit() {
            Permission::Allowed => {}
            permit => return TestResult::NotAllowed(permit),
        }
        let to_front = || {
            let _ = window().focus();
        };
        match BrowserNotification::show("test", words, "", to_front) {
            Some(banner) if banner.is_shown().await => TestResult::Shown,
            Some(_) => TestResult::NotShown,
            None => TestResult::Refused,
        }
    }

    pub(super) fn play() -> impl Future<Output = bool> {
        let playing = Sound::try_out();
        async move {
            match playing {
                Some(playing) => playing.sounds().await,
                None => false,
            }
        }
    }

    pub(super) fn get_ready_to_play() {
        Sound::resume();
    }

    pub(super) fn family() -> BrowserFamily {
        live::family(&window().navigator().user_agent().unwrap_or_default())
    }
}

/// Stubs for the server.
#[cfg(not(feature = "hydrate"))]
mod browser {
    use super::TestResult;
    use crate::live::{BrowserFamily, Permission};

    pub(super) async fn ask() -> Option<Permission> {
        None
    }

    pub(super) async fn show(_: &str) -> TestResult {
        TestResult::Waiting
    }

    pub(super) async fn play() -> bool {
        false
    }

    pub(super) const fn get_ready_to_play() {}

    pub(super) const fn family() -> BrowserFamily {
        BrowserFamily::Other
    }
}
