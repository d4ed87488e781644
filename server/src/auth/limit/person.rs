//! Rate limits per user, over all their browsers together. Messages of the user's programs are
//! counted separately.

use super::{Buckets, Rate, is_time_to_forget};
use crate::auth::viewer::Viewer;
use app::protocol::{ChatId, Problem, UserId};
use std::{num::NonZeroU32, sync::atomic::AtomicU64, time::Duration};

/// Searches per user: many times what a user types.
const SEARCHES_PER_PERSON: Rate = Rate { burst: 20, refill: Duration::from_millis(500) };
/// Changes per user, except sending and reading messages.
const CHANGES_PER_PERSON: Rate = Rate { burst: 60, refill: Duration::from_secs(1) };
/// Messages per user: more than a user types, and enough to empty an outbox within moments.
const MESSAGES_PER_PERSON: Rate = Rate { burst: 30, refill: Duration::from_millis(500) };
/// Messages of all programs of one account together.
const MESSAGES_PER_PROGRAMS: Rate = Rate { burst: 30, refill: Duration::from_secs(1) };
/// Text per user, in units of [`VOLUME_UNIT_BYTES`]: 8 MiB at once, and as much again over a day.
const VOLUME: Rate = Rate { burst: 8_192, refill: Duration::from_millis(10_547) };
/// Each message counts as at least this many bytes, which bounds the number of messages per day.
const VOLUME_UNIT_BYTES: usize = 1_024;
/// Typing frames per user and chat.
const TYPING_PER_CHAT: Rate = Rate { burst: 1, refill: Duration::from_secs(1) };

/// Limits on sending: the number of messages and the amount of text.
struct Sending {
    messages: Buckets<UserId>,
    volume: Buckets<UserId>,
}

impl Sending {
    fn new(messages: Rate, scale: f64) -> Self {
        Self { messages: Buckets::new(messages, scale), volume: Buckets::new(VOLUME, scale) }
    }

    fn take(&self, user: UserId, bytes: usize) -> Result<(), Problem> {
        // In this order: a message that is rejected for its number must not use up volume.
        self.messages.take(&user)?;
        let units = u32::try_from(bytes.div_ceil(VOLUME_UNIT_BYTES)).unwrap_or(u32::MAX);
        self.volume.take_several(&user, NonZeroU32::new(units).unwrap_or(NonZeroU32::MIN))
    }

    fn forget_full(&self) {
        self.messages.forget_full();
        self.volume.forget_full();
    }
}

/// Rate limits per user. Requests of programs are counted by [`TokenLimit`](super::TokenLimit).
pub struct PersonLimits {
    searches: Buckets<UserId>,
    changes: Buckets<UserId>,
    sending: Sending,
    sending_of_programs: Sending,
    typing: Buckets<(UserId, ChatId)>,
    checks: AtomicU64,
}

impl PersonLimits {
    /// Limits multiplied by `scale` (`BEDSIDE_LIMIT_SCALE`).
    #[must_use]
    pub fn new(scale: f64) -> Self {
        Self {
            searches: Buckets::new(SEARCHES_PER_PERSON, scale),
            changes: Buckets::new(CHANGES_PER_PERSON, scale),
            sending: Sending::new(MESSAGES_PER_PERSON, scale),
            sending_of_programs: Sending::new(MESSAGES_PER_PROGRAMS, scale),
            typing: Buckets::new(TYPING_PER_CHAT, scale),
            checks: AtomicU64::new(0),
        }
    }

    /// Counts a search; fails with `RateLimited`.
    pub fn search(&self, viewer: &Viewer) -> Result<(), Problem> {
        self.take(&self.searches, viewer)
    }

    /// Counts a change, also one that is rejected afterwards; fails with `RateLimited`.
    pub fn change(&self, viewer: &Viewer) -> Result<(), Problem> {
        self.take(&self.changes, viewer)
    }

    /// Counts a message of this many bytes; fails with `RateLimited` if there are too many messages
    /// or too much text. A user's programs are counted together, and separately from the user.
    pub fn message(&self, viewer: &Viewer, bytes: usize) -> Result<(), Problem> {
        self.forget_full();
        let sending = if viewer.is_program { &self.sending_of_programs } else { &self.sending };
        sending.take(viewer.user.id, bytes)
    }

    /// Counts a typing frame; returns whether it may be published.
    #[must_use]
    pub fn typing(&self, viewer: &Viewer, chat: ChatId) -> bool {
        self.forget_full();
        self.typing.take(&(viewer.user.id, chat)).is_ok()
    }

    fn take(&self, buckets: &Buckets<UserId>, viewer: &Viewer) -> Result<(), Problem> {
        if viewer.is_program {
            return Ok(());
        }
        self.forget_full();
        buckets.take(&viewer.user.id)
    }

    fn forget_full(&self) {
        if is_time_to_forget(&self.checks) {
            self.searches.forget_full();
            self.changes.forget_full();
            self.sending.forget_full();
            self.sending_of_programs.forget_full();
            self.typing.forget_full();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::protocol::{Role, User};

    fn viewer(id: i64, is_program: bool) -> Viewer {
        Viewer {
            user: User { id: UserId(id), name: String::new(), role: Role::Patient },
            token_hash: String::new(),
            is_program,
            outbox_key: None,
        }
    }

    #[test]
    fn user_gets_a_retry_time_after_thirty_messages() {
        let limits = PersonLimits::new(1.0);
        let nora = viewer(1, false);
        assert_eq!((0..30).filter(|_| limits.message(&nora, 10).is_ok()).count(), 30);
        let refused = limits.message(&nora, 10).err().and_then(|problem| problem.retry_after_ms());
        assert!(refused.is_some_and(|wait| (1..=501).contains(&wait)), "{refused:?}");
        assert!(limits.message(&viewer(2, false), 10).is_ok(), "others are not affected");
        assert!(limits.message(&viewer(1, true), 10).is_ok(), "nor is the person's program");
    }

    #[test]
    fn text_volume_per_user_is_limited() {
        // The number of messages doesn't stop it here: the volume does.
        let sending = Sending::new(Rate { burst: 1_000_000, refill: Duration::from_millis(1) }, 1.0);
        let longest = 40_000;
        let sent = (0..1_000).filter(|_| sending.take(UserId(1), longest).is_ok()).count();
        assert_eq!(sent, 8_192 / 40);
        assert!(sending.take(UserId(1), longest).is_err_and(|problem| problem.retry_after_ms() > Some(60_000)));
        assert!(sending.take(UserId(2), longest).is_ok());
    }

    #[test]
    fn short_messages_are_limited_by_volume_too() {
        let sending = Sending::new(Rate { burst: 1_000_000, refill: Duration::from_millis(1) }, 1.0);
        assert_eq!((0..10_000).filter(|_| sending.take(UserId(1), 2).is_ok()).count(), 8_192);
    }

    #[test]
    fn text_larger_than_the_bucket_is_sent_when_the_bucket_is_full() {
        let sending = Sending::new(MESSAGES_PER_PERSON, 0.001);
        assert!(sending.take(UserId(1), 40_000).is_ok());
    }

    #[test]
    fn typing_is_limited_per_user_and_chat() {
        let limits = PersonLimits::new(1.0);
        let (nora, tomas) = (viewer(1, false), viewer(2, false));
        assert!(limits.typing(&nora, ChatId(1)));
        assert!((0..1_000).all(|_| !limits.typing(&nora, ChatId(1))));
        assert!(limits.typing(&nora, ChatId(2)));
        assert!(limits.typing(&tomas, ChatId(1)));
    }
}
