//! A doctor's own settings: whether new patients are accepted, the office hours, and a time away.

use super::{availability, broadcaster::Change, service::ChatService};
use crate::{
    auth::Viewer,
    db::{
        self, DbConn, DbResult,
        office_hours::{Absence, Times},
    },
    domain::office_hours,
};
use app::protocol::{
    AWAY_NOTE_MAX_CHARS, Away, DoctorSettings, FieldCode, FieldError, OPENINGS_MAX, Opening, Problem, ProblemCode,
    Role, SettingsForm, Timestamp, UserId,
};
use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone as _};
use chrono_tz::Tz;

/// The end of a day, as `closes` writes it.
const MIDNIGHT: &str = "24:00";
/// The format in which a browser's form sends a local time without a zone.
const LOCAL: &str = "%Y-%m-%dT%H:%M";

impl ChatService {
    /// The viewer's own settings. Doctors only.
    pub async fn doctor_settings(&self, viewer: &Viewer) -> Result<DoctorSettings, Problem> {
        Ok(to_settings(self.stored_settings(viewer).await?))
    }

    /// Replaces the viewer's settings and returns them as stored. Fails with all field errors at
    /// once.
    pub async fn replace_doctor_settings(
        &self,
        viewer: &Viewer,
        wish: DoctorSettings,
    ) -> Result<DoctorSettings, Problem> {
        self.limits.change(viewer)?;
        viewer.require(Role::Doctor)?;
        let mut check = Check::default();
        let zone = check.zone(&wish.time_zone);
        let openings = check.openings(wish.hours.iter().enumerate());
        let away = wish.away.and_then(|Away { from, until, note }| check.away(Some(from), Some(until), &note));
        let times = check.times(wish.accepting_chats, zone, openings, away)?;
        self.store_settings(viewer, times).await?;
        self.doctor_settings(viewer).await
    }

    /// The viewer's own settings in the format of the page's form.
    pub async fn doctor_settings_form(&self, viewer: &Viewer) -> Result<SettingsForm, Problem> {
        let times = self.stored_settings(viewer).await?;
        let zone = availability::zone(&times, self.rules.time_zone);
        let DoctorSettings { accepting_chats, time_zone, hours, away } = to_settings(times);
        // A browser's time field has no 24:00.
        let to_span =
            |span: Opening| if span.closes == MIDNIGHT { Opening { closes: "00:00".to_owned(), ..span } } else { span };
        let to_local = |at: Timestamp| {
            let at = DateTime::from_timestamp_millis(at.0).unwrap_or_default();
            at.with_timezone(&zone).format(LOCAL).to_string()
        };
        Ok(SettingsForm {
            accepting_chats: accepting_chats.then(|| "on".to_owned()),
            time_zone,
            spans: hours.into_iter().map(to_span).collect(),
            away_from: away.as_ref().map(|away| to_local(away.from)).unwrap_or_default(),
            away_until: away.as_ref().map(|away| to_local(away.until)).unwrap_or_default(),
            away_note: away.map(|away| away.note).unwrap_or_default(),
        })
    }

    /// Replaces the viewer's settings by those of the page's form and returns them as stored.
    pub async fn save_doctor_settings_form(
        &self,
        viewer: &Viewer,
        form: SettingsForm,
    ) -> Result<SettingsForm, Problem> {
        self.limits.change(viewer)?;
        viewer.require(Role::Doctor)?;
        let mut check = Check::default();
        let zone = check.zone(&form.time_zone);
        let mut spans = form.spans;
        for span in spans.iter_mut().filter(|span| span.closes == "00:00") {
            MIDNIGHT.clone_into(&mut span.closes);
        }
        let is_given = |(_, span): &(usize, &Opening)| !(span.opens.is_empty() && span.closes.is_empty());
        let openings = check.openings(spans.iter().enumerate().filter(is_given));
        let is_away = [&form.away_from, &form.away_until, &form.away_note].iter().any(|text| !text.trim().is_empty());
        let local_zone = zone.unwrap_or(self.rules.time_zone);
        let away = is_away.then(|| {
            let from = check.local("away.from", &form.away_from, local_zone);
            let until = check.local("away.until", &form.away_until, local_zone);
            check.away(from, until, &form.away_note)
        });
        let times = check.times(form.accepting_chats.is_some(), zone, openings, away.flatten())?;
        self.store_settings(viewer, times).await?;
        self.doctor_settings_form(viewer).await
    }
}

