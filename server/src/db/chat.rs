//! Table `doctor_patient_chat`: the two members of each chat, and its newest `seq`.

use super::{
    DbConn, DbResult,
    conn::on_db,
    member,
    schema::{chat_member as members, doctor_patient_chat as chat, doctor_profile as profiles},
    time::{self, Moment},
};
use crate::db::status_columns::StatusColumns;
use app::protocol::{ChangeSeq, ChatCounters, ChatId, Seq, Timestamp, UserId};
use diesel::{dsl::exists, prelude::*, upsert::excluded};
use diesel_async::RunQueryDsl;

/// The row of a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column, and they are independent")]
pub struct ChatRow {
    /// The chat's id.
    pub chat_id: ChatId,
    /// The chat's doctor.
    pub doctor: UserId,
    /// The chat's patient.
    pub patient: UserId,
    /// The newest message's position; 0 in an empty chat.
    pub last_seq: Seq,
    /// The position of the last change to one of its messages.
    pub last_change: ChangeSeq,
    /// The time of the newest message or of the last change to a message.
    pub updated_at: Timestamp,
    /// How often the chat's status has changed.
    pub revision: i64,
    /// Since when the patient has waited for an answer; `None` if the patient does not wait.
    pub waiting_since: Option<Timestamp>,
    /// Whether a message that waits for an answer is flagged urgent.
    pub is_urgent: bool,
    /// Whether the chat is closed. Then no messages can be sent.
    pub is_closed: bool,
    /// Whether one member has blocked the other. Then no messages can be sent.
    pub is_blocked: bool,
    /// Whether the account of a member is disabled. Then no messages can be sent.
    pub has_disabled_member: bool,
    /// When the last automatic reply was stored.
    pub notice_at: Option<Timestamp>,
}

impl ChatRow {
    /// The member who isn't `user`.
    #[must_use]
    pub fn other(&self, user: UserId) -> UserId {
        if user == self.doctor { self.patient } else { self.doctor }
    }

    /// Both members: the doctor, then the patient.
    #[must_use]
    pub const fn members(&self) -> [UserId; 2] {
        [self.doctor, self.patient]
    }
}

/// The columns of the row as Diesel loads them.
#[derive(Queryable, Selectable)]
#[diesel(table_name = chat)]
pub(super) struct Columns {
    chat_id: i64,
    doctor_id: i64,
    patient_id: i64,
    last_seq: i64,
    last_change: i64,
    updated_at: Moment,
    revision: i64,
    waiting_since: Option<Moment>,
    is_urgent: bool,
    closed_at: Option<Moment>,
    blocked_by: Option<String>,
    disabled_member: Option<String>,
    notice_at: Option<Moment>,
}

pub(super) fn to_row(row: Columns) -> ChatRow {
    ChatRow {
        chat_id: ChatId(row.chat_id),
        doctor: UserId(row.doctor_id),
        patient: UserId(row.patient_id),
        last_seq: Seq(row.last_seq),
        last_change: ChangeSeq(row.last_change),
        updated_at: row.updated_at.into(),
        revision: row.revision,
        waiting_since: row.waiting_since.map(Timestamp::from),
        is_urgent: row.is_urgent,
        is_closed: row.closed_at.is_some(),
        is_blocked: row.blocked_by.is_some(),
        has_disabled_member: row.disabled_member.is_some(),
        notice_at: row.notice_at.map(Timestamp::from),
    }
}

/// A position in a list of chats that is ordered by newest activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The chat's `updated_at`.
    pub updated_at: Timestamp,
    /// The chat.
    pub chat_id: ChatId,
}

/// The chat of this pair, if there is one.
pub async fn find_by_pair(conn: &mut DbConn, doctor: UserId, patient: UserId) -> DbResult<Option<ChatId>> {
    let id = on_db!(conn, db => {
        chat::table
            .filter(chat::doctor_id.eq(doctor.0))
            .filter(chat::patient_id.eq(patient.0))
            .select(chat::chat_id)
            .first::<i64>(db)
            .await
            .optional()
    })?;
    Ok(id.map(ChatId))
}

