//! When a patient's wait becomes overdue: after a number of the doctor's working hours.

use super::availability;
use crate::{
    db::{DbConn, DbResult, time},
    domain::rules::Rules,
};
use app::protocol::{Timestamp, UserId};

/// The moment at which each of these waits becomes overdue, in the same order.
///
/// A wait whose beginning lies in the future (because of a wrong clock) is overdue already, because
/// its true beginning is unknown. If the doctor has no working time within the calendar's horizon,
/// all time counts as working time.
pub async fn moments(conn: &mut DbConn, rules: Rules, waits: Vec<(UserId, Timestamp)>) -> DbResult<Vec<Timestamp>> {
    let mut doctors: Vec<UserId> = waits.iter().map(|(doctor, _)| *doctor).collect();
    doctors.sort_unstable();
    doctors.dedup();
    let calendars = availability::calendars(conn, rules.time_zone, &doctors).await?;
    let now = time::now_at(conn).await?;
    let due = |(doctor, since): (UserId, Timestamp)| {
        if time::is_ahead(since, now) {
            return Timestamp(now.0.saturating_sub(rules.waiting_ms));
        }
        let working = calendars.get(&doctor).and_then(|calendar| calendar.after_working(since, rules.waiting_ms));
        working.unwrap_or(Timestamp(since.0.saturating_add(rules.waiting_ms)))
    };
    Ok(waits.into_iter().map(due).collect())
}