impl ChatService {
    async fn stored_settings(&self, viewer: &Viewer) -> Result<Times, Problem> {
        viewer.require(Role::Doctor)?;
        let doctor = viewer.user.id;
        let mut conn = self.db.read().await?;
        // For patients, only an account with a profile is a doctor.
        db::office_hours::load(&mut conn, &[doctor])
            .await?
            .remove(&doctor)
            .ok_or_else(|| ProblemCode::DoctorsOnly.into())
    }

    async fn store_settings(&self, viewer: &Viewer, times: Times) -> Result<(), Problem> {
        let (service, doctor) = (self.clone(), viewer.user.id);
        self.writes
            .run(async move {
                let mut conn = service.db.write().await?;
                let is_stored = conn
                    .transaction::<_, Problem>(|conn| {
                        Box::pin(async move { Ok(db::office_hours::replace(conn, doctor, &times).await?) })
                    })
                    .await?;
                service.auto_replies.forget(doctor);
                if !is_stored {
                    return Err(ProblemCode::DoctorsOnly.into());
                }
                if let Err(error) = service.publish_to_patients(&mut conn, doctor).await {
                    // The settings are stored; pages get them when they connect again.
                    tracing::warn!(%error, "a doctor's settings could not be published to patients");
                }
                Ok(())
            })
            .await
    }

    /// Publishes the doctor's new availability to all their patients.
    async fn publish_to_patients(&self, conn: &mut DbConn, doctor: UserId) -> DbResult<()> {
        let chats = db::chat::list_for_user(conn, doctor).await?;
        self.broadcaster.announce_settings(conn, doctor).await;
        for (chat, patient) in chats {
            self.broadcaster.publish(&[patient], Change::ChatStatus(chat));
        }
        Ok(())
    }
}

fn to_settings(times: Times) -> DoctorSettings {
    let to_opening = |opening: office_hours::Opening| Opening {
        weekday: opening.weekday,
        opens: clock(opening.opens),
        closes: clock(opening.closes),
    };
    DoctorSettings {
        accepting_chats: times.accepting_chats,
        time_zone: times.time_zone,
        hours: times.openings.into_iter().map(to_opening).collect(),
        away: times.away.map(|Absence { from, until, note }| Away { from, until, note }),
    }
}

/// Formats a minute of the day, such as `08:00`.
fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Parses a time such as `08:00`, up to `24:00`, into a minute of the day.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str| {
        let is_plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_plain { text.parse::<u16>().ok() } else { None }
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (minutes < 60 && hours * 60 + minutes <= 1440).then(|| hours * 60 + minutes)
}

/// Validates new settings and collects the errors of all fields.
#[derive(Default)]
struct Check {
    errors: Vec<FieldError>,
}

impl Check {
    fn fault(&mut self, field: impl Into<String>, code: FieldCode) {
        self.errors.push(FieldError { field: field.into(), code });
    }

