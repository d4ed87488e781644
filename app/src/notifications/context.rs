//! The user's notification preferences, the component that runs the notification service, and the
//! hint that notifications exist.

use crate::{
    components::{ssr_memo::ssr_memo, viewer::PageFacts},
    i18n::td_string,
    live::{NotificationPreferences, Permission},
    preferences::use_locale,
    protocol::{Role, Timestamp, UserId},
    takeover::pause,
};
use leptos::prelude::*;
use leptos_router::{
    components::A,
    hooks::{use_location, use_navigate},
};

/// The user's preferences, provided at the root. They are read once the page is live.
#[derive(Clone, Copy)]
pub struct NotificationContext {
    viewer: UserId,
    preferences: RwSignal<Option<NotificationPreferences>>,
}

impl NotificationContext {
    /// Provides this user's preferences as context.
    pub fn provide(viewer: UserId) {
        let notifications = Self { viewer, preferences: RwSignal::new(None) };
        provide_context(notifications);
        browser::follow(notifications);
    }

    /// The page's context. Panics if none was provided.
    pub fn expect() -> Self {
        expect_context()
    }

    /// The preferences; the default until they were read.
    pub fn preferences(self) -> NotificationPreferences {
        self.preferences.get().unwrap_or_default()
    }

    /// Changes the preferences. Afterwards the hint is not shown again.
    pub fn choose(self, choose: impl FnOnce(&mut NotificationPreferences)) {
        let mut preferences = self.preferences.get_untracked().unwrap_or_default();
        choose(&mut preferences);
        preferences.is_asked = true;
        self.preferences.set(Some(preferences));
        browser::keep(self.viewer, preferences);
    }

    /// Whether to show the hint: the user has not answered it, and the browser could show
    /// notifications.
    fn is_to_be_asked(self) -> bool {
        self.preferences.get().is_some_and(|preferences| !preferences.is_asked)
            && matches!(browser::permit(), Some(Permission::NotAsked | Permission::Allowed))
    }
}

/// The address of the notifications page.
#[must_use]
pub fn notifications_page(role: Role) -> String {
    format!("{}/notifications", role.home())
}

/// Runs the notification service while the page is open. Draws nothing.
#[component]
pub fn NotificationRunner() -> impl IntoView {
    pause();
    let facts = use_context::<PageFacts>();
    if let Some((opened_at, viewer)) = facts.and_then(|facts| Some((facts.rendered_at, facts.viewer?)))
        && matches!(viewer.role, Role::Patient | Role::Doctor)
    {
        let (path, navigate) = (use_location().pathname, use_navigate());
        let open = move |chat: String| navigate(&chat, leptos_router::NavigateOptions::default());
        notify(path.into(), open, opened_at, viewer.role);
    }
}

/// Runs the notification service. `path` is the page's path, and `open` opens a chat's page.
pub fn notify(path: Signal<String>, open: impl Fn(String) + Clone + 'static, opened_at: Timestamp, role: Role) {
    browser::begin(use_locale(), path, open, opened_at, role);
}

/// A line that offers notifications to users who have not been asked yet.
#[component]
pub fn NotifyHint(
    /// The viewer's role.
    role: Role,
) -> impl IntoView {
    pause();
    let locale = use_locale();
    let notifications = NotificationContext::expect();
    let is_due = ssr_memo(move || notifications.is_to_be_asked());
    view! {
        <Show when=move || is_due.get()>
            <p class="notify-hint">
                <A href=notifications_page(role)>{td_string!(locale, notify_hint)}</A>
                <button type="button" class="button quiet" on:click=move |_| notifications.choose(|_| ())>
                    {td_string!(locale, notify_not_now)}
                </button>
            </p>
        </Show>
    }
}

/// The browser's permission for notifications; `None` on the server.
#[must_use]
pub fn permit() -> Option<Permission> {
    browser::permit()
}

#[cfg(feature = "hydrate")]
mod browser {
    use super::NotificationContext;
    use crate::{
        i18n::{Locale, td_string},
        live::{Live, NotificationCallbacks, NotificationPreferences, NotificationService, Permission},
        protocol::{ChatId, Role, Timestamp, UserId},
    };
    use leptos::{ev, leptos_dom::helpers::window_event_listener, prelude::*};
    use std::rc::Rc;

    /// Reads the stored preferences and follows their changes in other tabs.
    pub(super) fn follow(notifications: NotificationContext) {
        let NotificationContext { viewer, preferences } = notifications;
        let key = NotificationPreferences::key(viewer);
        Effect::new(move |_| preferences.set(Some(NotificationPreferences::read(kept(viewer).as_deref()))));
        let _ = window_event_listener(ev::storage, move |event| {
            if event.key().as_ref() == Some(&key) {
                preferences.set(Some(NotificationPreferences::read(event.new_value().as_deref())));
            }
        });
    }

    pub(super) fn begin(
        locale: Locale,
        path: Signal<String>,
        open: impl Fn(String) + Clone + 'static,
        opened_at: Timestamp,
        role: Role,
    ) {
        let (live, notifications) = (Live::expect(), NotificationContext::expect());
        Effect::new(move |_| {
            let open = open.clone();
            let callbacks = NotificationCallbacks {
                preferences: Box::new(move || notifications.preferences.get_untracked().unwrap_or_default()),
                words: Box::new(move |count| words(locale, count)),
                open: Rc::new(move |chat_id| open(format!("{}/chat/{chat_id}", role.home()))),
            };
            let service = NotificationService::start(live, opened_at, callbacks);
            Effect::new(move |_| service.turn_to(path.with(|path| chat_of(path))));
        });
    }

    fn words(locale: Locale, count: i64) -> String {
        match count {
            1 => td_string!(locale, new_message).to_string(),
            _ => td_string!(locale, count_new_messages, count = count.to_string()).to_string(),
        }
    }

    /// The chat that the page at this path shows.
    fn chat_of(path: &str) -> Option<ChatId> {
        let (_, chat_id) = path.rsplit_once("/chat/")?;
        chat_id.trim_end_matches('/').parse().ok()
    }

    #[expect(clippy::unnecessary_wraps, reason = "on the server there is none")]
    pub(super) fn permit() -> Option<Permission> {
        Some(crate::live::permit())
    }

    pub(super) fn keep(viewer: UserId, preferences: NotificationPreferences) {
        if let (Ok(Some(storage)), Ok(text)) = (window().local_storage(), serde_json::to_string(&preferences)) {
            // Without storage, the choice lasts until the page is closed.
            let _ = storage.set_item(&NotificationPreferences::key(viewer), &text);
        }
    }

    fn kept(viewer: UserId) -> Option<String> {
        window().local_storage().ok()??.get_item(&NotificationPreferences::key(viewer)).ok()?
    }
}

/// Stubs for the server, which shows no notifications.
#[cfg(not(feature = "hydrate"))]
mod browser {
    use super::NotificationContext;
    use crate::live::{NotificationPreferences, Permission};
    use crate::protocol::{Role, Timestamp, UserId};

    pub(super) const fn follow(_: NotificationContext) {}

    pub(super) fn begin<L, P, O>(_: L, _: P, _: O, _: Timestamp, _: Role) {}

    pub(super) const fn permit() -> Option<Permission> {
        None
    }

    pub(super) const fn keep(_: UserId, _: NotificationPreferences) {}
}
