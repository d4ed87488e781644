//! Whom the writing of a socket's user is told, as it was last looked up: it costs the database a look per chat and
//! change of it, however much somebody types.

use app::protocol::{ChatId, UserId};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Chats that one socket remembers. Beyond it, all are forgotten.
const CHATS_MAX: usize = 64;

/// A socket's memory. What is told of a chat (a `chat` frame) makes it forget that one.
#[derive(Default)]
pub struct Peers(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// `None`: nobody writes there, so nobody is told.
    peers: BTreeMap<ChatId, Option<UserId>>,
    /// Counts what was forgotten.
    changes: u64,
}

/// A moment before something is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before(u64);

impl Peers {
    /// Whom to tell of this chat, if it is known; nobody, if that is known.
    #[must_use]
    pub fn get(&self, chat: ChatId) -> Option<Option<UserId>> {
        self.known().peers.get(&chat).copied()
    }

    /// To be taken before something is looked up that is to be kept.
    #[must_use]
    pub fn before(&self) -> Before {
        Before(self.known().changes)
    }

    /// Keeps what was looked up, unless a chat has changed since.
    pub fn keep(&self, before: Before, chat: ChatId, peer: Option<UserId>) {
        let mut known = self.known();
        if Before(known.changes) != before {
            return;
        }
        if known.peers.len() >= CHATS_MAX {
            known.peers.clear();
        }
        known.peers.insert(chat, peer);
    }

    /// The chat has changed.
    pub fn forget(&self, chat: ChatId) {
        let mut known = self.known();
        known.peers.remove(&chat);
        known.changes = known.changes.wrapping_add(1);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_up_before_a_change_is_not_kept() {
        let peers = Peers::default();
        let before = peers.before();
        peers.keep(before, ChatId(1), Some(UserId(2)));
        assert_eq!(peers.get(ChatId(1)), Some(Some(UserId(2))));
        let before = peers.before();
        peers.forget(ChatId(1));
        peers.keep(before, ChatId(1), Some(UserId(2)));
        assert_eq!(peers.get(ChatId(1)), None);
    }

    #[test]
    fn a_socket_remembers_so_many_chats_and_no_more() {
        let peers = Peers::default();
        for chat in 0..10_000 {
            peers.keep(peers.before(), ChatId(chat), None);
            assert!(peers.known().peers.len() <= CHATS_MAX);
        }
        assert_eq!(peers.get(ChatId(9_999)), Some(None));
    }
}
