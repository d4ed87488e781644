//! How sending keeps to the server's limit on one person's messages.

use crate::{live::Postponed, protocol::Timestamp};

/// So long after the limit was last met, messages go out without regard to it, in milliseconds.
const RELAX_MS: i64 = 10_000;

/// Once the limit was met, messages go out one at a time, over all chats: each of several would only be told to wait.
#[derive(Debug, Default)]
pub(super) struct Pace {
    postponed: Option<Postponed>,
}

impl Pace {
    /// The server takes nothing more for a while.
    pub(super) const fn postpone(&mut self, postponed: Postponed) {
        self.postponed = Some(postponed);
    }

    /// How many more messages may go out while so many are under way; `None` for any number.
    pub(super) fn room(&mut self, now: Timestamp, under_way: usize) -> Option<usize> {
        self.postponed.take_if(|postponed| postponed.is_over(now, RELAX_MS));
        self.postponed.map(|postponed| if postponed.is_over(now, 0) { 1_usize.saturating_sub(under_way) } else { 0 })
    }

    /// While nothing may go out, for how long.
    pub(super) fn postponed(&self, now: Timestamp) -> Option<Postponed> {
        self.postponed.filter(|postponed| !postponed.is_over(now, 0))
    }
}
