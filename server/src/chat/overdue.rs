//! When a patient has waited too long: so many of the doctor's working hours since they asked.

use super::availability;
use crate::{
    db::{DbConn, DbResult, time},
    domain::rules::Rules,
};
use app::protocol::{Timestamp, UserId};

/// From when on each of these waits is too long, in the same order. One that began in the future, by a clock that was
/// wrong, began nobody knows when: it is too long already. Where no end of a doctor's working time off is in
/// sight, nobody is there to wait for, and all time counts.
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
