//! What a person has to be told of while a page is open. Pure: it sees how the state stands, and who looks where.
//!
//! Every tab decides, and decides the same, so that any of them can carry on; which one carries it out says
//! `notification_service`, and in which ways, `callbacks`.

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

/// A tab that looks somewhere says so more often than this, in milliseconds; one that doesn't is gone.
const LOOK_HOLDS_MS: i64 = 25_000;

/// Where the person of a tab looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TabFocus {
    /// Not at this tab.
    #[default]
    Hidden,
    /// The tab can be seen.
    Shown,
    /// The tab has the focus, and shows this chat.
    At(ChatId),
}

/// Where the person looks in their other tabs.
#[derive(Debug, Default)]
pub struct OtherTabs(BTreeMap<TabId, (TabFocus, Timestamp)>);

impl OtherTabs {
    /// Another tab has said where its person looks.
    pub fn heard(&mut self, tab: TabId, look: TabFocus, now: Timestamp) {
        if look == TabFocus::Hidden {
            self.0.remove(&tab);
        } else {
            self.0.insert(tab, (look, now));
        }
    }

    /// Whether one of them looks at this chat.
    #[must_use]
    pub fn is_at(&self, chat_id: ChatId, now: Timestamp) -> bool {
        self.living(now).any(|look| look == TabFocus::At(chat_id))
    }

    /// Whether one of them can be seen.
    #[must_use]
    pub fn is_any_shown(&self, now: Timestamp) -> bool {
        self.living(now).next().is_some()
    }

    fn living(&self, now: Timestamp) -> impl Iterator<Item = TabFocus> {
        self.0.values().filter(move |(_, at)| now.0 - at.0 <= LOOK_HOLDS_MS).map(|(look, _)| *look)
    }
}

/// One thing to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationAction {
    /// Tell of this, in place of what was told of the chat before.
    Show(NewMessages),
    /// What was told of this chat is no news any more.
    Dismiss(ChatId),
}

/// What is new in one chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewMessages {
    /// The chat.
    pub chat_id: ChatId,
    /// The newest message of the other person's.
    pub seq: Seq,
    /// How many of theirs nobody has seen.
    pub count: i64,
}

/// What a tab has told, and what it found when it was opened.
#[derive(Debug)]
pub struct PendingNotifications {
    /// When the server rendered the page.
    opened_at: Timestamp,
    /// Whether the server has said once where every chat stands: a chat that comes later is a new one.
    was_online: bool,
    chats: BTreeMap<ChatId, ChatNotifications>,
}

/// What was told of one chat.
#[derive(Debug)]
struct ChatNotifications {
    base: Baseline,
    /// The newest message that was told of, or that came while somebody looked.
    to: Seq,
    /// Where the chat stood, and how far it was read: what goes back was lost by the server.
    stood: (Seq, Seq),
    /// Whether what was told still stands.
    stands: bool,
    /// Places above what was read where nothing stands that anybody has to be told of.
    dull: BTreeSet<Seq>,
}

/// Up to where a chat's messages were there when the page was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Baseline {
    /// To here.
    At(Seq),
    /// To here or one less: the page was opened without this chat, and the server then named it.
    MessageOptions(Seq),
}

impl PendingNotifications {
    /// Those of a page that the server rendered at this moment.
    #[must_use]
    pub const fn new(opened_at: Timestamp) -> Self {
        Self { opened_at, was_online: false, chats: BTreeMap::new() }
    }

    /// What is to be done, the state being so, and these chats being looked at in some tab of the person's.
    pub fn take(&mut self, state: &LiveState, is_looked_at: impl Fn(ChatId) -> bool) -> Vec<NotificationAction> {
        if state.link == Link::Ended {
            return self.chats.iter_mut().filter_map(|(chat_id, told)| told.withdraw(*chat_id)).collect();
        }
        let is_online = state.link == Link::Online;
        let mut pending = Vec::new();
        for (chat_id, chat) in &state.chats {
            let last = chat.counters.last_seq;
            let is_opening = !self.was_online && !is_online;
            if is_opening && chat.chat.is_none() {
                // Only what is on its way is known of it yet.
                continue;
            }
            let told = self.chats.entry(*chat_id).or_insert_with(|| {
                ChatNotifications::new(match (self.was_online, is_online) {
                    (true, _) => Baseline::At(Seq(0)),
                    (false, true) => Baseline::MessageOptions(last),
                    (false, false) => Baseline::At(last),
                })
            });
            if is_opening {
                told.base = Baseline::At(last);
                continue;
            }
            if told.settle_base(chat, self.opened_at) {
                let newest = told.newest(chat, state.viewer);
                pending.extend(if is_looked_at(*chat_id) {
                    told.seen(*chat_id, newest)
                } else {
                    told.unseen(*chat_id, newest)
                });
            }
        }
        self.was_online |= is_online;
        pending
    }
}