    /// Parses a time zone's name in any case. `None` means the clinic's time zone.
    fn zone(&mut self, name: &str) -> Option<Tz> {
        let name = name.trim();
        let zone = chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(name)).copied();
        if zone.is_none() && !name.is_empty() {
            self.fault("timeZone", FieldCode::Unknown);
        }
        zone
    }

    /// The valid openings, sorted. Errors name an opening by its index in the request.
    fn openings<'a>(&mut self, given: impl Iterator<Item = (usize, &'a Opening)>) -> Vec<office_hours::Opening> {
        let mut week = Vec::new();
        for (index, opening) in given {
            if week.len() == OPENINGS_MAX {
                self.fault("hours", FieldCode::TooLong);
                break;
            }
            week.extend(self.opening(index, opening).map(|opening| (opening, index)));
        }
        week.sort_unstable();
        for ((one, _), (next, index)) in week.iter().zip(week.iter().skip(1)) {
            if one.weekday == next.weekday && next.opens < one.closes {
                self.fault(format!("hours[{index}].opens"), FieldCode::Taken);
            }
        }
        week.into_iter().map(|(opening, _)| opening).collect()
    }

    fn opening(&mut self, index: usize, given: &Opening) -> Option<office_hours::Opening> {
        let is_weekday = (1..=7).contains(&given.weekday);
        if !is_weekday {
            self.fault(format!("hours[{index}].weekday"), FieldCode::OutOfRange);
        }
        let opens = self.minute(format!("hours[{index}].opens"), &given.opens);
        let closes = self.minute(format!("hours[{index}].closes"), &given.closes);
        let (opens, closes) = (opens?, closes?);
        if opens >= closes {
            self.fault(format!("hours[{index}].closes"), FieldCode::OutOfRange);
            return None;
        }
        is_weekday.then_some(office_hours::Opening { weekday: given.weekday, opens, closes })
    }

    fn minute(&mut self, field: String, text: &str) -> Option<u16> {
        let minute = minute(text);
        if minute.is_none() {
            self.fault(field, if text.is_empty() { FieldCode::Required } else { FieldCode::Malformed });
        }
        minute
    }

    /// Parses a local time in `zone`. A time that the clock skips counts as one hour later.
    fn local(&mut self, field: &str, text: &str, zone: Tz) -> Option<Timestamp> {
        if text.trim().is_empty() {
            self.fault(field, FieldCode::Required);
            return None;
        }
        let formats = [LOCAL, "%Y-%m-%dT%H:%M:%S"];
        let local = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text.trim(), format).ok());
        let moment = |local: NaiveDateTime| zone.from_local_datetime(&local).earliest();
        let later = |local: NaiveDateTime| moment(local.checked_add_signed(TimeDelta::hours(1))?);
        let moment = local.and_then(|local| moment(local).or_else(|| later(local)));
        let moment = moment.map(|moment| Timestamp(moment.timestamp_millis()));
        // Pages can't read a year with five digits.
        let moment = moment.filter(|moment| (Timestamp::MIN..=Timestamp::MAX).contains(moment));
        if moment.is_none() {
            self.fault(field, FieldCode::Malformed);
        }
        moment
    }

    /// Validates a time away. If `from` or `until` is `None`, the caller has already recorded the
    /// error.
    fn away(&mut self, from: Option<Timestamp>, until: Option<Timestamp>, note: &str) -> Option<Absence> {
        let note = note.trim();
        if note.chars().count() > AWAY_NOTE_MAX_CHARS {
            self.fault("away.note", FieldCode::TooLong);
        }
        if note.contains('\0') {
            self.fault("away.note", FieldCode::ForbiddenCharacter);
        }
        let (from, until) = (from?, until?);
        if until <= from {
            self.fault("away.until", FieldCode::OutOfRange);
        }
        Some(Absence { from, until, note: note.to_owned() })
    }

    /// The settings to store, or a problem with all collected errors.
    fn times(
        self,
        accepting_chats: bool,
        zone: Option<Tz>,
        openings: Vec<office_hours::Opening>,
        away: Option<Absence>,
    ) -> Result<Times, Problem> {
        if !self.errors.is_empty() {
            return Err(Problem::fields(self.errors));
        }
        let time_zone = zone.map(|zone| zone.name().to_owned()).unwrap_or_default();
        Ok(Times { accepting_chats, time_zone, away, openings, ..Times::default() })
    }
}

#[cfg(test)]
mod tests;
