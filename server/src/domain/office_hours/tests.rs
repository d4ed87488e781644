//! Tests of days with clock changes, the limits of time, and the properties of all calendars.

#![expect(clippy::unwrap_used, reason = "tests")]

use crate::domain::office_hours::{Calendar, CalendarFault, HORIZON_MS, Opening, Timestamp};
use chrono::{DateTime, Datelike as _, Offset as _, TimeZone as _, Timelike as _};
use chrono_tz::Tz;
use proptest::{collection::btree_set, prelude::*, sample::select};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Zones, each with a moment at which it changes its clocks.
const CHANGES: [(&str, &str); 13] = [
    ("Europe/Berlin", "2026-03-29T01:00:00Z"),
    ("Europe/Berlin", "2026-10-25T01:00:00Z"),
    ("America/New_York", "2026-03-08T07:00:00Z"),
    ("America/New_York", "2026-11-01T06:00:00Z"),
    // Put forward from 00:00 to 00:15.
    ("Asia/Kathmandu", "1985-12-31T18:30:00Z"),
    // The 30th is skipped.
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
    ("Pacific/Apia", "2012-03-31T14:00:00Z"),
    // Put back to midnight; put forward to one o'clock.
    ("America/Havana", "2025-11-02T05:00:00Z"),
    ("America/Havana", "2026-03-08T05:00:00Z"),
    // Put back to the day before.
    ("America/Sao_Paulo", "2018-02-18T02:00:00Z"),
    // Put back by half an hour.
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
    // A day occurs twice.
    ("America/Juneau", "1867-10-19T00:31:13Z"),
    // No change.
    ("UTC", "2026-01-01T00:00:00Z"),
];

fn at(text: &str) -> Timestamp {
    Timestamp(DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis())
}

fn after(moment: Timestamp, ms: i64) -> Timestamp {
    Timestamp(moment.0 + ms)
}

fn on(weekday: u8, opens: u16, closes: u16) -> Opening {
    Opening { weekday, opens, closes }
}

fn open(zone: &str, openings: &[Opening]) -> Calendar {
    Calendar::new(zone, openings, None).unwrap()
}

/// Monday to Friday, nine to five.
fn office() -> Vec<Opening> {
    (1..=5).map(|weekday| on(weekday, 540, 1020)).collect()
}

fn every_day(opens: u16, closes: u16) -> Vec<Opening> {
    (1..=7).map(|weekday| on(weekday, opens, closes)).collect()
}

#[test]
fn invalid_calendar_is_rejected() {
    let fault = |zone, openings: &[Opening], away| Calendar::new(zone, openings, away).err();
    assert_eq!(fault("Europe/Ulm", &[], None), Some(CalendarFault::UnknownZone("Europe/Ulm".into())));
    for opening in [on(0, 0, 60), on(8, 0, 60), on(1, 60, 60), on(1, 61, 60), on(1, 0, 1441), on(1, 1440, 1441)] {
        assert_eq!(fault("UTC", &[on(2, 0, 1), opening], None), Some(CalendarFault::OpeningOutOfRange(opening)));
    }
    let (one, next) = (on(3, 540, 720), on(3, 719, 800));
    assert_eq!(fault("UTC", &[next, one], None), Some(CalendarFault::OpeningsOverlap(one, next)));
    assert_eq!(fault("UTC", &[one, one], None), Some(CalendarFault::OpeningsOverlap(one, one)));
    assert_eq!(fault("UTC", &[one, on(4, 540, 720), on(3, 720, 800), on(7, 0, 1440)], None), None);
    let away = |begins, ends| fault("UTC", &[], Some((Timestamp(begins), Timestamp(ends))));
    assert_eq!(away(1, 0), Some(CalendarFault::AwayEndsBeforeItBegins));
    assert_eq!((away(1, 1), away(i64::MIN, i64::MAX)), (None, None));
}

