//! Whom this node has told of which chats lately. When its link to the bus breaks, nobody knows how much of that got
//! through: it is told again, as summaries, once the link is back.

use app::protocol::{ChatId, UserId};
use std::{
    collections::HashSet,
    mem,
    time::{Duration, Instant},
};

/// A link that has been dead for longer than this has been found out (three questions at two seconds).
const FOUND_OUT_WITHIN: Duration = Duration::from_secs(10);
/// Users and chats remembered in one generation; with more, the newest are left out until their next message.
const REMEMBERED_MAX: usize = 100_000;

/// Two generations, so that what was told within [`FOUND_OUT_WITHIN`] is among them.
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
    /// Notes that these users are told of a chat. While the link is down nothing is forgotten.
    pub(super) fn note(&mut self, users: &[UserId], chat: ChatId, is_well: bool) {
        if is_well && self.since.elapsed() >= FOUND_OUT_WITHIN {
            self.before = mem::take(&mut self.current);
            self.since = Instant::now();
        }
        if self.current.len() < REMEMBERED_MAX {
            self.current.extend(users.iter().map(|user| (*user, chat)));
        }
    }

    /// Everything remembered; from now on nothing is.
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
    fn what_was_told_lately_is_remembered_once_and_bounded() {
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
    fn what_was_told_before_a_link_was_found_dead_is_remembered() {
        let mut recent = Recent::default();
        recent.note(&[UserId(1)], ChatId(1), true);
        recent.since = recent.since.checked_sub(FOUND_OUT_WITHIN).unwrap_or(recent.since);
        recent.note(&[UserId(1)], ChatId(2), true);
        recent.since = recent.since.checked_sub(FOUND_OUT_WITHIN).unwrap_or(recent.since);
        recent.note(&[UserId(1)], ChatId(3), false);
        assert_eq!(recent.take().len(), 3, "nothing is forgotten while the link is down");
    }
}
