//! A cache of the peers to whom a socket's typing is published. It needs one database query per
//! chat and change of the chat, however much the user types.

use app::protocol::{ChatId, UserId};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The most chats in one socket's cache. When it is full, it is emptied.
const CHATS_MAX: usize = 64;

/// The cache of one socket. A `chat` frame to the socket removes that chat.
#[derive(Default)]
pub struct Peers(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// `None`: the chat is closed or blocked, so typing is not published.
    peers: BTreeMap<ChatId, Option<UserId>>,
    /// Counts the removals.
    changes: u64,
}

/// The state of the cache before a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before(u64);

impl Peers {
    /// The cached peer of this chat. The outer `None` means not cached, the inner one that typing
    /// must not be published.
    #[must_use]
    pub fn get(&self, chat: ChatId) -> Option<Option<UserId>> {
        self.known().peers.get(&chat).copied()
    }

    /// Must be called before the query whose result is passed to [`keep`](Self::keep).
    #[must_use]
    pub fn before(&self) -> Before {
        Before(self.known().changes)
    }

    /// Caches a query's result, unless a chat has changed since `before`.
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

    /// Removes a chat, because it has changed.
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
    fn result_read_before_a_change_is_not_cached() {
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
    fn cache_holds_a_bounded_number_of_chats() {
        let peers = Peers::default();
        for chat in 0..10_000 {
            peers.keep(peers.before(), ChatId(chat), None);
            assert!(peers.known().peers.len() <= CHATS_MAX);
        }
        assert_eq!(peers.get(ChatId(9_999)), Some(None));
    }
}