#[test]
fn fault_message_names_the_error() {
    let fault = CalendarFault::OpeningOutOfRange(on(8, 5, 60));
    assert_eq!(fault.to_string(), "no opening can be on weekday 8 from minute 5 to minute 60");
    let fault = CalendarFault::OpeningsOverlap(on(3, 540, 720), on(3, 719, 800));
    assert_eq!(fault.to_string(), "two openings of weekday 3 overlap from minute 719");
}

#[test]
fn calendar_follows_a_week_in_berlin() {
    let calendar = open("Europe/Berlin", &office());
    let friday = at("2026-01-30T17:00:00+01:00");
    let monday = at("2026-02-02T09:00:00+01:00");
    assert!(calendar.is_open(after(friday, -1)));
    assert!(!calendar.is_open(friday));
    assert_eq!(calendar.back_at(friday), Some(monday));
    assert_eq!(calendar.back_at(after(monday, -1)), Some(monday));
    assert_eq!(calendar.back_at(monday), None);
    assert_eq!(calendar.working_ms_between(after(friday, -HOUR), after(monday, HOUR)), 2 * HOUR);
    assert_eq!(calendar.working_ms_between(monday, monday), 0);
    assert_eq!(calendar.working_ms_between(monday, friday), 0);
    assert_eq!(calendar.after_working(after(friday, -HOUR), HOUR), Some(friday));
    assert_eq!(calendar.after_working(after(friday, -HOUR), HOUR + 1), Some(after(monday, 1)));
    assert_eq!(calendar.after_working(friday, 0), Some(friday));
    assert_eq!(calendar.after_working(friday, -5), Some(friday));
}

#[test]
fn calendar_without_openings_is_closed_only_while_away() {
    let (begins, ends) = (at("2026-07-01T00:00:00Z"), at("2026-07-15T00:00:00Z"));
    let calendar = Calendar::new("Europe/Berlin", &[], Some((begins, ends))).unwrap();
    assert!(calendar.is_open(after(begins, -1)));
    assert!(!calendar.is_open(begins));
    assert_eq!(calendar.back_at(begins), Some(ends));
    assert!(calendar.is_open(ends));
    assert_eq!(calendar.working_ms_between(after(begins, -5), after(ends, 7)), 12);
    assert_eq!(calendar.after_working(after(begins, -5), 6), Some(after(ends, 1)));
    let always = open("Europe/Berlin", &[]);
    assert_eq!(always.working_ms_between(begins, ends), 14 * DAY);
    assert_eq!(always.back_at(begins), None);
}

#[test]
fn back_at_is_the_next_opening_after_the_time_away() {
    let (begins, ends) = (at("2026-07-01T12:00:00+02:00"), at("2026-07-18T12:00:00+02:00"));
    let calendar = Calendar::new("Europe/Berlin", &office(), Some((begins, ends))).unwrap();
    let monday = at("2026-07-20T09:00:00+02:00");
    assert_eq!(calendar.back_at(begins), Some(monday));
    assert_eq!(calendar.working_ms_between(after(begins, -HOUR), after(monday, HOUR)), 2 * HOUR);
    let gone = Calendar::new("Europe/Berlin", &office(), Some((begins, Timestamp(i64::MAX)))).unwrap();
    assert_eq!(gone.back_at(begins), None);
    assert!(!gone.is_open(Timestamp(i64::MAX)));
    assert_eq!(gone.after_working(after(begins, -HOUR), HOUR), Some(begins));
    assert_eq!(gone.after_working(after(begins, -HOUR), HOUR + 1), None);
}

#[test]
fn calendar_finds_nothing_beyond_400_days() {
    let now = at("2026-01-01T00:00:00Z");
    let until = |ends| Calendar::new("UTC", &[], Some((now, after(now, ends)))).unwrap().back_at(now);
    assert_eq!(until(HORIZON_MS - 1), Some(after(now, HORIZON_MS - 1)));
    assert_eq!(until(HORIZON_MS), None);
    let always = open("UTC", &[]);
    assert_eq!(always.working_ms_between(now, after(now, 3 * HORIZON_MS)), HORIZON_MS);
    assert_eq!(always.after_working(now, HORIZON_MS), Some(after(now, HORIZON_MS)));
    assert_eq!(always.after_working(now, HORIZON_MS + 1), None);
}

