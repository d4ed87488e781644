//! Texts about a doctor's response time and return.

use crate::{
    components::clock::Clock,
    i18n::{Locale, td_string},
    protocol::Availability,
};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;
/// Eight hours: a day in working time.
const WORKING_DAY_MS: u64 = 8 * HOUR_MS;

/// A round length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// Minutes.
    Minutes(u64),
    /// Hours.
    Hours(u64),
    /// Hours within the doctor's office hours.
    WorkingHours(u64),
    /// Days.
    Days(u64),
    /// Working days of the doctor.
    WorkingDays(u64),
}

/// Rounds `ms` up to a round length. `is_working_time` says that it counts office hours only.
#[must_use]
pub fn within(ms: i64, is_working_time: bool) -> Within {
    let ms = u64::try_from(ms).unwrap_or(0);
    let minutes = step(ms.div_ceil(MINUTE_MS), &[5, 10, 15, 30]);
    let hours = ms.div_ceil(HOUR_MS);
    match (minutes, is_working_time) {
        (Some(minutes), _) => Within::Minutes(minutes),
        (None, true) => step(hours, &[1, 2, 3, 4, 5, 6, 8])
            .map_or_else(|| Within::WorkingDays(days(ms.div_ceil(WORKING_DAY_MS))), Within::WorkingHours),
        (None, false) => step(hours, &[1, 2, 3, 4, 5, 6, 8, 12])
            .map_or_else(|| Within::Days(days(ms.div_ceil(DAY_MS))), Within::Hours),
    }
}

/// The first of `steps` that is not less than `count`.
fn step(count: u64, steps: &[u64]) -> Option<u64> {
    steps.iter().copied().find(|step| count <= *step)
}

fn days(count: u64) -> u64 {
    step(count, &[1, 2, 3, 4, 5, 7, 10, 14, 21, 30]).unwrap_or(count)
}

/// "Usually answers within 2 hours"; `None` while the response time is unknown.
#[must_use]
pub fn usually_text(locale: Locale, availability: &Availability) -> Option<String> {
    Some(match within(availability.usual_reply_ms?, availability.is_working_time) {
        Within::Minutes(count) => td_string!(locale, usually_minutes, count = count.to_string()).to_string(),
        Within::Hours(1) => td_string!(locale, usually_one_hour).to_string(),
        Within::Hours(count) => td_string!(locale, usually_hours, count = count.to_string()).to_string(),
        Within::WorkingHours(1) => td_string!(locale, usually_one_working_hour).to_string(),
        Within::WorkingHours(count) => td_string!(locale, usually_working_hours, count = count.to_string()).to_string(),
        Within::Days(1) => td_string!(locale, usually_one_day).to_string(),
        Within::Days(count) => td_string!(locale, usually_days, count = count.to_string()).to_string(),
        Within::WorkingDays(1) => td_string!(locale, usually_one_working_day).to_string(),
        Within::WorkingDays(count) => td_string!(locale, usually_working_days, count = count.to_string()).to_string(),
    })
}

/// "back Mon 08:00"; `None` while the doctor is in, or if the return is unknown.
#[must_use]
pub fn back_text(locale: Locale, clock: Clock, availability: &Availability) -> Option<String> {
    // A page that was left open gets no update when office hours begin.
    let back_at = availability.back_at.filter(|back_at| !clock.has_passed(*back_at))?;
    let time = clock.soon(back_at, locale);
    Some(td_string!(locale, back_at, time = time).to_string())
}

/// "Outside office hours, back Mon 08:00"; `None` while the doctor is in.
#[must_use]
pub fn out_text(locale: Locale, clock: Clock, availability: &Availability) -> Option<String> {
    match (back_text(locale, clock, availability), availability.is_away) {
        (Some(back), true) => Some(td_string!(locale, away_now, back = back).to_string()),
        (Some(back), false) => Some(td_string!(locale, closed_now, back = back).to_string()),
        (None, true) if availability.back_at.is_none() => Some(td_string!(locale, away_for_long).to_string()),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;
    const HOUR: i64 = 60 * MINUTE;

    #[test]
    fn length_is_rounded_up_to_a_round_one() {
        for (ms, expected) in [
            (-1, Within::Minutes(5)),
            (0, Within::Minutes(5)),
            (5 * MINUTE, Within::Minutes(5)),
            (5 * MINUTE + 1, Within::Minutes(10)),
            (16 * MINUTE, Within::Minutes(30)),
            (30 * MINUTE + 1, Within::Hours(1)),
            (HOUR + 1, Within::Hours(2)),
            (7 * HOUR, Within::Hours(8)),
            (12 * HOUR, Within::Hours(12)),
            (12 * HOUR + 1, Within::Days(1)),
            (49 * HOUR, Within::Days(3)),
            (6 * 24 * HOUR, Within::Days(7)),
            (40 * 24 * HOUR, Within::Days(40)),
        ] {
            assert_eq!(within(ms, false), expected, "{ms}");
        }
    }

    #[test]
    fn working_time_counts_in_days_of_eight_hours() {
        for (ms, expected) in [
            (20 * MINUTE, Within::Minutes(30)),
            (31 * MINUTE, Within::WorkingHours(1)),
            (4 * HOUR + 1, Within::WorkingHours(5)),
            (8 * HOUR, Within::WorkingHours(8)),
            (8 * HOUR + 1, Within::WorkingDays(2)),
            (24 * HOUR, Within::WorkingDays(3)),
            (i64::MAX, Within::WorkingDays(320_255_973_502)),
        ] {
            assert_eq!(within(ms, true), expected, "{ms}");
        }
    }
}
