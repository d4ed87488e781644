//! When doctors are in and how soon they answer, as shown to patients.

use crate::{
    db::{
        DbConn, DbResult,
        office_hours::{self, Times},
        time,
    },
    domain::office_hours::Calendar,
};
use app::protocol::{Availability, Chat, Doctor, Role, Timestamp, UserId};
use chrono_tz::Tz;
use std::collections::HashMap;

/// The current availability of these doctors. The map has no entry for a doctor who has neither
/// office hours nor a usual response time and neither a current nor a future time away.
pub async fn load(conn: &mut DbConn, time_zone: Tz, doctors: &[UserId]) -> DbResult<HashMap<UserId, Availability>> {
    let (times, now) = (office_hours::load(conn, doctors).await?, time::now());
    Ok(times.into_iter().filter_map(|(doctor, times)| Some((doctor, at(&times, time_zone, now)?))).collect())
}

/// The calendars of these doctors. The map has no entry for a user without a doctor's profile.
pub async fn calendars(conn: &mut DbConn, time_zone: Tz, doctors: &[UserId]) -> DbResult<HashMap<UserId, Calendar>> {
    let times = office_hours::load(conn, doctors).await?;
    Ok(times.into_iter().map(|(doctor, times)| (doctor, calendar(&times, time_zone))).collect())
}

/// The time zone of a doctor's office hours: the doctor's own or the clinic's.
pub(super) fn zone(times: &Times, clinic: Tz) -> Tz {
    times.time_zone.parse().unwrap_or(clinic)
}

/// The doctor's calendar. Invalid office hours count as always open.
pub(super) fn calendar(times: &Times, clinic: Tz) -> Calendar {
    let (zone, away) = (zone(times, clinic), times.away.as_ref().map(|away| (away.from, away.until)));
    Calendar::new(zone.name(), &times.openings, away).unwrap_or_else(|fault| {
        // Bedside validates office hours, so only another program can have stored invalid ones.
        tracing::warn!(%fault, "a doctor's office hours can't be used");
        Calendar::always(zone)
    })
}

/// The availability at a moment; `None` if there is nothing to show.
fn at(times: &Times, clinic: Tz, now: Timestamp) -> Option<Availability> {
    // A time away that has ended does not count.
    let absence = times.away.as_ref().filter(|away| now < away.until);
    if times.openings.is_empty() && times.usual_reply_ms.is_none() && absence.is_none() {
        return None;
    }
    let away = absence.filter(|away| away.from <= now);
    let calendar = calendar(times, clinic);
    let back_at = calendar.back_at(now);
    // The availability also changes when a time away begins or ends, even outside office hours.
    let changes_at = absence.map(|absence| if now < absence.from { absence.from } else { absence.until });
    Some(Availability {
        usual_reply_ms: times.usual_reply_ms,
        is_working_time: !times.openings.is_empty(),
        back_at,
        until: [back_at, calendar.out_at(now), changes_at].into_iter().flatten().min(),
        is_away: away.is_some(),
        note: away.map(|away| away.note.clone()).filter(|note| !note.is_empty()),
    })
}

/// Adds the availability to the doctors in a page of the directory.
pub(super) async fn add_to_doctors(conn: &mut DbConn, time_zone: Tz, doctors: &mut [Doctor]) -> DbResult<()> {
    let ids: Vec<UserId> = doctors.iter().map(|doctor| doctor.id).collect();
    let mut found = load(conn, time_zone, &ids).await?;
    for doctor in doctors {
        doctor.availability = found.remove(&doctor.id);
    }
    Ok(())
}

