//! The clinic's settings that rules depend on.

use app::protocol::Timestamp;
use std::time::Duration;

/// The clinic's settings for chats.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// How long a patient may wait, in milliseconds of the doctor's working time.
    pub waiting_ms: i64,
    /// The clinic's time zone.
    pub time_zone: chrono_tz::Tz,
    /// For how long after a message was stored its sender can change it, in milliseconds.
    pub changeable_ms: i64,
}

impl Rules {
    /// The sender can no longer change a message that was stored before this moment.
    #[must_use]
    pub const fn changeable_since(&self, now: Timestamp) -> Timestamp {
        // No message can be changed, because none was stored after the end of time.
        if self.changeable_ms == 0 { Timestamp(i64::MAX) } else { Timestamp(now.0.saturating_sub(self.changeable_ms)) }
    }
}

/// How long sessions last.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// The longest time without use.
    pub idle: Duration,
    /// The longest time since sign-in.
    pub absolute: Duration,
}

/// The duration in milliseconds, as in `Timestamp`; saturates.
#[must_use]
pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl SessionLimits {
    /// A session that was last used before this moment has ended.
    #[must_use]
    pub fn idle_since(&self, now: Timestamp) -> Timestamp {
        Timestamp(now.0.saturating_sub(millis(self.idle)))
    }

    /// When a session ends if it is not used again. A program's session has no idle limit.
    #[must_use]
    pub fn end(&self, expires_at: Timestamp, last_seen: Timestamp, is_program: bool) -> Timestamp {
        let idle_until = Timestamp(last_seen.0.saturating_add(millis(self.idle)));
        if is_program { expires_at } else { expires_at.min(idle_until) }
    }
}
