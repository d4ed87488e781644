//! A doctor's office hours: the week in local time of the doctor's time zone, and a time away.

#[cfg(test)]
mod tests;

use app::protocol::Timestamp;
use chrono::{
    DateTime, Datelike as _, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeDelta,
    TimeZone as _, Utc,
};
use chrono_tz::{GapInfo, Tz, TzOffset};
use std::ops::Range;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// How far ahead a calendar looks: 400 days, in milliseconds.
pub const HORIZON_MS: i64 = 400 * DAY_MS;

const DAY_MINUTES: u16 = 24 * 60;

/// A span of a weekday in which the doctor is in. A night needs two: one until 1440 and one from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Opening {
    /// 1 for Monday to 7 for Sunday.
    pub weekday: u8,
    /// The first minute of the day in the span.
    pub opens: u16,
    /// The first minute of the day after the span, at most 1440.
    pub closes: u16,
}

impl Opening {
    fn is_in_range(self) -> bool {
        (1..=7).contains(&self.weekday) && self.opens < self.closes && self.closes <= DAY_MINUTES
    }
}

/// Why a calendar is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarFault {
    /// The IANA database has no zone of this name.
    #[error("there is no time zone {0:?}")]
    UnknownZone(String),
    /// The weekday or a minute is out of range, or the opening closes before it opens.
    #[error("no opening can be on weekday {} from minute {} to minute {}", .0.weekday, .0.opens, .0.closes)]
    OpeningOutOfRange(Opening),
    /// The second opening begins before the first has ended.
    #[error("two openings of weekday {} overlap from minute {}", .1.weekday, .1.opens)]
    OpeningsOverlap(Opening, Opening),
    /// The time away ends before it begins.
    #[error("the time away ends before it begins")]
    AwayEndsBeforeItBegins,
}

/// When a doctor is in. Without openings that is always, except while away.
///
/// Openings are in local time. When the clock is put forward, a skipped time is the moment of the
/// skip. When the clock is put back, a time that occurs twice opens at the first and closes at the
/// second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    zone: Tz,
    /// Sorted, not overlapping.
    week: Vec<Opening>,
    /// In milliseconds; empty for no time away.
    away: Range<i64>,
}

impl Calendar {
    /// Creates a calendar from the name of an IANA zone, openings in any order, and a time away as
    /// beginning and end. Openings may touch. An end of `i64::MAX` means that the time away has no
    /// end.
    pub fn new(zone: &str, openings: &[Opening], away: Option<(Timestamp, Timestamp)>) -> Result<Self, CalendarFault> {
        let zone = zone.parse().map_err(|_| CalendarFault::UnknownZone(zone.to_owned()))?;
        if let Some(opening) = openings.iter().find(|opening| !opening.is_in_range()) {
            return Err(CalendarFault::OpeningOutOfRange(*opening));
        }
        let mut week = openings.to_vec();
        week.sort_unstable();
        for (one, next) in week.iter().zip(week.iter().skip(1)) {
            if one.weekday == next.weekday && next.opens < one.closes {
                return Err(CalendarFault::OpeningsOverlap(*one, *next));
            }
        }
        let away = away.map(|(begins, ends)| begins.0..ends.0).unwrap_or_default();
        if away.end < away.start {
            return Err(CalendarFault::AwayEndsBeforeItBegins);
        }
        Ok(Self { zone, week, away })
    }

    /// A calendar that is always open.
    #[must_use]
    pub const fn always(zone: Tz) -> Self {
        Self { zone, week: Vec::new(), away: 0..0 }
    }