#[test]
fn calendar_handles_clock_put_forward_in_berlin() {
    // 02:00 to 03:00 is skipped on Sunday the 29th of March.
    let (saturday, monday) = (at("2026-03-28T12:00:00+01:00"), at("2026-03-30T00:00:00+02:00"));
    let skip = at("2026-03-29T03:00:00+02:00");
    let sunday = |opens, closes| open("Europe/Berlin", &[on(7, opens, closes)]);
    assert_eq!(sunday(0, 1440).working_ms_between(saturday, monday), 23 * HOUR);
    assert_eq!(sunday(150, 240).back_at(saturday), Some(skip));
    assert_eq!(sunday(150, 240).working_ms_between(saturday, monday), HOUR);
    assert_eq!(sunday(60, 150).working_ms_between(saturday, monday), HOUR);
    assert_eq!(sunday(60, 150).after_working(saturday, HOUR), Some(skip));
    assert_eq!(sunday(130, 170).working_ms_between(saturday, monday), 0);
    assert_eq!(sunday(130, 170).back_at(saturday), Some(at("2026-04-05T02:10:00+02:00")));
    let office = open("Europe/Berlin", &office());
    assert_eq!(office.back_at(saturday), Some(at("2026-03-30T09:00:00+02:00")));
}

#[test]
fn calendar_handles_clock_put_back_in_berlin() {
    // 02:00 to 03:00 occurs twice on Sunday the 25th of October.
    let (saturday, monday) = (at("2026-10-24T12:00:00+02:00"), at("2026-10-26T00:00:00+01:00"));
    let sunday = |opens, closes| open("Europe/Berlin", &[on(7, opens, closes)]);
    assert_eq!(sunday(0, 1440).working_ms_between(saturday, monday), 25 * HOUR);
    let half_past = sunday(150, 160);
    assert_eq!(half_past.back_at(saturday), Some(at("2026-10-25T02:30:00+02:00")));
    assert_eq!(half_past.working_ms_between(saturday, monday), 70 * MINUTE);
    assert_eq!(half_past.after_working(saturday, 70 * MINUTE), Some(at("2026-10-25T02:40:00+01:00")));
    // The second opening begins before the first has ended: no minute counts twice.
    let touching = open("Europe/Berlin", &[on(7, 60, 150), on(7, 150, 240)]);
    assert_eq!(touching.working_ms_between(saturday, monday), 4 * HOUR);
}

#[test]
fn calendar_handles_clock_changes_in_new_york() {
    let night = open("America/New_York", &every_day(90, 210));
    let spring = at("2026-03-08T00:00:00-05:00");
    assert_eq!(night.working_ms_between(spring, after(spring, 12 * HOUR)), HOUR);
    assert_eq!(night.after_working(spring, HOUR), Some(at("2026-03-08T03:30:00-04:00")));
    let autumn = at("2026-11-01T00:00:00-04:00");
    assert_eq!(night.back_at(autumn), Some(at("2026-11-01T01:30:00-04:00")));
    assert_eq!(night.working_ms_between(autumn, after(autumn, 12 * HOUR)), 3 * HOUR);
    let office = open("America/New_York", &office());
    assert_eq!(office.back_at(at("2026-03-06T17:00:00-05:00")), Some(at("2026-03-09T09:00:00-04:00")));
    assert_eq!(office.back_at(at("2026-10-30T17:00:00-04:00")), Some(at("2026-11-02T09:00:00-05:00")));
}

