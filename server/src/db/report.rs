//! Table `chat_report`: members' reports to the clinic's admin about a chat. Also lists the chats
//! whose patients wait.

use super::{
    DbConn, DbResult,
    conn::on_db,
    schema::{chat_report as report, doctor_patient_chat as chat, user},
    time::{self, Moment},
};
use app::protocol::{ChatId, Report, ReportId, Timestamp, UnattendedChat, UserId, WaitingChat};
use diesel::{prelude::*, sql_types::Bool};
use diesel_async::RunQueryDsl;

diesel::alias! {
    const DOCTOR: Alias<DoctorUser> = user as doctor_user;
    const PATIENT: Alias<PatientUser> = user as patient_user;
}

/// Stores a report.
pub async fn insert(conn: &mut DbConn, chat_id: ChatId, reporter: UserId, reason: &str, at: Timestamp) -> DbResult<()> {
    on_db!(conn, db => {
        diesel::insert_into(report::table)
            .values((
                report::chat_id.eq(chat_id.0),
                report::reporter_id.eq(reporter.0),
                report::reason.eq(reason),
                report::created_at.eq(time::to_db(at)),
            ))
            .execute(db)
            .await
    })?;
    Ok(())
}

/// How many of a member's reports about a chat are not settled.
pub async fn unsettled(conn: &mut DbConn, chat_id: ChatId, reporter: UserId) -> DbResult<i64> {
    Ok(on_db!(conn, db => {
        report::table
            .filter(report::chat_id.eq(chat_id.0).and(report::reporter_id.eq(reporter.0)))
            .filter(report::settled_at.is_null())
            .count()
            .get_result(db)
            .await
    })?)
}

/// Whether any report about a chat is not settled.
pub async fn is_any_unsettled(conn: &mut DbConn, chat_id: ChatId) -> DbResult<bool> {
    let first: Option<i64> = on_db!(conn, db => {
        report::table
            .filter(report::chat_id.eq(chat_id.0).and(report::settled_at.is_null()))
            .select(report::id)
            .first(db)
            .await
            .optional()
    })?;
    Ok(first.is_some())
}

/// Marks a report as settled, unless it already is. Returns whether the report exists.
pub async fn settle(conn: &mut DbConn, id: ReportId, at: Timestamp) -> DbResult<bool> {
    let settled = on_db!(conn, db => {
        diesel::update(report::table.find(id.0))
            .filter(report::settled_at.is_null())
            .set(report::settled_at.eq(time::to_db(at)))
            .execute(db)
            .await
    })?;
    if settled > 0 {
        return Ok(true);
    }
    let known: Option<i64> =
        on_db!(conn, db => report::table.find(id.0).select(report::id).first(db).await.optional())?;
    Ok(known.is_some())
}

type ReportRow = (i64, Moment, Option<Moment>, String, i64, (i64, String), (i64, String));

/// A position in the list of reports. Unsettled reports come first, the oldest first; then the
/// settled ones, the newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// After this report, which was not settled when it was listed.
    Open(ReportId),
    /// After this report, which was settled.
    Settled(ReportId),
}

impl Position {
    /// The position after this report.
    #[must_use]
    pub const fn after(report: &Report) -> Self {
        if report.settled_at.is_some() { Self::Settled(report.id) } else { Self::Open(report.id) }
    }
}

/// Up to `limit` reports after a position.
pub async fn list(conn: &mut DbConn, after: Position, limit: i64) -> DbResult<Vec<Report>> {
    let mut reports = match after {
        Position::Open(id) => open_after(conn, id, limit).await?,
        Position::Settled(_) => Vec::new(),
    };
    let rest = limit.saturating_sub(i64::try_from(reports.len()).unwrap_or(i64::MAX));
    if rest > 0 {
        let before = match after {
            Position::Settled(id) => id,
            Position::Open(_) => ReportId(i64::MAX),
        };
        reports.extend(settled_before(conn, before, rest).await?);
    }
    Ok(reports)
}

macro_rules! reports {
    () => {
        report::table
            .inner_join(chat::table)
            .inner_join(DOCTOR.on(DOCTOR.field(user::id).eq(chat::doctor_id)))
            .inner_join(PATIENT.on(PATIENT.field(user::id).eq(chat::patient_id)))
            .select((
                report::id,
                report::created_at,
                report::settled_at,
                report::reason,
                report::reporter_id,
                DOCTOR.fields((user::id, user::name)),
                PATIENT.fields((user::id, user::name)),
            ))
    };
}

async fn open_after(conn: &mut DbConn, after: ReportId, limit: i64) -> DbResult<Vec<Report>> {
    let rows: Vec<ReportRow> = on_db!(conn, db => {
        reports!()
            .filter(report::settled_at.is_null().and(report::id.gt(after.0)))
            .order(report::id)
            .limit(limit)
            .load(db)
            .await
    })?;
    Ok(rows.into_iter().map(to_report).collect())
}