impl ChatNotifications {
    const fn new(base: Baseline) -> Self {
        Self { base, to: Seq(0), stood: (Seq(0), Seq(0)), stands: false, dull: BTreeSet::new() }
    }

    /// Finds out what was there at the start; answers whether that is known.
    fn settle_base(&mut self, chat: &ChatState, opened_at: Timestamp) -> bool {
        let (last, read) = (chat.counters.last_seq, chat.read());
        let (last_before, read_before) = std::mem::replace(&mut self.stood, (last, read));
        if last < last_before || read < read_before {
            // What is unread there now may be something else.
            self.base = match self.base {
                Baseline::At(seq) => Baseline::At(seq.min(read)),
                Baseline::MessageOptions(seq) => Baseline::MessageOptions(seq.min(read)),
            };
            self.to = self.to.min(read);
        }
        self.base = match (self.base, chat.last_message()) {
            // One further down the list, or a new one: its newest message says.
            (Baseline::MessageOptions(seq), Some(message)) => {
                let came_since = message.seq <= seq && message.created_at > opened_at;
                Baseline::At(if came_since { message.seq.previous() } else { seq })
            }
            // What the server lost is written anew from there.
            (Baseline::At(seq), _) => Baseline::At(seq.min(last)),
            (unknown, None) => unknown,
        };
        self.to = self.to.min(last);
        matches!(self.base, Baseline::At(_))
    }

    /// What is new, as far as it is known what stands there.
    fn newest(&mut self, chat: &ChatState, viewer: UserId) -> Option<NewMessages> {
        let (Baseline::At(base) | Baseline::MessageOptions(base)) = self.base;
        let read = base.max(chat.read());
        let end = chat.received().min(chat.counters.last_seq);
        self.dull = self.dull.split_off(&read.next());
        let above = chat.window.as_ref().map(|window| window.messages.range(read.next()..));
        let held = above.into_iter().flatten().map(|(_, message)| &**message).chain(chat.last_message());
        self.dull.extend(held.filter(|held| held.seq > read && is_dull(held, viewer)).map(|held| held.seq));
        let seq = (read.0 + 1..=end.0).rev().map(Seq).find(|seq| !self.dull.contains(seq))?;
        let dull = self.dull.iter().filter(|dull| **dull <= end).count();
        let count = end.0 - read.0 - i64::try_from(dull).unwrap_or(i64::MAX);
        Some(NewMessages { chat_id: chat.counters.chat_id, seq, count })
    }

    /// Somebody looks at the chat.
    fn seen(&mut self, chat_id: ChatId, newest: Option<NewMessages>) -> Option<NotificationAction> {
        self.to = newest.map_or(self.to, |news| self.to.max(news.seq));
        self.withdraw(chat_id)
    }

    /// Nobody does.
    fn unseen(&mut self, chat_id: ChatId, newest: Option<NewMessages>) -> Option<NotificationAction> {
        match newest {
            Some(news) if news.seq > self.to => {
                (self.to, self.stands) = (news.seq, true);
                Some(NotificationAction::Show(news))
            }
            // It is the one that was told of, and it still stands.
            Some(news) if news.seq == self.to => None,
            // Read, or taken back.
            _ => self.withdraw(chat_id),
        }
    }

    fn withdraw(&mut self, chat_id: ChatId) -> Option<NotificationAction> {
        std::mem::take(&mut self.stands).then_some(NotificationAction::Dismiss(chat_id))
    }
}

/// Whether nobody has to be told of it: one's own, a program's, or taken back.
fn is_dull(message: &Message, viewer: UserId) -> bool {
    message.sender_id == viewer || message.is_automatic || message.retracted.is_some()
}