#[test]
fn calendar_handles_quarter_hour_change_in_kathmandu() {
    let calendar = open("Asia/Kathmandu", &office());
    assert_eq!(calendar.back_at(at("2026-01-31T00:00:00Z")), Some(at("2026-02-02T03:15:00Z")));
    // The first quarter of an hour of 1986, a Wednesday, is skipped.
    let eve = at("1985-12-31T12:00:00Z");
    let small_hours = open("Asia/Kathmandu", &[on(3, 5, 60)]);
    assert_eq!(small_hours.back_at(eve), Some(at("1986-01-01T00:15:00+05:45")));
    assert_eq!(small_hours.working_ms_between(eve, after(eve, DAY)), 45 * MINUTE);
}

#[test]
fn calendar_handles_skipped_day_in_apia() {
    // The Friday in 2011 that was skipped.
    let thursday = at("2011-12-29T17:00:00-10:00");
    let calendar = open("Pacific/Apia", &every_day(540, 1020));
    let saturday = at("2011-12-31T09:00:00+14:00");
    assert_eq!(calendar.back_at(thursday), Some(saturday));
    assert_eq!(saturday.0 - thursday.0, 16 * HOUR);
    assert_eq!(calendar.working_ms_between(after(thursday, -HOUR), after(saturday, HOUR)), 2 * HOUR);
    let fridays = open("Pacific/Apia", &[on(5, 540, 1020)]);
    assert_eq!(fridays.back_at(thursday), Some(at("2012-01-06T09:00:00+14:00")));
    let round_the_clock = open("Pacific/Apia", &every_day(0, 1440));
    assert_eq!(round_the_clock.working_ms_between(thursday, after(thursday, 5 * DAY)), 5 * DAY);
}

#[test]
fn calendar_handles_the_first_and_last_moments() {
    let moments =
        [i64::MIN, i64::MIN + 1, -8_334_601_228_800_000, -1, 0, 8_210_266_876_799_999, i64::MAX - 1, i64::MAX];
    let aways = [None, Some((Timestamp(i64::MIN), Timestamp(i64::MAX))), Some((Timestamp(0), Timestamp(i64::MAX)))];
    let weeks = [Vec::new(), office(), every_day(0, 1440)];
    for (zone, _) in CHANGES {
        for (week, away) in weeks.iter().flat_map(|week| aways.map(|away| (week, away))) {
            let calendar = Calendar::new(zone, week, away).unwrap();
            for from in moments.iter().flat_map(|from| [from.saturating_sub(DAY), *from, from.saturating_add(DAY)]) {
                let from = Timestamp(from);
                assert!(calendar.back_at(from).is_none_or(|back| back > from && !calendar.is_open(from)));
                for to in moments {
                    assert!((0..=HORIZON_MS).contains(&calendar.working_ms_between(from, Timestamp(to))));
                    assert!(calendar.after_working(from, to).is_none_or(|then| then >= from));
                }
            }
        }
    }
    let whenever = open("UTC", &[]);
    assert!(whenever.is_open(Timestamp(i64::MIN)) && whenever.is_open(Timestamp(i64::MAX)));
}

/// Up to four cuts a day, and for each part between two cuts whether it is open.
fn week() -> impl Strategy<Value = Vec<Opening>> {
    let minute = prop_oneof![0_u16..=1440, (0_u16..=96).prop_map(|quarters| quarters * 15)];
    let day = (btree_set(minute, 0..5), any::<[bool; 3]>());
    proptest::collection::vec(day, 7).prop_map(|days| {
        let day = |(weekday, (cuts, is_in)): (u8, (std::collections::BTreeSet<u16>, [bool; 3]))| {
            let pairs = cuts.iter().zip(cuts.iter().skip(1)).zip(is_in).filter(|(_, is_in)| *is_in);
            pairs.map(|((opens, closes), _)| on(weekday, *opens, *closes)).collect::<Vec<_>>()
        };
        (1..).zip(days).flat_map(day).collect()
    })
}

/// A calendar, and a moment within three days of a clock change of its zone.
fn case() -> impl Strategy<Value = (Calendar, Timestamp)> {
    let away = prop::option::of((-5 * DAY..5 * DAY, 0..9 * DAY));
    (select(&CHANGES), week(), away, -3 * DAY..3 * DAY).prop_map(|((zone, change), week, away, off)| {
        let change = at(change);
        let away = away.map(|(begins, length)| (after(change, begins), after(change, begins + length)));
        (Calendar::new(zone, &week, away).unwrap(), after(change, off))
    })
}