    /// Whether the doctor is in at this moment.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        // A span can't end after the last representable moment.
        let at = at.0.min(i64::MAX - 1);
        self.stretches(at, at + 1).next().is_some()
    }

    /// The next moment at which the doctor is in. `None` if the doctor is in now, or not within 400
    /// days.
    #[must_use]
    pub fn back_at(&self, at: Timestamp) -> Option<Timestamp> {
        let next = self.stretches(at.0, horizon(at)).next()?;
        (next.start > at.0).then_some(Timestamp(next.start))
    }

    /// The next moment at which the doctor, who is in now, is out. `None` if the doctor is out now,
    /// or is in for the next eight days without a break.
    #[must_use]
    pub fn out_at(&self, at: Timestamp) -> Option<Timestamp> {
        let (mut end, horizon) = (at.0, at.0.saturating_add(8 * DAY_MS));
        for stretch in self.stretches(at.0, horizon) {
            if stretch.start > end {
                break;
            }
            end = stretch.end;
        }
        (end > at.0 && end < horizon).then_some(Timestamp(end))
    }

    /// The milliseconds for which the doctor is in between two moments. Only the first 400 days
    /// count.
    #[must_use]
    pub fn working_ms_between(&self, from: Timestamp, to: Timestamp) -> i64 {
        self.stretches(from.0, to.0.min(horizon(from))).map(|stretch| stretch.end - stretch.start).sum()
    }

    /// The first moment at which the doctor has been in for `ms` milliseconds since `from`; `from`
    /// itself if `ms` is not positive. `None` if that is not within 400 days.
    #[must_use]
    pub fn after_working(&self, from: Timestamp, ms: i64) -> Option<Timestamp> {
        if ms <= 0 {
            return Some(from);
        }
        let mut left = ms;
        for stretch in self.stretches(from.0, horizon(from)) {
            let length = stretch.end - stretch.start;
            if left <= length {
                return Some(Timestamp(stretch.start + left));
            }
            left -= length;
        }
        None
    }

    /// The spans between two moments in which the doctor is in: sorted, not empty, not overlapping.
    fn stretches(&self, from: i64, until: i64) -> impl Iterator<Item = Range<i64>> {
        let always = self.week.is_empty().then_some(i64::MIN..i64::MAX);
        let mut done = from;
        let pieces = always.into_iter().chain(self.hours(from, until)).flat_map(move |hours| {
            // Where the clock is put back, an opening may begin before the last one has ended.
            let (start, end) = (hours.start.max(done), hours.end.min(until));
            done = done.max(end);
            [start..end.min(self.away.start), start.max(self.away.end)..end]
        });
        pieces.filter(|piece| !piece.is_empty())
    }

    /// The openings of all days that overlap this range. Neither their beginnings nor their ends
    /// decrease.
    fn hours(&self, from: i64, until: i64) -> impl Iterator<Item = Range<i64>> {
        // No zone is or was a whole day off UTC.
        let first = utc_day(from).pred_opt().unwrap_or(NaiveDate::MIN);
        let last = utc_day(until).succ_opt().unwrap_or(NaiveDate::MAX);
        let days = first.iter_days().take_while(move |day| *day <= last);
        days.flat_map(move |day| {
            let weekday = day.weekday().number_from_monday();
            let openings = self.week.iter().filter(move |opening| u32::from(opening.weekday) == weekday);
            openings.filter_map(move |opening| {
                Some(self.moment(day, opening.opens, i64::min)?..self.moment(day, opening.closes, i64::max)?)
            })
        })
    }

    /// The moment of a local time. If there are two, `choose` selects one. `None` only at the
    /// limits of `NaiveDate`.
    fn moment(&self, day: NaiveDate, minute: u16, choose: fn(i64, i64) -> i64) -> Option<i64> {
        let local = day.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::minutes(minute.into()))?;
        match self.zone.offset_from_local_datetime(&local) {
            MappedLocalTime::Single(offset) => Some(utc_ms(local, offset)),
            MappedLocalTime::Ambiguous(one, other) => Some(choose(utc_ms(local, one), utc_ms(local, other))),
            MappedLocalTime::None => {
                let (skipped, offset) = GapInfo::new(&local, &self.zone)?.begin?;
                Some(utc_ms(skipped, offset))
            }
        }
    }
}

fn horizon(from: Timestamp) -> i64 {
    from.0.saturating_add(HORIZON_MS)
}

/// The UTC day of a moment, or the first or last representable day.
fn utc_day(ms: i64) -> NaiveDate {
    let end = if ms < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    DateTime::from_timestamp_millis(ms).unwrap_or(end).date_naive()
}

fn utc_ms(local: NaiveDateTime, offset: TzOffset) -> i64 {
    local.and_utc().timestamp_millis() - i64::from(offset.fix().local_minus_utc()) * 1000
}
