//! Tells the person of this page what is new: once, from whichever tab has the turn, in the ways they wish.

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

/// A tab that is looked at says so this often, in milliseconds.
const SAY_EVERY_MS: u32 = 10_000;
/// What another tab has kept may come to this one a little later: browsers have tabs in processes of their own.
const HEARD_AFTER_MS: u32 = 300;

/// How this person is told.
pub(crate) struct NotificationCallbacks {
    /// What they wish, as of now.
    pub(crate) preferences: Box<dyn Fn() -> NotificationPreferences>,
    /// "3 new messages" in their language.
    pub(crate) words: Box<dyn Fn(i64) -> String>,
    /// Leads to a chat.
    pub(crate) open: Rc<dyn Fn(ChatId)>,
}

/// One tab's service.
pub(crate) struct NotificationService {
    live: Live,
    viewer: UserId,
    callbacks: NotificationCallbacks,
    tab: TabId,
    pending: RefCell<PendingNotifications>,
    /// The chat that this tab shows.
    chat: Cell<Option<ChatId>>,
    /// Where the person looked here when the others were last told.
    said: Cell<TabFocus>,
    looks: RefCell<OtherTabs>,
    tabs: RefCell<Option<TabChannel>>,
    leader: Leader,
    /// Counts its turns.
    turns: Cell<u32>,
    /// What is told, while it is this tab's turn and it knows what those before it have told.
    told: RefCell<Option<NotifiedLog>>,
    /// What was another tab's to tell, and since when.
    left: RefCell<BTreeMap<ChatId, (NewMessages, Timestamp)>>,
    shown: RefCell<BTreeMap<ChatId, BrowserNotification>>,
    sound: Sound,
}

