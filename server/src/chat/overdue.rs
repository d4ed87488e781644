//! When a patient has waited too long: so many of the doctor's working hours since they asked.

use super::summaries::Rules;
use crate::db::{DbConn, DbResult};
use app::protocol::{Timestamp, UserId};

/// From when on each of these waits is too long, in the same order; `None` for never.
pub async fn moments(
    _conn: &mut DbConn,
    rules: Rules,
    waits: Vec<(UserId, Timestamp)>,
) -> DbResult<Vec<Option<Timestamp>>> {
    Ok(waits.into_iter().map(|(_, since)| Some(Timestamp(since.0.saturating_add(rules.waiting_ms)))).collect())
}
