//! Notifies the user of new messages: once for all of the browser's tabs, from the leader, through
//! the channels that the user chose.

use crate::{
    live::{
        Channel, Link, Live, NewMessages, NotificationAction, NotificationPreferences, NotifiedLog, OtherTabs,
        PendingNotifications, Sound, TabFocus, TabId, body,
        browser_notification::{BrowserNotification, permit},
        channels,
        leader::Leader,
        now, still_to_show,
        tab_channel::{TabChannel, TabMessage},
    },
    protocol::{ChatId, Timestamp, UserId},
};
use gloo_timers::future::TimeoutFuture;
use leptos::{ev, leptos_dom::helpers::window_event_listener, prelude::*, reactive::spawn_local};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::{Rc, Weak},
};
use web_sys::Storage;

/// The interval at which a visible tab announces its focus to the other tabs, in milliseconds.
const SAY_EVERY_MS: u32 = 10_000;
/// How long a new leader waits before it reads the notified log, in milliseconds. What another tab
/// wrote may arrive with a delay, because browsers run tabs in separate processes.
const TAKE_OVER_AFTER_MS: u32 = 300;

/// What the service needs from the page.
pub(crate) struct NotificationCallbacks {
    /// Returns the user's current preferences.
    pub(crate) preferences: Box<dyn Fn() -> NotificationPreferences>,
    /// Returns the title for a number of new messages, "3 new messages", in the user's language.
    pub(crate) words: Box<dyn Fn(i64) -> String>,
    /// Opens a chat.
    pub(crate) open: Rc<dyn Fn(ChatId)>,
}

/// The notification service of one tab.
pub(crate) struct NotificationService {
    live: Live,
    viewer: UserId,
    callbacks: NotificationCallbacks,
    tab: TabId,
    pending: RefCell<PendingNotifications>,
    /// The chat that this tab shows, if any.
    chat: Cell<Option<ChatId>>,
    /// The focus that this tab last announced to the others.
    said: Cell<TabFocus>,
    other_tabs: RefCell<OtherTabs>,
    tabs: RefCell<Option<TabChannel>>,
    leader: Leader,
    /// Counts how often this tab became the leader.
    leaderships: Cell<u32>,
    /// The notified log, while this tab is the leader and has read the log.
    log: RefCell<Option<NotifiedLog>>,
    /// The new messages that another tab had to show, and since when.
    left: RefCell<BTreeMap<ChatId, (NewMessages, Timestamp)>>,
    shown: RefCell<BTreeMap<ChatId, BrowserNotification>>,
    sound: Sound,
}

impl NotificationService {
    /// Starts the service on a page that the server rendered at `opened_at`. Call it once, in an
    /// effect.
    pub(crate) fn start(live: Live, opened_at: Timestamp, callbacks: NotificationCallbacks) -> Rc<Self> {
        let viewer = live.peek(|state| state.viewer);
        let service = Rc::new_cyclic(|service: &Weak<Self>| Self {
            live,
            viewer,
            callbacks,
            tab: TabId::new_v4(),
            pending: RefCell::new(PendingNotifications::new(opened_at)),
            chat: Cell::new(None),
            said: Cell::new(TabFocus::Hidden),
            other_tabs: RefCell::default(),
            tabs: RefCell::new(None),
            leader: Leader::wait_for(viewer, {
                let service = Weak::clone(service);
                move || {
                    if let Some(service) = service.upgrade() {
                        service.start_leading();
                    }
                }
            }),
            leaderships: Cell::new(0),
            log: RefCell::default(),
            left: RefCell::default(),
            shown: RefCell::default(),
            sound: Sound::default(),
        });
        service.join_tabs();
        service.listen();
        let follow = Rc::clone(&service);
        Effect::new(move |was_online: Option<bool>| {
            let link = live.with(|state| state.link);
            let is_online = link == Link::Online;
            if is_over(link) {
                // This tab receives nothing any more, so another must become the leader.
                follow.leader.leave();
            } else if was_online == Some(true) && !is_online {
                // Another tab may still be connected.
                follow.leader.pass();
            } else if was_online != Some(true) && is_online {
                follow.forget_lost();
            }
            follow.carry_out();
            is_online
        });
        service
    }

    /// Records that the tab now shows this chat, or none.
    pub(crate) fn turn_to(&self, chat_id: Option<ChatId>) {
        self.chat.set(chat_id);
        self.announce_focus_change();
    }