impl NotificationService {
    /// Begins to tell, on a page that the server rendered at this moment. Call once, in an effect.
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
            looks: RefCell::default(),
            tabs: RefCell::new(None),
            leader: Leader::wait_for(viewer, {
                let service = Weak::clone(service);
                move || {
                    if let Some(service) = service.upgrade() {
                        service.take_over();
                    }
                }
            }),
            turns: Cell::new(0),
            told: RefCell::default(),
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
                // It hears of nothing any more: another tab has to tell.
                follow.leader.leave();
            } else if was_online == Some(true) && !is_online {
                // Another may still hear.
                follow.leader.pass();
            } else if was_online != Some(true) && is_online {
                follow.forget_lost();
            }
            follow.settle();
            is_online
        });
        service
    }

    /// The tab shows this chat from now on.
    pub(crate) fn turn_to(&self, chat_id: Option<ChatId>) {
        self.chat.set(chat_id);
        self.look_up();
    }

    fn join_tabs(self: &Rc<Self>) {
        let service = Rc::clone(self);
        let tabs = TabChannel::join(self.viewer, move |word| match word {
            TabMessage::WhoLooks => service.say(service.said.get()),
            TabMessage::OtherTabs(tab, look) => {
                service.looks.borrow_mut().heard(tab, look, now());
                service.settle();
            }
            // Said by this page, too: a channel of its own hears the client's.
            TabMessage::SigningOut => {
                service.withdraw_all();
                service.forget();
                // Nobody is left to be told of anything.
                service.left.take();
                service.leader.leave();
            }
            // The client's.
            TabMessage::Ask(_) | TabMessage::Alive(_) => {}
        });
        tabs.say(TabMessage::WhoLooks);
        self.tabs.replace(Some(tabs));
    }

    fn listen(self: &Rc<Self>) {
        let on = || {
            let service = Rc::clone(self);
            move || service.look_up()
        };
        let (focus, blur, visibility) = (on(), on(), on());
        let _ = window_event_listener(ev::focus, move |_| focus());
        let _ = window_event_listener(ev::blur, move |_| blur());
        let _ = window_event_listener(ev::visibilitychange, move |_| visibility());
        let service = Rc::clone(self);
        let _ = window_event_listener(ev::pagehide, move |_| {
            // What was told stands: somebody may still look at it.
            service.say(TabFocus::Hidden);
            service.leader.leave();
        });
        let service = Rc::clone(self);
        let _ = window_event_listener(ev::pageshow, move |_| {
            // Unless it hears of nothing any more.
            if !is_over(service.live.peek(|state| state.link)) {
                service.leader.join();
            }
            service.look_up();
        });
        let wake = || {
            let service = Rc::clone(self);
            move || {
                if (service.callbacks.preferences)().sound {
                    Sound::wake();
                }
            }
        };
        // What browsers count as doing something in the page.
        let (press, key) = (wake(), wake());
        let _ = window_event_listener(ev::pointerup, move |_| press());
        let _ = window_event_listener(ev::keydown, move |_| key());
        let service = Rc::clone(self);
        spawn_local(async move {
            loop {
                TimeoutFuture::new(SAY_EVERY_MS).await;
                let look = service.look();
                if look != TabFocus::Hidden || service.said.get() != look {
                    service.say(look);
                }
            }
        });
    }

    /// Where the person looks in this tab.
    fn look(&self) -> TabFocus {
        let has_focus = document().has_focus().unwrap_or(false);
        match self.chat.get() {
            _ if document().hidden() => TabFocus::Hidden,
            Some(chat_id) if has_focus => TabFocus::At(chat_id),
            _ => TabFocus::Shown,
        }
    }

    /// They may look elsewhere than before.
    fn look_up(&self) {
        let look = self.look();
        if look != self.said.get() {
            self.say(look);
        }
        self.settle();
    }

    fn say(&self, look: TabFocus) {
        self.said.set(look);
        if let Some(tabs) = &*self.tabs.borrow() {
            tabs.say(TabMessage::OtherTabs(self.tab, look));
        }
    }

    /// Does what has to be done, the state being so.
    fn settle(&self) {
        let own = self.look();
        let pending = self.live.peek(|state| {
            let looks = self.looks.borrow();
            let is_looked_at = |chat_id| own == TabFocus::At(chat_id) || looks.is_at(chat_id, now());
            self.pending.borrow_mut().take(state, is_looked_at)
        });
        for notice in pending {
            match notice {
                // Another has told what this one hears late.
                NotificationAction::Show(news) if self.is_to_tell(own) && self.was_told(news) => {}
                NotificationAction::Show(news) if self.is_to_tell(own) => self.tell(news),
                NotificationAction::Show(news) => {
                    self.left.borrow_mut().insert(news.chat_id, (news, now()));
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

    /// It is this tab's turn from now on: what those before it had to tell and did not, it tells, once it can know what
    /// they did.
    fn take_over(self: Rc<Self>) {
        self.told.take();
        let (since, turn) = (now(), self.turns.get().wrapping_add(1));
        self.turns.set(turn);
        spawn_local(async move {
            TimeoutFuture::new(HEARD_AFTER_MS).await;
            if self.turns.get() != turn || self.leader.is_mine() != Some(true) {
                return;
            }
            let record = storage().map(|storage| self.record(&storage));
            let untold = still_to_show(self.left.take(), record.as_ref(), since);
            self.told.replace(Some(record.unwrap_or_default()));
            for news in untold {
                self.tell(news);
            }
        });
    }

    fn record(&self, storage: &Storage) -> NotifiedLog {
        NotifiedLog::read(storage.get_item(&NotifiedLog::key(self.viewer)).ok().flatten().as_deref())
    }

    fn was_told(&self, news: NewMessages) -> bool {
        self.told.borrow().as_ref().is_some_and(|told| told.has(news))
    }

    /// What is told is no other tab's to tell.
    fn note(&self, news: NewMessages) {
        if let Some(told) = &mut *self.told.borrow_mut() {
            told.add(news);
        }
        if let Some(storage) = storage() {
            let mut record = self.record(&storage);
            record.add(news);
            // A full store forgets: then it is told twice.
            let _ = storage.set_item(&NotifiedLog::key(self.viewer), &record.write());
        }
    }

    /// The server has just said where every chat stands. (What another tab tells of in this moment may be told twice
    /// for it. That hurts less than once too little.)
    fn forget_lost(&self) {
        self.live.peek(|state| {
            let last = |chat_id| state.chats.get(&chat_id).map(|chat| chat.counters.last_seq);
            self.left.borrow_mut().retain(|chat_id, (news, _)| last(*chat_id).is_none_or(|last| news.seq <= last));
            if let Some(told) = &mut *self.told.borrow_mut() {
                told.forget_lost(last);
            }
            let Some(storage) = storage() else { return };
            let mut record = self.record(&storage);
            if record.forget_lost(last) {
                let _ = storage.set_item(&NotifiedLog::key(self.viewer), &record.write());
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

    /// Whether it is this tab that tells: its turn, and not before it can know what was told. Where the browser can't say, one that can be seen does, or else all do; the
    /// system shows what has the same tag once.
    fn is_to_tell(&self, own: TabFocus) -> bool {
        let is_mine = self.leader.is_mine().map(|is_mine| is_mine && self.told.borrow().is_some());
        is_mine.unwrap_or_else(|| own != TabFocus::Hidden || !self.looks.borrow().is_any_shown(now()))
    }

    fn tell(&self, news: NewMessages) {
        self.note(news);
        let preferences = (self.callbacks.preferences)();
        for channel in channels(preferences, permit()) {
            match channel {
                Channel::Notification => self.show(news, preferences),
                Channel::Sound => self.sound.ring(),
            }
        }
    }

    fn show(&self, news: NewMessages, preferences: NotificationPreferences) {
        let NewMessages { chat_id, seq, count } = news;
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