/// Creates the pair's chat and its two member rows. Call it in a transaction that has found no chat
/// of the pair.
pub async fn insert(conn: &mut DbConn, doctor: UserId, patient: UserId, now: Timestamp) -> DbResult<ChatId> {
    let now = time::to_db(now);
    let id: i64 = on_db!(conn, db => {
        diesel::insert_into(chat::table)
            .values((
                chat::doctor_id.eq(doctor.0),
                chat::patient_id.eq(patient.0),
                chat::created_at.eq(now),
                chat::updated_at.eq(now),
                chat::last_seq.eq(0),
            ))
            // A transaction of another node may have created the chat meanwhile: then this returns
            // that one.
            .on_conflict((chat::doctor_id, chat::patient_id))
            .do_update()
            .set(chat::doctor_id.eq(excluded(chat::doctor_id)))
            .returning(chat::chat_id)
            .get_result(db)
            .await
    })?;
    let id = ChatId(id);
    for user in [doctor, patient] {
        member::insert(conn, id, user).await?;
    }
    Ok(id)
}

/// The chat, if `user` is a member of it. For other users it does not exist.
pub async fn find_for_member(conn: &mut DbConn, chat_id: ChatId, user: UserId) -> DbResult<Option<ChatRow>> {
    let row = on_db!(conn, db => {
        chat::table
            .find(chat_id.0)
            .filter(chat::doctor_id.eq(user.0).or(chat::patient_id.eq(user.0)))
            .select(Columns::as_select())
            .first::<Columns>(db)
            .await
            .optional()
    })?;
    Ok(row.map(to_row))
}

/// Like [`find_for_member`], and locks the chat's row until the end of the transaction.
pub async fn lock_of_member(conn: &mut DbConn, chat_id: ChatId, user: UserId) -> DbResult<Option<ChatRow>> {
    match conn {
        // The transaction already holds SQLite's only write lock.
        DbConn::Sqlite(_) => find_for_member(conn, chat_id, user).await,
        DbConn::Postgres(db) => {
            let row = chat::table
                .filter(chat::chat_id.eq(chat_id.0))
                .filter(chat::doctor_id.eq(user.0).or(chat::patient_id.eq(user.0)))
                .select(Columns::as_select())
                // Unlike FOR UPDATE, this lets other transactions check foreign keys to the row.
                .for_no_key_update()
                .first::<Columns>(&mut **db)
                .await
                .optional()?;
            Ok(row.map(to_row))
        }
    }
}

/// Loads a chat without checking the membership, and locks its row until the end of the
/// transaction. For the clinic's admin.
pub async fn lock(conn: &mut DbConn, chat_id: ChatId) -> DbResult<Option<ChatRow>> {
    match conn {
        DbConn::Sqlite(_) => by_id(conn, chat_id).await,
        DbConn::Postgres(db) => {
            let row = chat::table
                .filter(chat::chat_id.eq(chat_id.0))
                .select(Columns::as_select())
                .for_no_key_update()
                .first::<Columns>(&mut **db)
                .await
                .optional()?;
            Ok(row.map(to_row))
        }
    }
}

/// Stores the number and time of a change to one of a chat's messages.
pub async fn note_change(conn: &mut DbConn, chat_id: ChatId, change: ChangeSeq, at: Timestamp) -> DbResult<()> {
    on_db!(conn, db => {
        diesel::update(chat::table.find(chat_id.0))
            .set((chat::last_change.eq(change.0), chat::updated_at.eq(time::to_db(at))))
            .execute(db)
            .await
    })?;
    Ok(())
}

/// A chat, without checking the membership: not for answering a member's request.
pub async fn by_id(conn: &mut DbConn, chat_id: ChatId) -> DbResult<Option<ChatRow>> {
    let row = on_db!(conn, db => {
        chat::table.find(chat_id.0).select(Columns::as_select()).first::<Columns>(db).await.optional()
    })?;
    Ok(row.map(to_row))
}

/// These chats, without checking the membership: not for answering a member's request.
pub async fn by_ids(conn: &mut DbConn, ids: &[ChatId]) -> DbResult<Vec<ChatRow>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows = on_db!(conn, db => {
        chat::table.filter(chat::chat_id.eq_any(ids)).select(Columns::as_select()).load::<Columns>(db).await
    })?;
    Ok(rows.into_iter().map(to_row).collect())
}