/// Durations of hours to months.
fn span() -> impl Strategy<Value = i64> {
    prop_oneof![0..5 * HOUR, 0..8 * DAY, 0..200 * DAY]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn after_working_is_the_inverse_of_working_ms_between((calendar, from) in case(), span in span(), ms in span()) {
        if let Some(then) = calendar.after_working(from, ms) {
            prop_assert_eq!(calendar.working_ms_between(from, then), ms);
            prop_assert!(ms == 0 || calendar.working_ms_between(from, after(then, -1)) == ms - 1);
        } else {
            prop_assert!(calendar.working_ms_between(from, after(from, HORIZON_MS)) < ms);
        }
        let to = after(from, span);
        let worked = calendar.working_ms_between(from, to);
        let then = calendar.after_working(from, worked).unwrap();
        prop_assert!(then <= to);
        prop_assert_eq!(calendar.working_ms_between(then, to), 0);
    }

    #[test]
    fn back_at_is_the_first_open_moment((calendar, from) in case(), shares in any::<[u16; 20]>()) {
        match calendar.back_at(from) {
            Some(back) => {
                prop_assert!(back > from && calendar.is_open(back) && !calendar.is_open(from));
                prop_assert!(!calendar.is_open(after(back, -1)));
                for share in shares {
                    prop_assert!(!calendar.is_open(after(from, (back.0 - from.0) * i64::from(share) / (1 << 16))));
                }
                prop_assert_eq!(calendar.working_ms_between(from, back), 0);
            }
            None if calendar.is_open(from) => {}
            None => prop_assert_eq!(calendar.working_ms_between(from, after(from, HORIZON_MS)), 0),
        }
    }

    #[test]
    fn working_ms_of_parts_add_up_to_the_whole((calendar, from) in case(), one in span(), other in span()) {
        let (middle, to) = (after(from, one), after(from, one + other));
        let parts = calendar.working_ms_between(from, middle) + calendar.working_ms_between(middle, to);
        prop_assert_eq!(calendar.working_ms_between(from, to), parts);
        prop_assert_eq!(calendar.working_ms_between(middle, after(middle, 1)), i64::from(calendar.is_open(middle)));
    }

    /// A calendar is open when local time is within an opening. Near a moment at which the clock is
    /// put back it may be open for longer.
    #[test]
    fn calendar_follows_local_time((calendar, from) in case()) {
        let offset = |ms| calendar.zone.offset_from_utc_datetime(&utc(ms)).fix().local_minus_utc();
        for step in 0..200 {
            let moment = from.0 + step * 7 * MINUTE;
            let is_open = calendar.is_open(Timestamp(moment));
            let is_said = says_open(calendar.zone, &calendar.week, moment) && !calendar.away.contains(&moment);
            if is_said != is_open {
                prop_assert!(is_open, "closed at {}", utc(moment));
                let lost = offset(moment - DAY).max(offset(moment)) - offset(moment + DAY).min(offset(moment));
                prop_assert!(lost > 0, "open at {}", utc(moment));
            }
        }
    }
}

fn utc(ms: i64) -> chrono::NaiveDateTime {
    DateTime::from_timestamp_millis(ms).unwrap().naive_utc()
}

/// Whether local time is within an opening.
fn says_open(zone: Tz, week: &[Opening], ms: i64) -> bool {
    let local = zone.from_utc_datetime(&utc(ms));
    let (weekday, minute) = (local.weekday().number_from_monday(), local.hour() * 60 + local.minute());
    let holds = |opening: &Opening| (u32::from(opening.opens)..u32::from(opening.closes)).contains(&minute);
    week.is_empty() || week.iter().any(|opening| u32::from(opening.weekday) == weekday && holds(opening))
}
