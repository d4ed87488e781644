//! The one clock, and moments as the database keeps them.

use app::protocol::Timestamp;
use chrono::{DateTime, NaiveDateTime, Utc};

/// Now, to the millisecond, as everything stored and sent is.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp(Utc::now().timestamp_millis())
}

/// As a column takes it.
#[must_use]
pub fn to_db(moment: Timestamp) -> NaiveDateTime {
    DateTime::from_timestamp_millis(moment.0).unwrap_or_default().naive_utc()
}

/// As a column gives it.
#[must_use]
pub fn from_db(moment: NaiveDateTime) -> Timestamp {
    Timestamp(moment.and_utc().timestamp_millis())
}
