//! Table `chat_report`: what members tell the clinic's admin about a chat. And the chats whose patients wait.

use super::{
    DbConn, DbResult,
    conn::on_db,
    schema::{chat_report as report, doctor_patient_chat as chat, user},
    time,
};
use app::protocol::{ChatId, Report, ReportId, Timestamp, UserId, WaitingChat};
use chrono::NaiveDateTime;
use diesel::{prelude::*, sql_types::Bool};
use diesel_async::RunQueryDsl;

diesel::alias! {
    const DOCTOR: Alias<DoctorUser> = user as doctor_user;
    const PATIENT: Alias<PatientUser> = user as patient_user;
}

/// Keeps a report.
pub async fn insert(
    conn: &mut DbConn,
    (chat_id, reporter): (ChatId, UserId),
    reason: &str,
    at: Timestamp,
) -> DbResult<()> {
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

/// How many of a member's reports about a chat were not dealt with.
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

/// Notes that a report was dealt with, unless it was before; whether there is one.
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

type ReportRow = (i64, NaiveDateTime, Option<NaiveDateTime>, String, i64, (i64, String), (i64, String));

/// The newest reports: those that were not dealt with first.
pub async fn list(conn: &mut DbConn, limit: i64) -> DbResult<Vec<Report>> {
    let rows: Vec<ReportRow> = on_db!(conn, db => {
        report::table
            .inner_join(chat::table)
            .inner_join(DOCTOR.on(DOCTOR.field(user::id).eq(chat::doctor_id)))
            .inner_join(PATIENT.on(PATIENT.field(user::id).eq(chat::patient_id)))
            .order((report::settled_at.is_not_null(), report::id.desc()))
            .limit(limit)
            .select((
                report::id,
                report::created_at,
                report::settled_at,
                report::reason,
                report::reporter_id,
                DOCTOR.fields((user::id, user::name)),
                PATIENT.fields((user::id, user::name)),
            ))
            .load(db)
            .await
    })?;
    let to_report = |(id, at, settled, reason, reporter, doctor, patient): ReportRow| Report {
        id: ReportId(id),
        at: time::from_db(at),
        settled_at: settled.map(time::from_db),
        is_by_doctor: reporter == doctor.0,
        doctor_name: doctor.1,
        patient_name: patient.1,
        reason,
    };
    Ok(rows.into_iter().map(to_report).collect())
}

type WaitingRow = (i64, NaiveDateTime, bool, (i64, String, Option<NaiveDateTime>), (i64, String));

/// The chats whose patients wait, since when, and for whom: for doctors who can sign in, or for those who can't any more.
/// Urgent ones first, then the longest wait.
pub async fn waiting(
    conn: &mut DbConn,
    before: Timestamp,
    is_doctor_disabled: bool,
    limit: i64,
) -> DbResult<Vec<(UserId, WaitingChat)>> {
    let rows: Vec<WaitingRow> = on_db!(conn, db => {
        chat::table
            .inner_join(DOCTOR.on(DOCTOR.field(user::id).eq(chat::doctor_id)))
            .inner_join(PATIENT.on(PATIENT.field(user::id).eq(chat::patient_id)))
            .filter(chat::waiting_since.lt(time::to_db(before)))
            // Where nobody can answer, nobody is waited for.
            .filter(chat::closed_at.is_null().and(chat::blocked_by.is_null()))
            // A doctor who can't sign in any more is one whom nobody should wait for in vain.
            .filter(PATIENT.field(user::disabled_at).is_null())
            .filter(BoolExpressionMethods::or(
                DOCTOR.field(user::disabled_at).is_null().and((!is_doctor_disabled).into_sql::<Bool>()),
                DOCTOR.field(user::disabled_at).is_not_null().and(is_doctor_disabled.into_sql::<Bool>()),
            ))
            .order((chat::is_urgent.desc(), chat::waiting_since.asc()))
            .limit(limit)
            .select((
                chat::chat_id,
                // Filtered by it: it is there.
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
            waiting_since: time::from_db(since),
            is_urgent,
            is_doctor_disabled: doctor.2.is_some(),
        };
        (UserId(doctor.0), waiting)
    };
    Ok(rows.into_iter().map(to_waiting).collect())
}
