//! The messages for which this browser's tabs have shown notifications, so that a new leader knows
//! which are left. Pure.

use crate::{
    live::notifications::NewMessages,
    protocol::{ChatId, Seq, Timestamp, UserId},
};
use std::collections::BTreeMap;

/// The maximum number of chats in the log; more than get notifications between two changes of the
/// leader.
const CHATS_MAX: usize = 200;
/// The maximum number of chats with earlier messages that a new leader shows.
const HANDOVER_MAX: usize = 5;
/// Without a stored log, messages that arrived at most this long before a tab became the leader
/// count as unshown, in milliseconds.
const HANDOVER_MS: i64 = 5_000;

/// For each chat, the newest message that a notification was shown for; the latest notification is
/// the last entry. Stored in `localStorage` as JSON, with the key [`NotifiedLog::key`], until the
/// user signs out. It contains ids of chats and positions, but neither texts nor names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotifiedLog(Vec<(ChatId, Seq)>);

impl NotifiedLog {
    /// The key of a user's log in `localStorage`.
    #[must_use]
    pub fn key(viewer: UserId) -> String {
        format!("bedside-told:{viewer}")
    }

    /// Parses a stored log. Returns an empty log if there is none or it can't be parsed.
    #[must_use]
    pub fn read(kept: Option<&str>) -> Self {
        Self(kept.and_then(|kept| serde_json::from_str(kept).ok()).unwrap_or_default())
    }

    /// The log as JSON.
    #[must_use]
    pub fn write(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    /// Records that a notification for these messages was shown.
    pub fn add(&mut self, new_messages: NewMessages) {
        self.0.retain(|(chat_id, _)| *chat_id != new_messages.chat_id);
        self.0.push((new_messages.chat_id, new_messages.seq));
        let surplus = self.0.len().saturating_sub(CHATS_MAX);
        self.0.drain(..surplus);
    }

    /// Whether a notification for these messages, or for later ones, was shown.
    #[must_use]
    pub fn has(&self, new_messages: NewMessages) -> bool {
        self.0.iter().any(|(chat_id, seq)| *chat_id == new_messages.chat_id && *seq >= new_messages.seq)
    }

    /// Forgets entries beyond the last `seq` of their chat: the server has lost those messages, and
    /// new ones will get the same positions. `last` returns `None` for a chat that the server did
    /// not list. Returns whether there was such an entry.
    pub fn forget_lost(&mut self, last: impl Fn(ChatId) -> Option<Seq>) -> bool {
        let before = self.0.len();
        self.0.retain(|(chat_id, seq)| last(*chat_id).is_none_or(|last| *seq <= last));
        self.0.len() < before
    }
}

/// The messages that a tab that became the leader at `since` has to show. Of the unread messages
/// that were left to other tabs, these are the newest few that are not in the log, and all that
/// arrived since. `log` is `None` if the browser stores no log.
#[must_use]
pub fn still_to_show(
    left: BTreeMap<ChatId, (NewMessages, Timestamp)>,
    log: Option<&NotifiedLog>,
    since: Timestamp,
) -> Vec<NewMessages> {
    let was_not_notified = |new_messages: NewMessages, at: Timestamp| {
        log.map_or_else(|| since.0 - at.0 <= HANDOVER_MS, |log| !log.has(new_messages))
    };
    let mut not_notified: Vec<(NewMessages, Timestamp)> =
        left.into_values().filter(|(new_messages, at)| was_not_notified(*new_messages, *at)).collect();
    not_notified.sort_by_key(|(_, at)| *at);
    let surplus = not_notified.iter().filter(|(_, at)| *at < since).count().saturating_sub(HANDOVER_MAX);
    not_notified.into_iter().skip(surplus).map(|(new_messages, _)| new_messages).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG_AGO: Timestamp = Timestamp(0);
    const NOW: Timestamp = Timestamp(3_600_000);

    fn new_messages(chat_id: i64, seq: i64) -> NewMessages {
        NewMessages { chat_id: ChatId(chat_id), seq: Seq(seq), count: 1 }
    }

    fn left(of: &[(NewMessages, Timestamp)]) -> BTreeMap<ChatId, (NewMessages, Timestamp)> {
        of.iter().map(|(new_messages, at)| (new_messages.chat_id, (*new_messages, *at))).collect()
    }

    #[test]
    fn unshown_messages_are_shown_by_the_next_leader() {
        let mut log = NotifiedLog::default();
        log.add(new_messages(1, 5));
        log.add(new_messages(2, 3));
        let log = NotifiedLog::read(Some(&log.write()));
        let left = left(&[(new_messages(1, 5), NOW), (new_messages(2, 4), LONG_AGO), (new_messages(3, 1), NOW)]);
        assert_eq!(still_to_show(left, Some(&log), NOW), [new_messages(2, 4), new_messages(3, 1)]);
    }

    #[test]
    fn lost_messages_are_removed_from_the_log() {
        let mut log = NotifiedLog::default();
        (1..4).for_each(|chat| log.add(new_messages(chat, 5)));
        let last = |chat_id| [(ChatId(1), Seq(5)), (ChatId(2), Seq(3))].into_iter().find(|(id, _)| *id == chat_id);
        assert!(log.forget_lost(|chat_id| last(chat_id).map(|(_, last)| last)));
        assert!(log.has(new_messages(1, 5)) && !log.has(new_messages(2, 4)) && log.has(new_messages(3, 5)));
        assert!(!log.forget_lost(|_| Some(Seq(5))));
    }

    #[test]
    fn leader_without_a_log_shows_only_recent_messages() {
        let left = left(&[
            (new_messages(1, 5), Timestamp(NOW.0 - HANDOVER_MS)),
            (new_messages(2, 4), Timestamp(NOW.0 - HANDOVER_MS - 1)),
        ]);
        assert_eq!(still_to_show(left, None, NOW), [new_messages(1, 5)]);
    }

    #[test]
    fn new_leader_shows_the_newest_few_and_all_later_messages() {
        let many: Vec<_> = (0..20).map(|n| (new_messages(n, 1), Timestamp(n))).collect();
        let notified = still_to_show(left(&many), Some(&NotifiedLog::default()), Timestamp(15));
        assert_eq!(notified, (10..20).map(|n| new_messages(n, 1)).collect::<Vec<_>>());
    }

    #[test]
    fn log_is_bounded_and_drops_its_oldest_entries() {
        let mut log = NotifiedLog::read(Some("not JSON"));
        (0..300).for_each(|n| log.add(new_messages(n, 1)));
        log.add(new_messages(100, 2));
        assert!(!log.has(new_messages(99, 1)) && log.has(new_messages(101, 1)) && log.has(new_messages(100, 2)));
        assert!(!log.has(new_messages(100, 3)));
        assert_eq!(log.0.len(), CHATS_MAX);
    }
}
