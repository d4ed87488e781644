//! Table `office_hours`, and the columns of `doctor_profile` for a doctor's availability and
//! response time.

use super::{
    DbConn, DbResult,
    conn::on_db,
    schema::{chat_message as message, doctor_patient_chat as chat, doctor_profile as profile, office_hours as hours},
    time::{self, Moment},
};
use crate::domain::office_hours::Opening;
use app::protocol::{ChatId, Timestamp, UserId};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::HashMap;

/// An absence of a doctor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// The beginning.
    pub from: Timestamp,
    /// The end.
    pub until: Timestamp,
    /// The text that patients see meanwhile.
    pub note: String,
}

/// A doctor's availability settings as they are stored.
#[derive(Debug, Clone, Default)]
pub struct Times {
    /// Whether the doctor accepts new chats.
    pub accepting_chats: bool,
    /// BCP 47 tags, separated by commas.
    pub languages: String,
    /// IANA name of the time zone; empty for the clinic's time zone.
    pub time_zone: String,
    /// The absence that the doctor has set, if any.
    pub away: Option<Absence>,
    /// The doctor's usual response time; `None` if it is not known.
    pub usual_reply_ms: Option<i64>,
    /// The office hours of the week, in order.
    pub openings: Vec<Opening>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = profile)]
struct ProfileColumns {
    user_id: i64,
    languages: String,
    accepting_chats: bool,
    time_zone: String,
    away_from: Option<Moment>,
    away_until: Option<Moment>,
    away_note: String,
    usual_reply_ms: Option<i64>,
}

type OpeningColumns = (i64, i64, i64);

/// The settings of these doctors, in one query. Doctors without a profile are left out.
pub async fn load(conn: &mut DbConn, doctors: &[UserId]) -> DbResult<HashMap<UserId, Times>> {
    if doctors.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<i64> = doctors.iter().map(|doctor| doctor.0).collect();
    let rows: Vec<(ProfileColumns, Option<OpeningColumns>)> = on_db!(conn, db => {
        profile::table
            .left_join(hours::table.on(hours::doctor_id.eq(profile::user_id)))
            .filter(profile::user_id.eq_any(ids))
            .order((profile::user_id, hours::weekday, hours::opens))
            .select((
                ProfileColumns::as_select(),
                (hours::weekday, hours::opens, hours::closes).nullable(),
            ))
            .load(db)
            .await
    })?;
    let mut found = HashMap::new();
    for (row, opening) in rows {
        let times = found.entry(UserId(row.user_id)).or_insert_with(|| to_times(row));
        times.openings.extend(opening.and_then(to_opening));
    }
    Ok(found)
}

fn to_times(row: ProfileColumns) -> Times {
    let away = row.away_from.zip(row.away_until).map(|(from, until)| Absence {
        from: from.into(),
        until: until.into(),
        note: row.away_note,
    });
    Times {
        accepting_chats: row.accepting_chats,
        languages: row.languages,
        time_zone: row.time_zone,
        away,
        usual_reply_ms: row.usual_reply_ms,
        openings: Vec::new(),
    }
}

/// `None` if a value is out of range, which the database prevents.
fn to_opening((weekday, opens, closes): OpeningColumns) -> Option<Opening> {
    Some(Opening { weekday: weekday.try_into().ok()?, opens: opens.try_into().ok()?, closes: closes.try_into().ok()? })
}

/// Replaces a doctor's settings in the caller's transaction. Returns whether the doctor has a
/// profile. If the office hours have changed, the usual response time is deleted and has to be
/// computed again, because it was computed with the old office hours.
pub async fn replace(conn: &mut DbConn, doctor: UserId, times: &Times) -> DbResult<bool> {
    let (from, until) = match &times.away {
        Some(away) => (Some(time::to_db(away.from)), Some(time::to_db(away.until))),
        None => (None, None),
    };
    let note = times.away.as_ref().map_or("", |away| &away.note);
    let now = time::to_db(time::now_at(conn).await?);
    let updated = on_db!(conn, db => {
        diesel::update(profile::table.find(doctor.0))
            .set((
                profile::accepting_chats.eq(times.accepting_chats),
                profile::time_zone.eq(&times.time_zone),
                profile::away_from.eq(from),
                profile::away_until.eq(until),
                profile::away_note.eq(note),
                profile::revised_at.eq(now),
            ))
            .execute(db)
            .await
    })?;
    if updated == 0 {
        return Ok(false);
    }
    let before = load(conn, &[doctor]).await?.remove(&doctor).unwrap_or_default();
    if before.openings == times.openings {
        return Ok(true);
    }
    on_db!(conn, db => diesel::delete(hours::table.filter(hours::doctor_id.eq(doctor.0))).execute(db).await)?;
    for opening in &times.openings {
        let row = (
            hours::doctor_id.eq(doctor.0),
            hours::weekday.eq(i64::from(opening.weekday)),
            hours::opens.eq(i64::from(opening.opens)),
            hours::closes.eq(i64::from(opening.closes)),
        );
        on_db!(conn, db => diesel::insert_into(hours::table).values(row).execute(db).await)?;
    }
    let unknown = (profile::usual_reply_ms.eq(None::<i64>), profile::usual_reply_at.eq(None::<NaiveDateTime>));
    on_db!(conn, db => diesel::update(profile::table.find(doctor.0)).set(unknown).execute(db).await)?;
    Ok(true)
}

