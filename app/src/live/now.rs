//! The browser's clock.

use crate::protocol::Timestamp;

/// The current time by the browser's clock.
#[expect(clippy::cast_possible_truncation, reason = "Date.now gives whole milliseconds below 2^53")]
pub(crate) fn now() -> Timestamp {
    Timestamp(js_sys::Date::now() as i64)
}
