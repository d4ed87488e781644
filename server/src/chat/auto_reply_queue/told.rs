//! Which chats were told lately, so that whoever writes on while the doctor is away costs the database nothing more.
//! It is the one that decides on all others.

use crate::db::time;
use app::protocol::{ChatId, Timestamp};
use std::collections::HashMap;

/// Chats that are remembered at most.
const CHATS_MAX: usize = 65_536;

/// When each was told.
#[derive(Default)]
pub(in crate::chat) struct Told(HashMap<ChatId, Timestamp>);

impl Told {
    /// Whether it is known that the chat was told at this moment or later, and not in the future, by a clock that was wrong.
    pub(in crate::chat) fn is_since(&self, chat: ChatId, since: Timestamp, now: Timestamp) -> bool {
        self.0.get(&chat).is_some_and(|told| *told >= since && !time::is_ahead(*told, now))
    }

    /// Notes when the chat was told. What was told before `since` makes room for it.
    pub(in crate::chat) fn note(&mut self, chat: ChatId, told: Timestamp, since: Timestamp) {
        if self.0.len() >= CHATS_MAX && !self.0.contains_key(&chat) {
            self.0.retain(|_, told| *told >= since);
            if self.0.len() >= CHATS_MAX {
                self.0.clear();
            }
        }
        self.0.insert(chat, told);
    }

    /// It was not told after all.
    pub(in crate::chat) fn forget(&mut self, chat: ChatId) {
        self.0.remove(&chat);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(200_000);

    #[test]
    fn it_holds_for_a_while_and_has_an_end() {
        let mut told = Told::default();
        told.note(ChatId(1), Timestamp(100), Timestamp(0));
        assert!(told.is_since(ChatId(1), Timestamp(100), NOW) && !told.is_since(ChatId(2), Timestamp(100), NOW));
        assert!(!told.is_since(ChatId(1), Timestamp(101), NOW), "long ago");
        told.note(ChatId(3), Timestamp(2_000_000_000_000), Timestamp(0));
        assert!(!told.is_since(ChatId(3), Timestamp(100), NOW), "nobody was told in the future");
        told.forget(ChatId(1));
        assert!(!told.is_since(ChatId(1), Timestamp(100), NOW));
        for chat in 0..200_000 {
            told.note(ChatId(chat), Timestamp(chat), Timestamp(chat - 10));
            assert!(told.0.len() <= CHATS_MAX && told.is_since(ChatId(chat), Timestamp(chat), NOW));
        }
        assert!(told.is_since(ChatId(199_990), Timestamp(0), NOW), "what is old goes first");
        for chat in 0..200_000 {
            told.note(ChatId(chat), Timestamp(chat), Timestamp(0));
            assert!(told.0.len() <= CHATS_MAX && told.is_since(ChatId(chat), Timestamp(chat), NOW));
        }
    }
}
