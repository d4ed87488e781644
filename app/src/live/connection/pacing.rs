//! Keeps sending within the server's limit on one user's messages.

use crate::{live::Postponed, protocol::Timestamp};

/// This long after the last wait ended, the tab no longer restricts sending, in milliseconds.
const RELAX_MS: i64 = 10_000;

/// After the server has postponed a message, the tab sends one message at a time over all chats,
/// because the server would only postpone the others too.
#[derive(Debug, Default)]
pub(super) struct Pace {
    postponed: Option<Postponed>,
}

impl Pace {
    /// Records that the server accepts no message for some time.
    pub(super) const fn postpone(&mut self, postponed: Postponed) {
        self.postponed = Some(postponed);
    }

    /// How many more messages may be sent while `under_way` are unanswered; `None` means any
    /// number.
    pub(super) fn room(&mut self, now: Timestamp, under_way: usize) -> Option<usize> {
        self.postponed.take_if(|postponed| postponed.is_over(now, RELAX_MS));
        self.postponed.map(|postponed| if postponed.is_over(now, 0) { 1_usize.saturating_sub(under_way) } else { 0 })
    }

    /// The current wait, while no message may be sent.
    pub(super) fn postponed(&self, now: Timestamp) -> Option<Postponed> {
        self.postponed.filter(|postponed| !postponed.is_over(now, 0))
    }
}