    fn join_tabs(self: &Rc<Self>) {
        let service = Rc::clone(self);
        let tabs = TabChannel::join(self.viewer, move |message| match message {
            TabMessage::AskFocus => service.say(service.said.get()),
            TabMessage::Focus(tab, focus) => {
                service.other_tabs.borrow_mut().set_focus(tab, focus, now());
                service.carry_out();
            }
            // This page's own client sends it too: each channel object also receives what another
            // one in the page sends.
            TabMessage::SigningOut => {
                service.withdraw_all();
                service.forget();
                // After the sign-out there is no user to notify.
                service.left.take();
                service.leader.leave();
            }
            // For the client.
            TabMessage::Ask(_) | TabMessage::Alive(_) => {}
        });
        tabs.say(TabMessage::AskFocus);
        self.tabs.replace(Some(tabs));
    }

    fn listen(self: &Rc<Self>) {
        let on = || {
            let service = Rc::clone(self);
            move || service.announce_focus_change()
        };
        let (focus, blur, visibility) = (on(), on(), on());
        let _ = window_event_listener(ev::focus, move |_| focus());
        let _ = window_event_listener(ev::blur, move |_| blur());
        let _ = window_event_listener(ev::visibilitychange, move |_| visibility());
        let service = Rc::clone(self);
        let _ = window_event_listener(ev::pagehide, move |_| {
            // Notifications that are shown stay, because the user may still look at them.
            service.say(TabFocus::Hidden);
            service.leader.leave();
        });
        let service = Rc::clone(self);
        let _ = window_event_listener(ev::pageshow, move |_| {
            // Only if this tab can still receive messages.
            if !is_over(service.live.peek(|state| state.link)) {
                service.leader.join();
            }
            service.announce_focus_change();
        });
        let resume_sound = || {
            let service = Rc::clone(self);
            move || {
                if (service.callbacks.preferences)().sound {
                    Sound::resume();
                }
            }
        };
        // Browsers count these events as user activity.
        let (press, key) = (resume_sound(), resume_sound());
        let _ = window_event_listener(ev::pointerup, move |_| press());
        let _ = window_event_listener(ev::keydown, move |_| key());
        let service = Rc::clone(self);
        spawn_local(async move {
            loop {
                TimeoutFuture::new(SAY_EVERY_MS).await;
                let focus = service.focus();
                if focus != TabFocus::Hidden || service.said.get() != focus {
                    service.say(focus);
                }
            }
        });
    }

    /// Whether this tab is visible, and which chat has the focus.
    fn focus(&self) -> TabFocus {
        let has_focus = document().has_focus().unwrap_or(false);
        match self.chat.get() {
            _ if document().hidden() => TabFocus::Hidden,
            Some(chat_id) if has_focus => TabFocus::At(chat_id),
            _ => TabFocus::Shown,
        }
    }

    /// Announces the tab's focus if it has changed.
    fn announce_focus_change(&self) {
        let focus = self.focus();
        if focus != self.said.get() {
            self.say(focus);
        }
        self.carry_out();
    }

    fn say(&self, focus: TabFocus) {
        self.said.set(focus);
        if let Some(tabs) = &*self.tabs.borrow() {
            tabs.say(TabMessage::Focus(self.tab, focus));
        }
    }

    /// Carries out the notification actions that follow from the state.
    fn carry_out(&self) {
        let own = self.focus();
        let pending = self.live.peek(|state| {
            let other_tabs = self.other_tabs.borrow();
            let is_looked_at = |chat_id| own == TabFocus::At(chat_id) || other_tabs.is_at(chat_id, now());
            self.pending.borrow_mut().take(state, is_looked_at)
        });
        for notice in pending {
            match notice {
                // The previous leader has already shown this message.
                NotificationAction::Show(new_messages) if self.may_notify(own) && self.was_notified(new_messages) => {}
                NotificationAction::Show(new_messages) if self.may_notify(own) => self.notify(new_messages),
                NotificationAction::Show(new_messages) => {
                    self.left.borrow_mut().insert(new_messages.chat_id, (new_messages, now()));
                }
                NotificationAction::Dismiss(chat_id) => {
                    self.left.borrow_mut().remove(&chat_id);
                    if let Some(banner) = self.shown.borrow_mut().remove(&chat_id) {
                        banner.close();
                    }
                }
            }
        }
    }