/// Up to `limit` doctors whose usual response time was last computed before this time, or never.
pub async fn due(conn: &mut DbConn, before: Timestamp, limit: i64) -> DbResult<Vec<UserId>> {
    let ids: Vec<i64> = on_db!(conn, db => {
        profile::table
            .filter(profile::usual_reply_at.is_null().or(profile::usual_reply_at.lt(time::to_db(before))))
            .order(profile::user_id)
            .limit(limit)
            .select(profile::user_id)
            .load(db)
            .await
    })?;
    Ok(ids.into_iter().map(UserId).collect())
}

/// Claims the computation of a doctor's usual response time. Returns `false` if another node has
/// claimed it since `before`.
pub async fn claim(conn: &mut DbConn, doctor: UserId, before: Timestamp, now: Timestamp) -> DbResult<bool> {
    let claimed = on_db!(conn, db => {
        diesel::update(profile::table.find(doctor.0))
            .filter(profile::usual_reply_at.is_null().or(profile::usual_reply_at.lt(time::to_db(before))))
            .set(profile::usual_reply_at.eq(time::to_db(now)))
            .execute(db)
            .await
    })?;
    Ok(claimed > 0)
}

/// Stores a doctor's usual response time, unless it was claimed again or deleted since `claimed`.
pub async fn keep(conn: &mut DbConn, doctor: UserId, claimed: Timestamp, reply_ms: Option<i64>) -> DbResult<()> {
    on_db!(conn, db => {
        diesel::update(profile::table.find(doctor.0))
            .filter(profile::usual_reply_at.eq(time::to_db(claimed)))
            .set(profile::usual_reply_ms.eq(reply_ms))
            .execute(db)
            .await
    })?;
    Ok(())
}

/// A message in a doctor's chat, for computing the response time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// The chat of the message.
    pub chat: ChatId,
    /// Whether the doctor sent it; otherwise the patient did.
    pub is_by_doctor: bool,
    /// When it was stored.
    pub at: Timestamp,
}

/// The messages that users sent in a doctor's chats since a time, by chat and `seq`. Automatic and
/// AI messages are left out.
pub async fn said_since(conn: &mut DbConn, doctor: UserId, since: Timestamp) -> DbResult<Vec<Said>> {
    let since = time::to_db(since);
    let rows: Vec<(i64, i64, Moment)> = on_db!(conn, db => {
        message::table
            .inner_join(chat::table)
            .filter(chat::doctor_id.eq(doctor.0))
            .filter(chat::updated_at.ge(since))
            .filter(message::created_at.ge(since))
            .filter(message::is_ai.eq(false).and(message::is_automatic.eq(false)))
            .order((chat::chat_id, message::seq))
            .select((chat::chat_id, message::user_id, message::created_at))
            .load(db)
            .await
    })?;
    let to_said = |(chat, user, at): (i64, i64, Moment)| Said {
        chat: ChatId(chat),
        is_by_doctor: user == doctor.0,
        at: at.into(),
    };
    Ok(rows.into_iter().map(to_said).collect())
}

/// Makes PostgreSQL notify every node that a doctor's settings have changed. Does nothing on
/// SQLite.
pub async fn announce(conn: &mut DbConn, doctor: UserId) -> DbResult<()> {
    let DbConn::Postgres(db) = conn else { return Ok(()) };
    diesel::sql_query("SELECT pg_notify('bedside_message', $1)")
        .bind::<diesel::sql_types::Text, _>(format!("settings {doctor}"))
        .execute(&mut **db)
        .await?;
    Ok(())
}
