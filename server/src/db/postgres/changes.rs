//! Collects the changes that other programs make to the database until the server handles them. The
//! collection has a bounded size, and no change is lost.

use app::protocol::{ChatId, Seq, UserId};
use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;

/// Changed messages of one chat that are listed one by one. If there are more, open pages get the
/// chat's counters and fetch the messages.
const SEQS_MAX: usize = 64;
/// Changed chats that are listed. If there are more, the server asks the database what has changed.
const CHATS_MAX: usize = 16_384;

/// Changes by other programs.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ExternalChanges {
    /// The changed chats.
    pub chats: BTreeMap<ChatId, ChangedMessages>,
    /// Doctors whose settings were stored by a node that has lost its connection to the bus.
    pub settings: BTreeSet<UserId>,
    /// Whether there were more changes than the limit.
    pub is_too_much: bool,
    /// Whether the server did not listen for a while, so anything may have changed.
    pub has_missed_changes: bool,
}

/// Which messages of a chat have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangedMessages {
    /// The messages at these positions. An empty set means only the chat's status.
    These(BTreeSet<Seq>),
    /// More messages than are listed one by one.
    Many,
}

impl Default for ChangedMessages {
    fn default() -> Self {
        Self::These(BTreeSet::new())
    }
}

impl ExternalChanges {
    /// Whether there are no changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds a change to the message at this position or, without a position, to the chat's status.
    pub fn note(&mut self, chat: ChatId, seq: Option<Seq>) {
        if self.chats.len() >= CHATS_MAX && !self.chats.contains_key(&chat) {
            self.is_too_much = true;
            return;
        }
        let seqs = self.chats.entry(chat).or_default();
        match (&mut *seqs, seq) {
            (ChangedMessages::These(known), Some(seq)) if known.len() < SEQS_MAX || known.contains(&seq) => {
                known.insert(seq);
            }
            (ChangedMessages::These(_), Some(_)) => *seqs = ChangedMessages::Many,
            (ChangedMessages::Many, _) | (_, None) => {}
        }
    }

    /// Adds the change in a payload of the channel `bedside_message`.
    fn receive(&mut self, payload: &str) {
        let Some((what, number)) = payload.split_once(' ') else { return };
        match (what, what.parse(), number.parse()) {
            ("settings", _, Ok(doctor)) if self.settings.len() < CHATS_MAX => {
                self.settings.insert(UserId(doctor));
            }
            ("settings", _, Ok(_)) => self.is_too_much = true,
            (_, Ok(chat), Ok(seq)) => self.note(ChatId(chat), (seq > 0).then_some(Seq(seq))),
            _ => {}
        }
    }
}

/// Holds the changes until they are handled.
#[derive(Debug, Default)]
pub(super) struct ChangeInbox {
    changes: Mutex<ExternalChanges>,
    filled: Notify,
}

impl ChangeInbox {
    fn changes(&self) -> MutexGuard<'_, ExternalChanges> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the change in a notification of the database.
    pub(super) fn receive(&self, payload: &str) {
        self.changes().receive(payload);
        self.filled.notify_one();
    }

    /// Notes that the server did not listen for a while.
    pub(super) fn has_missed_changes(&self) {
        self.changes().has_missed_changes = true;
        self.filled.notify_one();
    }

    /// Takes the collected changes. Waits until there are some.
    pub(super) async fn take(&self) -> ExternalChanges {
        loop {
            let changes = mem::take(&mut *self.changes());
            if !changes.is_empty() {
                return changes;
            }
            self.filled.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn these(seqs: &[i64]) -> ChangedMessages {
        ChangedMessages::These(seqs.iter().copied().map(Seq).collect())
    }

    #[test]
    fn changes_of_one_chat_are_merged() {
        let mut changes = ExternalChanges::default();
        for payload in ["1 5", "2 1", "1 6", "1 5", "1 0", "3 0", "settings 7", "", "x", "1 x", "y 1", "settings x"] {
            changes.receive(payload);
        }
        let chats = [(ChatId(1), these(&[5, 6])), (ChatId(2), these(&[1])), (ChatId(3), these(&[]))];
        let expected =
            ExternalChanges { chats: chats.into(), settings: [UserId(7)].into(), ..ExternalChanges::default() };
        assert_eq!(changes, expected);
    }

    #[test]
    fn collected_changes_have_a_bounded_size() {
        let mut changes = ExternalChanges::default();
        for seq in 1..=100_000 {
            changes.note(ChatId(1), Some(Seq(seq)));
        }
        assert_eq!(changes.chats.get(&ChatId(1)), Some(&ChangedMessages::Many));
        assert!(!changes.is_too_much);
        for chat in 0..100_000 {
            changes.note(ChatId(chat), Some(Seq(1)));
        }
        assert!(changes.is_too_much && changes.chats.len() == CHATS_MAX);
    }

    #[tokio::test]
    async fn taken_changes_are_removed() {
        let inbox = ChangeInbox::default();
        inbox.receive("1 1");
        inbox.receive("1 2");
        let changes = inbox.take().await;
        assert_eq!(changes.chats.get(&ChatId(1)), Some(&these(&[1, 2])));
        inbox.has_missed_changes();
        assert_eq!(inbox.take().await, ExternalChanges { has_missed_changes: true, ..ExternalChanges::default() });
    }
}
