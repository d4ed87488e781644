//! What other programs have done with the database, gathered until somebody takes it: as much of it as there may be at
//! once, it takes up little, and all of it is told.

use app::protocol::{ChatId, Seq, UserId};
use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;

/// Messages of one chat that are told one by one. With more, open pages are told how the chat stands, and fetch them.
const PLACES_MAX: usize = 64;
/// Chats that are remembered. With more, the database is asked what has changed.
const CHATS_MAX: usize = 16_384;

/// What happened.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ExternalChanges {
    /// In these chats.
    pub chats: BTreeMap<ChatId, ChangedMessages>,
    /// These doctors' settings were stored by a node that is cut off from the bus.
    pub settings: BTreeSet<UserId>,
    /// And more than there was room for.
    pub is_too_much: bool,
    /// Anything may have happened: for a while nobody listened.
    pub was_deaf: bool,
}

/// Which messages of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangedMessages {
    /// Those at these places; none: how the chat stands.
    These(BTreeSet<Seq>),
    /// Too many to be told one by one.
    Many,
}

impl Default for ChangedMessages {
    fn default() -> Self {
        Self::These(BTreeSet::new())
    }
}

impl ExternalChanges {
    /// Whether nothing happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Something happened in a chat: to the message at this place or, without one, to how it stands.
    pub fn note(&mut self, chat: ChatId, place: Option<Seq>) {
        if self.chats.len() >= CHATS_MAX && !self.chats.contains_key(&chat) {
            self.is_too_much = true;
            return;
        }
        let places = self.chats.entry(chat).or_default();
        match (&mut *places, place) {
            (ChangedMessages::These(known), Some(place)) if known.len() < PLACES_MAX || known.contains(&place) => {
                known.insert(place);
            }
            (ChangedMessages::These(_), Some(_)) => *places = ChangedMessages::Many,
            (ChangedMessages::Many, _) | (_, None) => {}
        }
    }

    /// Reads a payload of `bedside_message`.
    fn hear(&mut self, payload: &str) {
        let Some((what, number)) = payload.split_once(' ') else { return };
        match (what, what.parse(), number.parse()) {
            ("settings", _, Ok(doctor)) if self.settings.len() < CHATS_MAX => {
                self.settings.insert(UserId(doctor));
            }
            ("settings", _, Ok(_)) => self.is_too_much = true,
            (_, Ok(chat), Ok(place)) => self.note(ChatId(chat), (place > 0).then_some(Seq(place))),
            _ => {}
        }
    }
}

/// Where they are gathered.
#[derive(Debug, Default)]
pub(super) struct ChangeInbox {
    news: Mutex<ExternalChanges>,
    filled: Notify,
}

impl ChangeInbox {
    fn news(&self) -> MutexGuard<'_, ExternalChanges> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The database has told this.
    pub(super) fn hear(&self, payload: &str) {
        self.news().hear(payload);
        self.filled.notify_one();
    }

    /// For a while nobody listened.
    pub(super) fn was_deaf(&self) {
        self.news().was_deaf = true;
        self.filled.notify_one();
    }

    /// Takes what has happened; waits until something has.
    pub(super) async fn take(&self) -> ExternalChanges {
        loop {
            let news = mem::take(&mut *self.news());
            if !news.is_empty() {
                return news;
            }
            self.filled.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn these(places: &[i64]) -> ChangedMessages {
        ChangedMessages::These(places.iter().copied().map(Seq).collect())
    }

    #[test]
    fn a_chat_is_told_once_however_often_something_happened_in_it() {
        let mut news = ExternalChanges::default();
        for payload in ["1 5", "2 1", "1 6", "1 5", "1 0", "3 0", "settings 7", "", "x", "1 x", "y 1", "settings x"] {
            news.hear(payload);
        }
        let chats = [(ChatId(1), these(&[5, 6])), (ChatId(2), these(&[1])), (ChatId(3), these(&[]))];
        let expected =
            ExternalChanges { chats: chats.into(), settings: [UserId(7)].into(), ..ExternalChanges::default() };
        assert_eq!(news, expected);
    }

    #[test]
    fn it_takes_up_little_however_much_there_is() {
        let mut news = ExternalChanges::default();
        for place in 1..=100_000 {
            news.note(ChatId(1), Some(Seq(place)));
        }
        assert_eq!(news.chats.get(&ChatId(1)), Some(&ChangedMessages::Many));
        assert!(!news.is_too_much);
        for chat in 0..100_000 {
            news.note(ChatId(chat), Some(Seq(1)));
        }
        assert!(news.is_too_much && news.chats.len() == CHATS_MAX);
    }

    #[tokio::test]
    async fn what_is_taken_is_gone() {
        let letterbox = ChangeInbox::default();
        letterbox.hear("1 1");
        letterbox.hear("1 2");
        let news = letterbox.take().await;
        assert_eq!(news.chats.get(&ChatId(1)), Some(&these(&[1, 2])));
        letterbox.was_deaf();
        assert_eq!(letterbox.take().await, ExternalChanges { was_deaf: true, ..ExternalChanges::default() });
    }
}