/// Adds the availability of the doctors to a patient's chats. A doctor whose account is disabled
/// has none, because they will not be back.
pub(super) async fn add_to_chats(conn: &mut DbConn, time_zone: Tz, chats: &mut [Chat]) -> DbResult<()> {
    let answers = |chat: &&Chat| chat.peer.role == Role::Doctor && !chat.status.is_peer_disabled;
    let ids: Vec<UserId> = chats.iter().filter(answers).map(|chat| chat.peer.id).collect();
    // There is one chat per pair, so each doctor occurs once.
    let mut found = load(conn, time_zone, &ids).await?;
    for chat in chats {
        chat.peer.availability = found.remove(&chat.peer.id);
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::{db::office_hours::Absence, domain::office_hours::Opening};

    const MONDAY: Opening = Opening { weekday: 1, opens: 480, closes: 960 };

    fn moment(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn availability_is_none_without_any_settings() {
        assert_eq!(at(&Times::default(), Tz::UTC, moment("2026-11-30T12:00:00Z")), None);
    }

    #[test]
    fn back_at_uses_the_doctors_zone_or_else_the_clinics() {
        let mut times = Times { openings: vec![MONDAY], ..Times::default() };
        let back = |times: &Times| at(times, Tz::Europe__Berlin, moment("2026-11-29T12:00:00Z")).unwrap().back_at;
        assert_eq!(back(&times), Some(moment("2026-11-30T07:00:00Z")));
        times.time_zone = "America/New_York".to_owned();
        assert_eq!(back(&times), Some(moment("2026-11-30T13:00:00Z")));
        times.time_zone = "Nowhere/Nothing".to_owned();
        assert_eq!(back(&times), Some(moment("2026-11-30T07:00:00Z")), "what is no zone is the clinic's");
        let open = at(&times, Tz::Europe__Berlin, moment("2026-11-30T07:00:00Z")).unwrap();
        assert_eq!((open.back_at, open.is_working_time, open.is_away), (None, true, false));
    }

    #[test]
    fn availability_lasts_until_next_opening_closing_or_absence() {
        let mut times = Times { openings: vec![MONDAY], ..Times::default() };
        let until = |times: &Times, now: &str| at(times, Tz::UTC, moment(now)).unwrap().until;
        assert_eq!(until(&times, "2026-11-29T12:00:00Z"), Some(moment("2026-11-30T08:00:00Z")));
        assert_eq!(until(&times, "2026-11-30T08:00:00Z"), Some(moment("2026-11-30T16:00:00Z")));
        let away = |from: &str, until: &str| Absence { from: moment(from), until: moment(until), note: String::new() };
        times.away = Some(away("2026-11-30T10:00:00Z", "2026-11-30T12:00:00Z"));
        assert_eq!(until(&times, "2026-11-30T09:00:00Z"), Some(moment("2026-11-30T10:00:00Z")));
        times.away = Some(away("2026-11-29T20:00:00Z", "2026-12-09T12:00:00Z"));
        assert_eq!(until(&times, "2026-11-29T12:00:00Z"), Some(moment("2026-11-29T20:00:00Z")));
        assert_eq!(until(&times, "2026-11-29T21:00:00Z"), Some(moment("2026-12-09T12:00:00Z")));
        assert_eq!(until(&times, "2026-12-09T12:00:00Z"), Some(moment("2026-12-14T08:00:00Z")));
        times.openings.clear();
        assert_eq!(
            until(&times, "2026-11-29T12:00:00Z"),
            Some(moment("2026-11-29T20:00:00Z")),
            "known before it begins"
        );
        let always = Times { usual_reply_ms: Some(1), ..Times::default() };
        assert_eq!(until(&always, "2026-11-29T12:00:00Z"), None);
    }

    #[test]
    fn note_is_shown_only_while_the_doctor_is_away() {
        let (from, until) = (moment("2026-12-01T00:00:00Z"), moment("2026-12-02T10:00:00Z"));
        let times = Times { away: Some(Absence { from, until, note: "Ask Dr. Lin.".to_owned() }), ..Times::default() };
        let away = at(&times, Tz::UTC, from).unwrap();
        assert_eq!((away.is_away, away.back_at, away.note.as_deref()), (true, Some(until), Some("Ask Dr. Lin.")));
        assert_eq!(at(&times, Tz::UTC, until), None);
        let before = at(&times, Tz::UTC, Timestamp(from.0 - 1)).unwrap();
        assert_eq!((before.is_away, before.back_at, before.note, before.until), (false, None, None, Some(from)));
    }
}
