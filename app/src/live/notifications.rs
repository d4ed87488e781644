//! Which new messages the user has to be notified of while a page is open. Pure: it uses only the
//! live state and the focus of the user's tabs.
//!
//! Every tab makes the same decisions, so that any of them can become the leader.
//! `notification_service` carries them out in the leader, through the channels from [`channels`].

mod notified_log;
mod preferences;
#[cfg(test)]
mod tests;

use crate::{
    live::{ChatState, Link, LiveState, TabId},
    protocol::{ChatId, Message, Seq, Timestamp, UserId},
};
pub use notified_log::{NotifiedLog, still_to_show};
pub use preferences::{BrowserFamily, Channel, NotificationPreferences, Permission, body, channels, family};
use std::collections::{BTreeMap, BTreeSet};

/// A visible tab announces its focus more often than this, in milliseconds; one that does not is
/// gone.
const FOCUS_VALID_MS: i64 = 25_000;

/// Whether a tab is visible, and which chat has the focus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TabFocus {
    /// The tab is hidden.
    #[default]
    Hidden,
    /// The tab is visible.
    Shown,
    /// The tab has the focus, and shows this chat.
    At(ChatId),
}

/// The focus of the user's other visible tabs.
#[derive(Debug, Default)]
pub struct OtherTabs(BTreeMap<TabId, (TabFocus, Timestamp)>);

impl OtherTabs {
    /// Records the focus that another tab announced.
    pub fn set_focus(&mut self, tab: TabId, focus: TabFocus, now: Timestamp) {
        if focus == TabFocus::Hidden {
            self.0.remove(&tab);
        } else {
            self.0.insert(tab, (focus, now));
        }
    }

    /// Whether this chat has the focus in one of the other tabs.
    #[must_use]
    pub fn is_at(&self, chat_id: ChatId, now: Timestamp) -> bool {
        self.living(now).any(|focus| focus == TabFocus::At(chat_id))
    }

    /// Whether one of the other tabs is visible.
    #[must_use]
    pub fn is_any_shown(&self, now: Timestamp) -> bool {
        self.living(now).next().is_some()
    }

    fn living(&self, now: Timestamp) -> impl Iterator<Item = TabFocus> {
        self.0.values().filter(move |(_, at)| now.0 - at.0 <= FOCUS_VALID_MS).map(|(focus, _)| *focus)
    }
}

/// A change to the shown notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationAction {
    /// Show this, in place of an earlier notification for the chat.
    Show(NewMessages),
    /// Remove the notification for this chat.
    Dismiss(ChatId),
}

/// The new messages in one chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewMessages {
    /// The chat.
    pub chat_id: ChatId,
    /// The `seq` of the peer's newest message.
    pub seq: Seq,
    /// How many of the peer's messages the user has not seen.
    pub count: i64,
}

/// What a tab has shown notifications for, and what it found when it was opened.
#[derive(Debug)]
pub struct PendingNotifications {
    /// When the server rendered the page.
    opened_at: Timestamp,
    /// Whether the tab has been online. A chat that appears later is a new one.
    was_online: bool,
    chats: BTreeMap<ChatId, ChatNotifications>,
}

/// The notifications of one chat.
#[derive(Debug)]
struct ChatNotifications {
    base: Baseline,
    /// The newest message that a notification was shown for, or that arrived while the chat had the
    /// focus.
    to: Seq,
    /// The chat's last `seq` and the read `seq` at the last look. If one of them decreases, the
    /// server has lost messages.
    last_counters: (Seq, Seq),
    /// Whether a notification is shown.
    is_visible: bool,
    /// Positions of unread messages that need no notification.
    not_notifiable: BTreeSet<Seq>,
}

/// The last message of a chat when the page was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Baseline {
    /// The position is known.
    At(Seq),
    /// The position is this one or the one before: the page did not contain this chat, and `ready`
    /// then listed it.
    AtOrBefore(Seq),
}

impl PendingNotifications {
    /// The state of a page that the server rendered at this moment.
    #[must_use]
    pub const fn new(opened_at: Timestamp) -> Self {
        Self { opened_at, was_online: false, chats: BTreeMap::new() }
    }

