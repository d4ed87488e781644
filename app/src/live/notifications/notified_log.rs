//! What this browser's tabs have told, so that the tab that takes over knows what is left to tell. Pure.

use crate::{
    live::notifications::NewMessages,
    protocol::{ChatId, Seq, Timestamp, UserId},
};
use std::collections::BTreeMap;

/// Chats that are remembered: more than anybody is told of between two turns.
const CHATS_MAX: usize = 200;
/// Chats that a tab tells of at most when it takes over.
const HANDOVER_MAX: usize = 5;
/// Where nothing can be kept: what came this short a time before a tab's turn may have been told by nobody, in
/// milliseconds.
const HANDOVER_MS: i64 = 5_000;

/// Of each chat the newest message that was told of; what was told last stands last. Kept in `localStorage` as JSON,
/// under [`NotifiedLog::key`], until somebody signs out: chats and places, neither texts nor names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotifiedLog(Vec<(ChatId, Seq)>);

impl NotifiedLog {
    /// Where a person's is kept.
    #[must_use]
    pub fn key(viewer: UserId) -> String {
        format!("bedside-told:{viewer}")
    }

    /// As kept; empty where nothing readable was.
    #[must_use]
    pub fn read(kept: Option<&str>) -> Self {
        Self(kept.and_then(|kept| serde_json::from_str(kept).ok()).unwrap_or_default())
    }

    /// As it is to be kept.
    #[must_use]
    pub fn write(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    /// This is told.
    pub fn add(&mut self, news: NewMessages) {
        self.0.retain(|(chat_id, _)| *chat_id != news.chat_id);
        self.0.push((news.chat_id, news.seq));
        let surplus = self.0.len().saturating_sub(CHATS_MAX);
        self.0.drain(..surplus);
    }

    /// Whether this was told.
    #[must_use]
    pub fn has(&self, news: NewMessages) -> bool {
        self.0.iter().any(|(chat_id, seq)| *chat_id == news.chat_id && *seq >= news.seq)
    }

    /// Forgets what was told beyond where the server says that a chat stands: it has lost that, and what it has there
    /// by and by is new. `last` answers nothing for a chat of which it says nothing. Answers whether there was any.
    pub fn forget_lost(&mut self, last: impl Fn(ChatId) -> Option<Seq>) -> bool {
        let before = self.0.len();
        self.0.retain(|(chat_id, seq)| last(*chat_id).is_none_or(|last| *seq <= last));
        self.0.len() < before
    }
}

/// What a tab has to tell whose turn began at `since`: of what was another's to tell and is still unread, the newest
/// that was not told, and all that came since. `None` for a browser that keeps no record.
#[must_use]
pub fn still_to_show(
    left: BTreeMap<ChatId, (NewMessages, Timestamp)>,
    record: Option<&NotifiedLog>,
    since: Timestamp,
) -> Vec<NewMessages> {
    let is_untold = |news: NewMessages, at: Timestamp| {
        record.map_or_else(|| since.0 - at.0 <= HANDOVER_MS, |record| !record.has(news))
    };
    let mut untold: Vec<(NewMessages, Timestamp)> =
        left.into_values().filter(|(news, at)| is_untold(*news, *at)).collect();
    untold.sort_by_key(|(_, at)| *at);
    let surplus = untold.iter().filter(|(_, at)| *at < since).count().saturating_sub(HANDOVER_MAX);
    untold.into_iter().skip(surplus).map(|(news, _)| news).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG_AGO: Timestamp = Timestamp(0);
    const NOW: Timestamp = Timestamp(3_600_000);

    fn news(chat_id: i64, seq: i64) -> NewMessages {
        NewMessages { chat_id: ChatId(chat_id), seq: Seq(seq), count: 1 }
    }

    fn left(of: &[(NewMessages, Timestamp)]) -> BTreeMap<ChatId, (NewMessages, Timestamp)> {
        of.iter().map(|(news, at)| (news.chat_id, (*news, *at))).collect()
    }

    #[test]
    fn what_nobody_told_is_told_however_long_ago_and_what_was_told_is_not() {
        let mut record = NotifiedLog::default();
        record.add(news(1, 5));
        record.add(news(2, 3));
        let record = NotifiedLog::read(Some(&record.write()));
        let left = left(&[(news(1, 5), NOW), (news(2, 4), LONG_AGO), (news(3, 1), NOW)]);
        assert_eq!(still_to_show(left, Some(&record), NOW), [news(2, 4), news(3, 1)]);
    }

    #[test]
    fn what_the_server_has_lost_was_never_told() {
        let mut record = NotifiedLog::default();
        (1..4).for_each(|chat| record.add(news(chat, 5)));
        let last = |chat_id| [(ChatId(1), Seq(5)), (ChatId(2), Seq(3))].into_iter().find(|(id, _)| *id == chat_id);
        assert!(record.forget_lost(|chat_id| last(chat_id).map(|(_, last)| last)));
        assert!(record.has(news(1, 5)) && !record.has(news(2, 4)) && record.has(news(3, 5)));
        assert!(!record.forget_lost(|_| Some(Seq(5))));
    }

    #[test]
    fn without_a_record_only_what_came_in_the_moment_before_is_told() {
        let left =
            left(&[(news(1, 5), Timestamp(NOW.0 - HANDOVER_MS)), (news(2, 4), Timestamp(NOW.0 - HANDOVER_MS - 1))]);
        assert_eq!(still_to_show(left, None, NOW), [news(1, 5)]);
    }

    #[test]
    fn a_turn_begins_with_the_newest_few_and_all_that_came_since() {
        let many: Vec<_> = (0..20).map(|n| (news(n, 1), Timestamp(n))).collect();
        let told = still_to_show(left(&many), Some(&NotifiedLog::default()), Timestamp(15));
        assert_eq!(told, (10..20).map(|n| news(n, 1)).collect::<Vec<_>>());
    }

    #[test]
    fn the_record_is_bounded_and_forgets_what_was_told_first() {
        let mut record = NotifiedLog::read(Some("not JSON"));
        (0..300).for_each(|n| record.add(news(n, 1)));
        record.add(news(100, 2));
        assert!(!record.has(news(99, 1)) && record.has(news(101, 1)) && record.has(news(100, 2)));
        assert!(!record.has(news(100, 3)));
        assert_eq!(record.0.len(), CHATS_MAX);
    }
}
