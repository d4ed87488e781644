//! A memory of the chats that got an automatic reply lately. While a doctor is away, a patient's
//! further messages then cost no database access. The database decides in all other cases.

use crate::db::time;
use app::protocol::{ChatId, Timestamp};
use std::collections::HashMap;

/// Capacity, in chats.
const CHATS_MAX: usize = 65_536;

/// When each chat got its last automatic reply.
#[derive(Default)]
pub(in crate::chat) struct Cooldown(HashMap<ChatId, Timestamp>);

impl Cooldown {
    /// Whether the chat is known to have got an automatic reply at `since` or later. A moment in
    /// the future does not count: a wrong clock made it.
    pub(in crate::chat) fn is_since(&self, chat: ChatId, since: Timestamp, now: Timestamp) -> bool {
        self.0.get(&chat).is_some_and(|cooldown| *cooldown >= since && !time::is_ahead(*cooldown, now))
    }

    /// Remembers when the chat got an automatic reply. When the memory is full, entries before
    /// `since` are removed, then all.
    pub(in crate::chat) fn note(&mut self, chat: ChatId, cooldown: Timestamp, since: Timestamp) {
        if self.0.len() >= CHATS_MAX && !self.0.contains_key(&chat) {
            self.0.retain(|_, cooldown| *cooldown >= since);
            if self.0.len() >= CHATS_MAX {
                self.0.clear();
            }
        }
        self.0.insert(chat, cooldown);
    }

    /// Forgets the chat, because its automatic reply was not stored.
    pub(in crate::chat) fn forget(&mut self, chat: ChatId) {
        self.0.remove(&chat);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(200_000);

    #[test]
    fn memory_forgets_old_chats_and_stays_bounded() {
        let mut cooldown = Cooldown::default();
        cooldown.note(ChatId(1), Timestamp(100), Timestamp(0));
        assert!(
            cooldown.is_since(ChatId(1), Timestamp(100), NOW) && !cooldown.is_since(ChatId(2), Timestamp(100), NOW)
        );
        assert!(!cooldown.is_since(ChatId(1), Timestamp(101), NOW), "long ago");
        cooldown.note(ChatId(3), Timestamp(2_000_000_000_000), Timestamp(0));
        assert!(!cooldown.is_since(ChatId(3), Timestamp(100), NOW), "a reply dated in the future does not count");
        cooldown.forget(ChatId(1));
        assert!(!cooldown.is_since(ChatId(1), Timestamp(100), NOW));
        for chat in 0..200_000 {
            cooldown.note(ChatId(chat), Timestamp(chat), Timestamp(chat - 10));
            assert!(cooldown.0.len() <= CHATS_MAX && cooldown.is_since(ChatId(chat), Timestamp(chat), NOW));
        }
        assert!(cooldown.is_since(ChatId(199_990), Timestamp(0), NOW), "the oldest is removed first");
        for chat in 0..200_000 {
            cooldown.note(ChatId(chat), Timestamp(chat), Timestamp(0));
            assert!(cooldown.0.len() <= CHATS_MAX && cooldown.is_since(ChatId(chat), Timestamp(chat), NOW));
        }
    }
}