    /// The actions that follow from the state. `is_looked_at` says whether a chat has the focus in
    /// one of the user's tabs.
    pub fn take(&mut self, state: &LiveState, is_looked_at: impl Fn(ChatId) -> bool) -> Vec<NotificationAction> {
        if state.link == Link::Ended {
            return self.chats.iter_mut().filter_map(|(chat_id, notified)| notified.withdraw(*chat_id)).collect();
        }
        let is_online = state.link == Link::Online;
        let mut pending = Vec::new();
        for (chat_id, chat) in &state.chats {
            let last = chat.counters.last_seq;
            let is_opening = !self.was_online && !is_online;
            if is_opening && chat.chat.is_none() {
                // The tab knows only outgoing messages of this chat.
                continue;
            }
            let notified = self.chats.entry(*chat_id).or_insert_with(|| {
                ChatNotifications::new(match (self.was_online, is_online) {
                    (true, _) => Baseline::At(Seq(0)),
                    (false, true) => Baseline::AtOrBefore(last),
                    (false, false) => Baseline::At(last),
                })
            });
            if is_opening {
                notified.base = Baseline::At(last);
                continue;
            }
            if notified.raise_base(chat, self.opened_at) {
                let newest = notified.newest(chat, state.viewer);
                pending.extend(if is_looked_at(*chat_id) {
                    notified.seen(*chat_id, newest)
                } else {
                    notified.unseen(*chat_id, newest)
                });
            }
        }
        self.was_online |= is_online;
        pending
    }
}

impl ChatNotifications {
    const fn new(base: Baseline) -> Self {
        Self { base, to: Seq(0), last_counters: (Seq(0), Seq(0)), is_visible: false, not_notifiable: BTreeSet::new() }
    }

    /// Updates the baseline. Returns whether it is known.
    fn raise_base(&mut self, chat: &ChatState, opened_at: Timestamp) -> bool {
        let (last, read) = (chat.counters.last_seq, chat.read());
        let (last_before, read_before) = std::mem::replace(&mut self.last_counters, (last, read));
        if last < last_before || read < read_before {
            // The unread messages may now be other ones.
            self.base = match self.base {
                Baseline::At(seq) => Baseline::At(seq.min(read)),
                Baseline::AtOrBefore(seq) => Baseline::AtOrBefore(seq.min(read)),
            };
            self.to = self.to.min(read);
        }
        self.base = match (self.base, chat.last_message()) {
            // This is a chat further down the list, or a new one. The time of its newest message
            // decides.
            (Baseline::AtOrBefore(seq), Some(message)) => {
                let came_since = message.seq <= seq && message.created_at > opened_at;
                Baseline::At(if came_since { message.seq.previous() } else { seq })
            }
            // The server has lost messages; new ones get the same positions.
            (Baseline::At(seq), _) => Baseline::At(seq.min(last)),
            (unknown, None) => unknown,
        };
        self.to = self.to.min(last);
        matches!(self.base, Baseline::At(_))
    }

    /// The chat's new messages, as far as the tab holds them.
    fn newest(&mut self, chat: &ChatState, viewer: UserId) -> Option<NewMessages> {
        let (Baseline::At(base) | Baseline::AtOrBefore(base)) = self.base;
        let read = base.max(chat.read());
        let end = chat.received().min(chat.counters.last_seq);
        self.not_notifiable = self.not_notifiable.split_off(&read.next());
        let above = chat.window.as_ref().map(|window| window.messages.range(read.next()..));
        let held = above.into_iter().flatten().map(|(_, message)| &**message).chain(chat.last_message());
        self.not_notifiable
            .extend(held.filter(|held| held.seq > read && is_not_notifiable(held, viewer)).map(|held| held.seq));
        let seq = (read.0 + 1..=end.0).rev().map(Seq).find(|seq| !self.not_notifiable.contains(seq))?;
        let not_notifiable = self.not_notifiable.iter().filter(|not_notifiable| **not_notifiable <= end).count();
        let count = end.0 - read.0 - i64::try_from(not_notifiable).unwrap_or(i64::MAX);
        Some(NewMessages { chat_id: chat.counters.chat_id, seq, count })
    }

    /// Handles a chat that has the focus in one of the user's tabs.
    fn seen(&mut self, chat_id: ChatId, newest: Option<NewMessages>) -> Option<NotificationAction> {
        self.to = newest.map_or(self.to, |new_messages| self.to.max(new_messages.seq));
        self.withdraw(chat_id)
    }

    /// Handles a chat that has the focus in none of the user's tabs.
    fn unseen(&mut self, chat_id: ChatId, newest: Option<NewMessages>) -> Option<NotificationAction> {
        match newest {
            Some(new_messages) if new_messages.seq > self.to => {
                (self.to, self.is_visible) = (new_messages.seq, true);
                Some(NotificationAction::Show(new_messages))
            }
            // The notification for this message is already shown.
            Some(new_messages) if new_messages.seq == self.to => None,
            // The messages were read or retracted.
            _ => self.withdraw(chat_id),
        }
    }

    fn withdraw(&mut self, chat_id: ChatId) -> Option<NotificationAction> {
        std::mem::take(&mut self.is_visible).then_some(NotificationAction::Dismiss(chat_id))
    }
}

/// Whether the message needs no notification: the user's own, an automatic reply, or retracted.
fn is_not_notifiable(message: &Message, viewer: UserId) -> bool {
    message.sender_id == viewer || message.is_automatic || message.retracted.is_some()
}