async fn settled_before(conn: &mut DbConn, before: ReportId, limit: i64) -> DbResult<Vec<Report>> {
    let rows: Vec<ReportRow> = on_db!(conn, db => {
        reports!()
            .filter(report::settled_at.is_not_null().and(report::id.lt(before.0)))
            .order(report::id.desc())
            .limit(limit)
            .load(db)
            .await
    })?;
    Ok(rows.into_iter().map(to_report).collect())
}

fn to_report((id, at, settled, reason, reporter, doctor, patient): ReportRow) -> Report {
    Report {
        id: ReportId(id),
        at: at.into(),
        settled_at: settled.map(Into::into),
        is_by_doctor: reporter == doctor.0,
        doctor_name: doctor.1,
        patient_name: patient.1,
        reason,
    }
}

type WaitingRow = (i64, Moment, bool, (i64, String, Option<Moment>), (i64, String));

/// Up to `limit` chats whose patients have waited since a time before `before`, each with its
/// doctor: the chats of doctors who can sign in, or those of doctors whose account is disabled.
/// Urgent chats first, then the longest wait.
pub async fn waiting(
    conn: &mut DbConn,
    before: Timestamp,
    is_doctor_disabled: bool,
    limit: i64,
) -> DbResult<Vec<(UserId, WaitingChat)>> {
    let latest = time::to_db(time::latest(time::now_at(conn).await?));
    let rows: Vec<WaitingRow> = on_db!(conn, db => {
        chat::table
            .inner_join(DOCTOR.on(DOCTOR.field(user::id).eq(chat::doctor_id)))
            .inner_join(PATIENT.on(PATIENT.field(user::id).eq(chat::patient_id)))
            // A time far ahead comes from a wrong clock: how long the patient has waited is
            // unknown.
            .filter(chat::waiting_since.lt(time::to_db(before)).or(chat::waiting_since.gt(latest)))
            // In a closed or blocked chat, no answer can be sent.
            .filter(chat::closed_at.is_null().and(chat::blocked_by.is_null()))
            // A patient whose account is disabled does not wait. A patient must not wait in vain
            // for a doctor who can't sign in, so those chats are listed separately.
            .filter(PATIENT.field(user::disabled_at).is_null())
            .filter(BoolExpressionMethods::or(
                DOCTOR.field(user::disabled_at).is_null().and((!is_doctor_disabled).into_sql::<Bool>()),
                DOCTOR.field(user::disabled_at).is_not_null().and(is_doctor_disabled.into_sql::<Bool>()),
            ))
            .order((chat::is_urgent.desc(), chat::waiting_since.asc()))
            .limit(limit)
            .select((
                chat::chat_id,
                // The filter leaves out rows without a value.
                chat::waiting_since.assume_not_null(),
                chat::is_urgent,
                DOCTOR.fields((user::id, user::name, user::disabled_at)),
                PATIENT.fields((user::id, user::name)),
            ))
            .load(db)
            .await
    })?;
    let to_waiting = |(chat_id, since, is_urgent, doctor, patient): WaitingRow| {
        let waiting = WaitingChat {
            chat_id: ChatId(chat_id),
            doctor_name: doctor.1,
            patient_name: patient.1,
            waiting_since: since.into(),
            is_urgent,
            is_doctor_disabled: doctor.2.is_some(),
        };
        (UserId(doctor.0), waiting)
    };
    Ok(rows.into_iter().map(to_waiting).collect())
}

/// Up to `limit` open chats with a disabled account, in which no patient waits for an answer that
/// can be sent. The newest activity first.
pub async fn unattended(conn: &mut DbConn, limit: i64) -> DbResult<Vec<UnattendedChat>> {
    type UnattendedRow = (i64, (String, Option<Moment>), String);
    let rows: Vec<UnattendedRow> = on_db!(conn, db => {
        chat::table
            .inner_join(DOCTOR.on(DOCTOR.field(user::id).eq(chat::doctor_id)))
            .inner_join(PATIENT.on(PATIENT.field(user::id).eq(chat::patient_id)))
            .filter(chat::disabled_member.is_not_null().and(chat::closed_at.is_null()))
            // `waiting` lists the other chats.
            .filter(
                chat::waiting_since
                    .is_null()
                    .or(chat::blocked_by.is_not_null())
                    .or(PATIENT.field(user::disabled_at).is_not_null()),
            )
            .order((chat::updated_at.desc(), chat::chat_id.desc()))
            .limit(limit)
            .select((
                chat::chat_id,
                DOCTOR.fields((user::name, user::disabled_at)),
                PATIENT.field(user::name),
            ))
            .load(db)
            .await
    })?;
    let to_unattended = |(chat_id, doctor, patient_name): UnattendedRow| UnattendedChat {
        chat_id: ChatId(chat_id),
        doctor_name: doctor.0,
        patient_name,
        is_doctor_disabled: doctor.1.is_some(),
    };
    Ok(rows.into_iter().map(to_unattended).collect())
}
