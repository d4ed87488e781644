//! How much a person may ask and send, from all their browsers together; and their programs by themselves.

use super::{Buckets, Rate, is_time_to_forget};
use crate::auth::viewer::Viewer;
use app::protocol::{ChatId, Problem, UserId};
use std::{num::NonZeroU32, sync::atomic::AtomicU64, time::Duration};

/// Searches of one person: many times what somebody types.
const SEARCHES_PER_PERSON: Rate = Rate { burst: 20, refill: Duration::from_millis(500) };
/// Changes that one person makes beside sending and reading.
const CHANGES_PER_PERSON: Rate = Rate { burst: 60, refill: Duration::from_secs(1) };
/// Messages of one person: more than anybody types, and an outbox is emptied within moments.
const MESSAGES_PER_PERSON: Rate = Rate { burst: 30, refill: Duration::from_millis(500) };
/// Messages of all programs of one account together.
const MESSAGES_PER_PROGRAMS: Rate = Rate { burst: 30, refill: Duration::from_secs(1) };
/// Texts of one person, in units of [`VOLUME_UNIT_BYTES`]: 8 MiB at once, and as much again over a day.
const VOLUME: Rate = Rate { burst: 8_192, refill: Duration::from_millis(10_547) };
/// A message counts as so many bytes at least, which bounds how many there are in a day.
const VOLUME_UNIT_BYTES: usize = 1_024;
/// How often one person is told to be writing in one chat.
const TYPING_PER_CHAT: Rate = Rate { burst: 1, refill: Duration::from_secs(1) };

/// What somebody sends: how many messages, and how much text.
struct Sending {
    messages: Buckets<UserId>,
    volume: Buckets<UserId>,
}

impl Sending {
    fn new(messages: Rate, scale: f64) -> Self {
        Self { messages: Buckets::new(messages, scale), volume: Buckets::new(VOLUME, scale) }
    }

    fn take(&self, user: UserId, bytes: usize) -> Result<(), Problem> {
        // In this order: what is refused for its number uses up none of the volume.
        self.messages.take(&user)?;
        let units = u32::try_from(bytes.div_ceil(VOLUME_UNIT_BYTES)).unwrap_or(u32::MAX);
        self.volume.take_several(&user, NonZeroU32::new(units).unwrap_or(NonZeroU32::MIN))
    }

    fn forget_full(&self) {
        self.messages.forget_full();
        self.volume.forget_full();
    }
}

/// How much a person may ask and send. Requests of programs are counted by [`TokenLimit`](super::TokenLimit).
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

    /// Counts a search; a problem when there were too many.
    pub fn search(&self, viewer: &Viewer) -> Result<(), Problem> {
        self.take(&self.searches, viewer)
    }

    /// Counts a change, also one that is refused; a problem when there were too many.
    pub fn change(&self, viewer: &Viewer) -> Result<(), Problem> {
        self.take(&self.changes, viewer)
    }

    /// Counts a message of so many bytes; a problem when there were too many, or too much text. A person's programs
    /// are counted together, and apart from the person.
    pub fn message(&self, viewer: &Viewer, bytes: usize) -> Result<(), Problem> {
        self.forget_full();
        let sending = if viewer.is_program { &self.sending_of_programs } else { &self.sending };
        sending.take(viewer.user.id, bytes)
    }

    /// Counts that somebody is writing in a chat; whether it is told once more.
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
    fn a_person_sends_thirty_messages_at_once_and_is_then_told_how_long_to_wait() {
        let limits = PersonLimits::new(1.0);
        let nora = viewer(1, false);
        assert_eq!((0..30).filter(|_| limits.message(&nora, 10).is_ok()).count(), 30);
        let refused = limits.message(&nora, 10).err().and_then(|problem| problem.retry_after_ms());
        assert!(refused.is_some_and(|wait| (1..=501).contains(&wait)), "{refused:?}");
        assert!(limits.message(&viewer(2, false), 10).is_ok(), "others are not affected");
        assert!(limits.message(&viewer(1, true), 10).is_ok(), "nor is the person's program");
    }

    #[test]
    fn how_much_text_one_person_sends_in_a_day_is_bounded() {
        // The number of messages doesn't stop it here: the volume does.
        let sending = Sending::new(Rate { burst: 1_000_000, refill: Duration::from_millis(1) }, 1.0);
        let longest = 40_000;
        let sent = (0..1_000).filter(|_| sending.take(UserId(1), longest).is_ok()).count();
        assert_eq!(sent, 8_192 / 40);
        assert!(sending.take(UserId(1), longest).is_err_and(|problem| problem.retry_after_ms() > Some(60_000)));
        assert!(sending.take(UserId(2), longest).is_ok());
    }

    #[test]
    fn short_messages_are_bounded_in_number_over_a_day() {
        let sending = Sending::new(Rate { burst: 1_000_000, refill: Duration::from_millis(1) }, 1.0);
        assert_eq!((0..10_000).filter(|_| sending.take(UserId(1), 2).is_ok()).count(), 8_192);
    }

    #[test]
    fn a_text_larger_than_a_full_bucket_is_still_sent_when_it_is_full() {
        let sending = Sending::new(MESSAGES_PER_PERSON, 0.001);
        assert!(sending.take(UserId(1), 40_000).is_ok());
    }

    #[test]
    fn typing_is_told_once_a_second_for_each_person_and_chat() {
        let limits = PersonLimits::new(1.0);
        let (nora, tomas) = (viewer(1, false), viewer(2, false));
        assert!(limits.typing(&nora, ChatId(1)));
        assert!((0..1_000).all(|_| !limits.typing(&nora, ChatId(1))));
        assert!(limits.typing(&nora, ChatId(2)));
        assert!(limits.typing(&tomas, ChatId(1)));
    }
}
