//! Being told of new messages: what the person wishes, who tells them, and the hint that they can be told.

use crate::{
    components::{ssr_memo::remembered, viewer::PageFacts},
    i18n::{t_string, use_i18n},
    live::{Permit, Wishes},
    protocol::{Role, UserId},
    takeover::pause,
};
use leptos::prelude::*;
use leptos_router::{
    components::A,
    hooks::{use_location, use_navigate},
};

/// What the page's person wishes, once the page is live and has looked; provided at the root.
#[derive(Clone, Copy)]
pub struct Notifying {
    viewer: UserId,
    wishes: RwSignal<Option<Wishes>>,
}

impl Notifying {
    /// This person's, provided to everything below.
    pub fn provide(viewer: UserId) {
        let notifying = Self { viewer, wishes: RwSignal::new(None) };
        provide_context(notifying);
        browser::follow(notifying);
    }

    /// The page's.
    pub fn expect() -> Self {
        expect_context()
    }

    /// What they wish; nothing, as long as that is not known.
    pub fn wishes(self) -> Wishes {
        self.wishes.get().unwrap_or_default()
    }

    /// Takes over what they chose. Whoever chooses has been asked.
    pub fn choose(self, choose: impl FnOnce(&mut Wishes)) {
        let mut wishes = self.wishes.get_untracked().unwrap_or_default();
        choose(&mut wishes);
        wishes.is_asked = true;
        self.wishes.set(Some(wishes));
        browser::keep(self.viewer, wishes);
    }

    /// Whether they were never asked, and could say yes.
    fn is_to_be_asked(self) -> bool {
        self.wishes.get().is_some_and(|wishes| !wishes.is_asked)
            && matches!(browser::permit(), Some(Permit::NotAsked | Permit::Allowed))
    }
}

/// The address of the page about this.
#[must_use]
pub fn notifications_page(role: Role) -> String {
    format!("{}/notifications", role.home())
}

/// Tells, as long as the page is open. Draws nothing.
#[component]
pub fn NotificationRunner() -> impl IntoView {
    pause();
    let facts = use_context::<PageFacts>();
    if let Some((opened_at, viewer)) = facts.and_then(|facts| Some((facts.rendered_at, facts.viewer?)))
        && matches!(viewer.role, Role::Patient | Role::Doctor)
    {
        browser::begin(use_i18n(), (use_location(), use_navigate()), opened_at, viewer.role);
    }
}

/// One line for whoever was never asked whether they want to be told.
#[component]
pub fn NotifyHint(
    /// Whose page it is.
    role: Role,
) -> impl IntoView {
    pause();
    let i18n = use_i18n();
    let notifying = Notifying::expect();
    let is_due = remembered(move || notifying.is_to_be_asked());
    view! {
        <Show when=move || is_due.get()>
            <p class="notify-hint">
                <A href=notifications_page(role)>{move || t_string!(i18n, notify_hint)}</A>
                <button type="button" class="button quiet" on:click=move |_| notifying.choose(|_| ())>
                    {move || t_string!(i18n, notify_not_now)}
                </button>
            </p>
        </Show>
    }
}

/// What the browser says to notifications; `None` while the page is being rendered.
#[must_use]
pub fn permit() -> Option<Permit> {
    browser::permit()
}

#[cfg(feature = "hydrate")]
mod browser {
    use super::Notifying;
    use crate::{
        i18n::{Locale, td_string},
        live::{Live, Manner, NotificationService, Permit, Wishes},
        protocol::{ChatId, Role, Timestamp, UserId},
    };
    use leptos::{ev, leptos_dom::helpers::window_event_listener, prelude::*};
    use leptos_i18n::I18nContext;
    use leptos_router::{NavigateOptions, location::Location};
    use std::rc::Rc;

    /// Reads what was kept, and follows what the person chooses in other tabs.
    pub(super) fn follow(notifying: Notifying) {
        let Notifying { viewer, wishes } = notifying;
        let key = Wishes::key(viewer);
        Effect::new(move |_| wishes.set(Some(Wishes::read(kept(viewer).as_deref()))));
        let _ = window_event_listener(ev::storage, move |event| {
            if event.key().as_ref() == Some(&key) {
                wishes.set(Some(Wishes::read(event.new_value().as_deref())));
            }
        });
    }

    pub(super) fn begin(
        i18n: I18nContext<Locale>,
        (location, navigate): (Location, impl Fn(&str, NavigateOptions) + Clone + 'static),
        opened_at: Timestamp,
        role: Role,
    ) {
        let (live, notifying) = (Live::expect(), Notifying::expect());
        Effect::new(move |_| {
            let navigate = navigate.clone();
            let manner = Manner {
                wishes: Box::new(move || notifying.wishes.get_untracked().unwrap_or_default()),
                words: Box::new(move |count| words(i18n.get_locale_untracked(), count)),
                open: Rc::new(move |chat_id| {
                    navigate(&format!("{}/chat/{chat_id}", role.home()), NavigateOptions::default());
                }),
            };
            let service = NotificationService::start(live, opened_at, manner);
            let path = location.pathname;
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
    pub(super) fn permit() -> Option<Permit> {
        Some(crate::live::permit())
    }

    pub(super) fn keep(viewer: UserId, wishes: Wishes) {
        if let (Ok(Some(storage)), Ok(text)) = (window().local_storage(), serde_json::to_string(&wishes)) {
            // Refused where nothing may be kept: then it holds as long as the page.
            let _ = storage.set_item(&Wishes::key(viewer), &text);
        }
    }

    fn kept(viewer: UserId) -> Option<String> {
        window().local_storage().ok()??.get_item(&Wishes::key(viewer)).ok()?
    }
}

/// A page that is being rendered tells nobody.
#[cfg(not(feature = "hydrate"))]
mod browser {
    use super::Notifying;
    use crate::live::{Permit, Wishes};
    use crate::protocol::{Role, Timestamp, UserId};

    pub(super) const fn follow(_: Notifying) {}

    pub(super) fn begin<I, P>(_: I, _: P, _: Timestamp, _: Role) {}

    pub(super) const fn permit() -> Option<Permit> {
        None
    }

    pub(super) const fn keep(_: UserId, _: Wishes) {}
}
