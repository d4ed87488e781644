//! Remembers which users this node has recently published which chats to. When the link to the bus
//! breaks, it is unknown which events arrived; once the link is back, the node publishes these
//! chats again, as changed.

use app::protocol::{ChatId, UserId};
use std::{
    collections::HashSet,
    mem,
    time::{Duration, Instant},
};

/// A broken link is detected within this time (three pings, two seconds apart).
const FOUND_OUT_WITHIN: Duration = Duration::from_secs(10);
/// The most pairs of user and chat in one generation. Beyond that, the newest are left out.
const REMEMBERED_MAX: usize = 100_000;

/// Two generations, which together cover at least the last [`FOUND_OUT_WITHIN`].
#[derive(Debug)]
pub(super) struct Recent {
    current: HashSet<(UserId, ChatId)>,
    before: HashSet<(UserId, ChatId)>,
    since: Instant,
}

impl Default for Recent {
    fn default() -> Self {
        Self { current: HashSet::new(), before: HashSet::new(), since: Instant::now() }
    }
}

impl Recent {
    /// Remembers that an event about a chat was published to these users. While the link is down
    /// nothing is forgotten.
    pub(super) fn note(&mut self, users: &[UserId], chat: ChatId, is_well: bool) {
        if is_well && self.since.elapsed() >= FOUND_OUT_WITHIN {
            self.before = mem::take(&mut self.current);
            self.since = Instant::now();
        }
        if self.current.len() < REMEMBERED_MAX {
            self.current.extend(users.iter().map(|user| (*user, chat)));
        }
    }

    /// Returns everything remembered and clears the memory.
    pub(super) fn take(&mut self) -> HashSet<(UserId, ChatId)> {
        let mut all = mem::take(&mut self.current);
        all.extend(mem::take(&mut self.before));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_chats_are_remembered_once_and_bounded() {
        let mut recent = Recent::default();
        for _ in 0..3 {
            recent.note(&[UserId(1), UserId(2)], ChatId(1), true);
        }
        for chat in 0..200_000 {
            recent.note(&[UserId(3)], ChatId(chat), false);
        }
        let all = recent.take();
        assert!(all.contains(&(UserId(1), ChatId(1))) && all.contains(&(UserId(2), ChatId(1))));
        assert!(all.len() <= REMEMBERED_MAX + 1, "{}", all.len());
        assert!(recent.take().is_empty());
    }

    #[test]
    fn chats_are_remembered_until_a_dead_link_is_detected() {
        let mut recent = Recent::default();
        recent.note(&[UserId(1)], ChatId(1), true);
        recent.since = recent.since.checked_sub(FOUND_OUT_WITHIN).unwrap_or(recent.since);
        recent.note(&[UserId(1)], ChatId(2), true);
        recent.since = recent.since.checked_sub(FOUND_OUT_WITHIN).unwrap_or(recent.since);
        recent.note(&[UserId(1)], ChatId(3), false);
        assert_eq!(recent.take().len(), 3, "nothing is forgotten while the link is down");
    }
}
