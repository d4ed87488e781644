//! Chat status: columns of `doctor_patient_chat` and `chat_member`. Every change here raises the
//! chat's `revision`, under the lock of its row.

use crate::db::{
    DbConn, DbResult,
    chat::ChatRow,
    conn::on_db,
    schema::{chat_member as member, chat_message as message, doctor_patient_chat as chat},
    status_columns::{BOTH, DOCTOR, PATIENT},
    time::{self, Moment},
};
use app::protocol::{ChatId, Seq, Timestamp, UserId};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// Who closes a chat.
#[derive(Debug, Clone, Copy)]
pub enum Closing {
    /// The chat's doctor.
    ByDoctor {
        /// Whether the patient may open the chat again.
        may_reopen: bool,
    },
    /// The clinic's admin.
    ByClinic,
}

/// One change to a chat's status.
#[derive(Debug, Clone)]
pub enum Change {
    /// The doctor marks the messages up to this position as needing no answer.
    Done(Seq),
    /// The doctor undoes `Done`: since when the patient waits, if they do, and whether a waiting
    /// message is urgent.
    NotDone(Option<Timestamp>, bool),
    /// Since when the patient waits, if they do, and whether a waiting message is urgent.
    Waiting(Option<Timestamp>, bool),
    /// The chat is closed: the time, the reason, and by whom.
    Close(Timestamp, String, Closing),
    /// The chat is opened again.
    Reopen,
    /// Who blocks the other from now on; `None` for no member.
    Block(Option<&'static str>),
    /// This member archives the chat at its newest position, or takes it out of the archive with
    /// `None`.
    Archive(UserId, Option<Seq>),
}

/// Who blocks the other after `user` blocks (`blocks`) or unblocks the other member. `None` if that
/// changes nothing.
pub async fn blockers(
    conn: &mut DbConn,
    row: &ChatRow,
    user: UserId,
    blocks: bool,
) -> DbResult<Option<Option<&'static str>>> {
    let before: Option<String> = on_db!(conn, db => {
        chat::table.find(row.chat_id.0).select(chat::blocked_by).first(db).await
    })?;
    let (own, others) = if user == row.doctor { (DOCTOR, PATIENT) } else { (PATIENT, DOCTOR) };
    let is = |by: &str| before.as_deref().is_some_and(|before| before == by || before == BOTH);
    if is(own) == blocks {
        return Ok(None);
    }
    Ok(Some(match (blocks, is(others)) {
        (true, true) => Some(BOTH),
        (true, false) => Some(own),
        (false, true) => Some(others),
        (false, false) => None,
    }))
}

/// The chat's newest position when this member archived it, if the chat is archived.
pub async fn archived(conn: &mut DbConn, chat_id: ChatId, user: UserId) -> DbResult<Option<Seq>> {
    let seq: Option<i64> = on_db!(conn, db => {
        member::table.find((chat_id.0, user.0)).select(member::archived_seq).first(db).await
    })?;
    Ok(seq.map(Seq))
}

/// Stores a change and raises the chat's revision.
pub async fn change(conn: &mut DbConn, row: &ChatRow, change: Change) -> DbResult<()> {
    let this = chat::table.find(row.chat_id.0);
    on_db!(conn, db => match change {
        Change::Done(seq) => {
            let none = (chat::waiting_since.eq(None::<NaiveDateTime>), chat::is_urgent.eq(false));
            diesel::update(this).set((chat::done_seq.eq(seq.0), none)).execute(db).await
        }
        Change::NotDone(since, is_urgent) => {
            let waiting = (chat::waiting_since.eq(since.map(time::to_db)), chat::is_urgent.eq(is_urgent));
            diesel::update(this).set((chat::done_seq.eq(0), waiting)).execute(db).await
        }
        Change::Waiting(since, is_urgent) => {
            let waiting = (chat::waiting_since.eq(since.map(time::to_db)), chat::is_urgent.eq(is_urgent));
            diesel::update(this).set(waiting).execute(db).await
        }
        Change::Close(at, reason, closing) => {
            let closed = (chat::closed_at.eq(time::to_db(at)), chat::closed_reason.eq(reason));
            let may_reopen = chat::may_reopen.eq(matches!(closing, Closing::ByDoctor { may_reopen: true }));
            let by_clinic = chat::closed_by_clinic.eq(matches!(closing, Closing::ByClinic));
            diesel::update(this).set((closed, may_reopen, by_clinic)).execute(db).await
        }
        Change::Reopen => {
            let open = (chat::closed_at.eq(None::<NaiveDateTime>), chat::closed_reason.eq(None::<String>));
            let closing = (chat::may_reopen.eq(false), chat::closed_by_clinic.eq(false));
            diesel::update(this).set((open, closing)).execute(db).await
        }
        Change::Block(by) => diesel::update(this).set(chat::blocked_by.eq(by)).execute(db).await,
        Change::Archive(user, seq) => {
            diesel::update(member::table.find((row.chat_id.0, user.0)))
                .set(member::archived_seq.eq(seq.map(|seq| seq.0)))
                .execute(db)
                .await
        }
    })?;
    on_db!(conn, db => {
        diesel::update(this).set(chat::revision.eq(chat::revision + 1)).execute(db).await
    })?;
    let members = member::table.filter(member::chat_id.eq(row.chat_id.0));
    let now = time::to_db(time::now_at(conn).await?);
    on_db!(conn, db => {
        diesel::update(members).set(member::revised_at.eq(now)).execute(db).await
    })?;
    Ok(())
}

/// The position up to which the doctor has marked messages as needing no answer; 0 for none.
pub async fn done(conn: &mut DbConn, chat_id: ChatId) -> DbResult<Seq> {
    let seq = on_db!(conn, db => {
        chat::table.find(chat_id.0).select(chat::done_seq).first(db).await
    })?;
    Ok(Seq(seq))
}

/// Since when the patient waits for an answer, and whether a waiting message is urgent. Only counts
/// messages after the position `after`. Retracted messages neither ask nor answer.
pub async fn waiting(conn: &mut DbConn, row: &ChatRow, after: Seq) -> DbResult<(Option<Timestamp>, bool)> {
    let of = |user: UserId| {
        let is_theirs = message::chat_id.eq(row.chat_id.0).and(message::user_id.eq(user.0));
        is_theirs.and(message::is_ai.eq(false)).and(message::retracted_at.is_null())
    };
    let answered: Option<i64> = on_db!(conn, db => {
        message::table
            .filter(of(row.doctor))
            .filter(message::is_automatic.eq(false))
            .select(diesel::dsl::max(message::seq))
            .first(db)
            .await
    })?;
    let after = after.0.max(answered.unwrap_or_default());
    let since: Option<Moment> = on_db!(conn, db => {
        message::table
            .filter(of(row.patient))
            .filter(message::seq.gt(after))
            .select(diesel::dsl::min(message::created_at))
            .first(db)
            .await
    })?;
    let urgent: Option<i64> = on_db!(conn, db => {
        message::table
            .filter(of(row.patient))
            .filter(message::seq.gt(after))
            .filter(message::is_urgent)
            .select(message::id)
            .first(db)
            .await
            .optional()
    })?;
    Ok((since.map(Timestamp::from), urgent.is_some()))
}

/// Whether the patient may open this closed chat again.
pub async fn may_reopen(conn: &mut DbConn, chat_id: ChatId) -> DbResult<bool> {
    Ok(on_db!(conn, db => {
        chat::table.find(chat_id.0).select(chat::may_reopen).first(db).await
    })?)
}
