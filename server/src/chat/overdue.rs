//! When a patient has waited too long: so many of the doctor's working hours since they asked.

use super::{availability, summaries::Rules};
use crate::db::{DbConn, DbResult};
use app::protocol::{Timestamp, UserId};

/// From when on each of these waits is too long, in the same order; `None` for never.
pub async fn moments(
    conn: &mut DbConn,
    rules: Rules,
    waits: Vec<(UserId, Timestamp)>,
) -> DbResult<Vec<Option<Timestamp>>> {
    let mut doctors: Vec<UserId> = waits.iter().map(|(doctor, _)| *doctor).collect();
    doctors.sort_unstable();
    doctors.dedup();
    let calendars = availability::calendars(conn, rules.time_zone, &doctors).await?;
    let due = |(doctor, since): (UserId, Timestamp)| match calendars.get(&doctor) {
        Some(calendar) => calendar.after_working(since, rules.waiting_ms),
        None => Some(Timestamp(since.0.saturating_add(rules.waiting_ms))),
    };
    Ok(waits.into_iter().map(due).collect())
}