    /// Called when this tab becomes the leader. After [`TAKE_OVER_AFTER_MS`] it reads what its
    /// predecessors have shown and shows the rest.
    fn start_leading(self: Rc<Self>) {
        self.log.take();
        let (since, leadership) = (now(), self.leaderships.get().wrapping_add(1));
        self.leaderships.set(leadership);
        spawn_local(async move {
            TimeoutFuture::new(TAKE_OVER_AFTER_MS).await;
            if self.leaderships.get() != leadership || self.leader.is_mine() != Some(true) {
                return;
            }
            let read_log = storage().map(|storage| self.read_log(&storage));
            let not_notified = still_to_show(self.left.take(), read_log.as_ref(), since);
            self.log.replace(Some(read_log.unwrap_or_default()));
            for new_messages in not_notified {
                self.notify(new_messages);
            }
        });
    }

    fn read_log(&self, storage: &Storage) -> NotifiedLog {
        NotifiedLog::read(storage.get_item(&NotifiedLog::key(self.viewer)).ok().flatten().as_deref())
    }

    fn was_notified(&self, new_messages: NewMessages) -> bool {
        self.log.borrow().as_ref().is_some_and(|log| log.has(new_messages))
    }

    /// Records that these messages were shown, so that no other tab shows them.
    fn log_notified(&self, new_messages: NewMessages) {
        if let Some(log) = &mut *self.log.borrow_mut() {
            log.add(new_messages);
        }
        if let Some(storage) = storage() {
            let mut read_log = self.read_log(&storage);
            read_log.add(new_messages);
            // If the storage is full, the next leader may show the message again.
            let _ = storage.set_item(&NotifiedLog::key(self.viewer), &read_log.write());
        }
    }

    /// Called after `ready`. Forgets the notifications for messages that the server has lost. A
    /// notification that another tab shows at the same moment may then be shown twice, which is
    /// better than not at all.
    fn forget_lost(&self) {
        self.live.peek(|state| {
            let last = |chat_id| state.chats.get(&chat_id).map(|chat| chat.counters.last_seq);
            self.left
                .borrow_mut()
                .retain(|chat_id, (new_messages, _)| last(*chat_id).is_none_or(|last| new_messages.seq <= last));
            if let Some(log) = &mut *self.log.borrow_mut() {
                log.forget_lost(last);
            }
            let Some(storage) = storage() else { return };
            let mut read_log = self.read_log(&storage);
            if read_log.forget_lost(last) {
                let _ = storage.set_item(&NotifiedLog::key(self.viewer), &read_log.write());
            }
        });
    }

    fn forget(&self) {
        if let Some(storage) = storage() {
            let _ = storage.remove_item(&NotifiedLog::key(self.viewer));
        }
    }

    fn withdraw_all(&self) {
        self.shown.take().into_values().for_each(BrowserNotification::close);
    }

    /// Whether this tab shows notifications: it is the leader and has read the notified log.
    /// Without Web Locks a visible tab does, or all tabs if none is visible; the system then shows
    /// notifications with the same tag once.
    fn may_notify(&self, own: TabFocus) -> bool {
        let is_mine = self.leader.is_mine().map(|is_mine| is_mine && self.log.borrow().is_some());
        is_mine.unwrap_or_else(|| own != TabFocus::Hidden || !self.other_tabs.borrow().is_any_shown(now()))
    }

    fn notify(&self, new_messages: NewMessages) {
        self.log_notified(new_messages);
        let preferences = (self.callbacks.preferences)();
        for channel in channels(preferences, permit()) {
            match channel {
                Channel::Notification => self.show(new_messages, preferences),
                Channel::Sound => self.sound.ring(),
            }
        }
    }

    fn show(&self, new_messages: NewMessages, preferences: NotificationPreferences) {
        let NewMessages { chat_id, seq, count } = new_messages;
        let body = self.live.peek(|state| {
            let chat = state.chats.get(&chat_id);
            let name = chat.and_then(|chat| chat.chat.as_ref()).map(|chat| chat.peer.name.as_str());
            let last = chat.and_then(|chat| chat.last_message()).filter(|last| last.seq == seq);
            body(preferences, name, last.map(|last| last.content.as_str()))
        });
        let (title, open) = ((self.callbacks.words)(count), Rc::clone(&self.callbacks.open));
        let on_click = move || {
            let _ = window().focus();
            open(chat_id);
        };
        if let Some(banner) = BrowserNotification::show(&chat_id.to_string(), &title, &body, on_click) {
            self.shown.borrow_mut().insert(chat_id, banner);
        }
    }
}

const fn is_over(link: Link) -> bool {
    matches!(link, Link::Ended | Link::Outdated)
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}