const fn to_ids((chat, patient): (i64, i64)) -> (ChatId, UserId) {
    (ChatId(chat), UserId(patient))
}

/// A user's chats, each with its other member.
pub async fn list_for_user(conn: &mut DbConn, user: UserId) -> DbResult<Vec<(ChatId, UserId)>> {
    let rows: Vec<(i64, i64, i64)> = on_db!(conn, db => {
        chat::table
            .filter(chat::doctor_id.eq(user.0).or(chat::patient_id.eq(user.0)))
            .select((chat::chat_id, chat::doctor_id, chat::patient_id))
            .load(db)
            .await
    })?;
    let other = |doctor, patient| if doctor == user.0 { patient } else { doctor };
    Ok(rows.into_iter().map(|(chat, doctor, patient)| to_ids((chat, other(doctor, patient)))).collect())
}

/// The chats of these patients whose doctors have changed their settings since this time, each with
/// its patient.
pub async fn resettled_since(conn: &mut DbConn, users: &[UserId], since: Timestamp) -> DbResult<Vec<(ChatId, UserId)>> {
    let users: Vec<i64> = users.iter().map(|user| user.0).collect();
    let rows: Vec<(i64, i64)> = on_db!(conn, db => {
        chat::table
            .inner_join(profiles::table.on(profiles::user_id.eq(chat::doctor_id)))
            .filter(chat::patient_id.eq_any(users))
            .filter(profiles::revised_at.ge(time::to_db(since)))
            .select((chat::chat_id, chat::patient_id))
            .load(db)
            .await
    })?;
    Ok(rows.into_iter().map(to_ids).collect())
}

/// The chats of these users in which anything has changed since this time: messages, receipts or
/// the status.
pub async fn changed_since(conn: &mut DbConn, users: &[UserId], since: Timestamp) -> DbResult<Vec<ChatRow>> {
    let (users, since): (Vec<i64>, _) = (users.iter().map(|user| user.0).collect(), time::to_db(since));
    let rows = on_db!(conn, db => {
        let is_since = members::read_at.ge(since).or(members::delivered_at.ge(since)).or(members::revised_at.ge(since));
        let of_chat = members::table.filter(members::chat_id.eq(chat::chat_id));
        chat::table
            .filter(chat::doctor_id.eq_any(&users).or(chat::patient_id.eq_any(&users)))
            .filter(chat::updated_at.ge(since).or(exists(of_chat.filter(is_since))))
            .select(Columns::as_select())
            .load::<Columns>(db)
            .await
    })?;
    Ok(rows.into_iter().map(to_row).collect())
}

/// The counters of all chats of `viewer`, by chat id: the body of a `ready` frame.
pub async fn counters(conn: &mut DbConn, viewer: UserId) -> DbResult<Vec<ChatCounters>> {
    let rows: Vec<(Columns, StatusColumns)> = on_db!(conn, db => {
        chat::table
            .filter(chat::doctor_id.eq(viewer.0).or(chat::patient_id.eq(viewer.0)))
            .select((Columns::as_select(), StatusColumns::as_select()))
            .order(chat::chat_id)
            .load(db)
            .await
    })?;
    let members = member::of_chats_of(conn, viewer).await?;
    Ok(rows
        .into_iter()
        .map(|(row, status)| (to_row(row), status))
        .map(|(row, status)| {
            let own = members.get(&(row.chat_id, viewer)).copied().unwrap_or_default();
            let theirs = members.get(&(row.chat_id, row.other(viewer))).copied().unwrap_or_default();
            ChatCounters {
                chat_id: row.chat_id,
                last_seq: row.last_seq,
                read_seq: own.read_seq,
                peer_read_seq: theirs.read_seq,
                peer_delivered_seq: theirs.delivered_seq,
                peer_read_at: theirs.read_at,
                peer_delivered_at: theirs.delivered_at,
                unread: (row.last_seq.0 - own.read_seq.0).max(0),
                last_change: row.last_change,
                brief: status.brief(row.last_seq.0, own.archived_seq.map(|seq| seq.0)),
            }
        })
        .collect())
}
