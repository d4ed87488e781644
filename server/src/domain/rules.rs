//! What a clinic can set that the rules go by.

use app::protocol::Timestamp;
use std::time::Duration;

/// What the clinic has set that is reckoned with.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// How much of a doctor's working time a patient may wait, in milliseconds.
    pub waiting_ms: i64,
    /// The clinic's time zone.
    pub time_zone: chrono_tz::Tz,
    /// For how long after it was stored a message can be changed by its sender, in milliseconds.
    pub changeable_ms: i64,
}

impl Rules {
    /// A message stored before this can't be changed by its sender any more.
    #[must_use]
    pub const fn changeable_since(&self, now: Timestamp) -> Timestamp {
        // Never: nothing was stored after now.
        if self.changeable_ms == 0 { Timestamp(i64::MAX) } else { Timestamp(now.0.saturating_sub(self.changeable_ms)) }
    }
}

/// How long sessions last.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// Without use.
    pub idle: Duration,
    /// From sign-in, whatever happens.
    pub absolute: Duration,
}

/// In milliseconds, as moments are counted.
#[must_use]
pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl SessionLimits {
    /// A session last used before this is over.
    #[must_use]
    pub fn idle_since(&self, now: Timestamp) -> Timestamp {
        Timestamp(now.0.saturating_sub(millis(self.idle)))
    }

    /// When a session ends that is not used any more. A program's does not end by idleness.
    #[must_use]
    pub fn end(&self, expires_at: Timestamp, last_seen: Timestamp, is_program: bool) -> Timestamp {
        let idle_until = Timestamp(last_seen.0.saturating_add(millis(self.idle)));
        if is_program { expires_at } else { expires_at.min(idle_until) }
    }
}
