//! Runs a batch on SQLite. It reads and writes each chat once, and inserts each message with its
//! own statement.

use super::{
    Write, WriteOutcome,
    plan::{self, MessageKey, Plan, Stored},
};
use crate::{
    db::{
        DbError, DbResult,
        chat::{self, ChatRow},
        member::{MARKS, MarkColumns, ReceiptAdvance, ReceiptAdvances, Receipts, to_marks},
        message::Row,
        schema::{chat_member as member, chat_message as message, doctor_patient_chat},
        time,
    },
    failpoints,
};
use app::protocol::{ChatId, Message, Seq, UserId};
use chrono::NaiveDateTime;
use diesel::{
    SqliteConnection,
    connection::SimpleConnection,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Bool, Nullable, Text, Timestamp},
    sqlite::Sqlite,
};
use std::collections::HashMap;

/// Runs the writes, in order, in one transaction. After an error none of them is stored.
pub(super) fn run(db: &mut SqliteConnection, writes: &[Write]) -> DbResult<Vec<Option<WriteOutcome>>> {
    if let Some(written) = transaction(db, |db| attempt(db, writes, None))? {
        return Ok(written);
    }
    let written = transaction(db, |db| {
        let stored = stored(db, writes)?;
        attempt(db, writes, Some(stored))
    })?;
    written.ok_or(DbError::Unknown("client id"))
}

/// Runs `body` while it holds the write lock. Commits if `body` returns `Some`; rolls back after
/// `None` or an error.
fn transaction<T>(
    db: &mut SqliteConnection,
    body: impl FnOnce(&mut SqliteConnection) -> DbResult<Option<T>>,
) -> DbResult<Option<T>> {
    // A panic may have left a transaction open. Usually there is none, and this statement fails.
    let _ = db.batch_execute("ROLLBACK");
    db.batch_execute("BEGIN IMMEDIATE")?;
    let done = body(db).and_then(|done| {
        if done.is_some() {
            db.batch_execute(if failpoints::is_broken("break::commit") { "ROLLBACK" } else { "COMMIT" })?;
        }
        Ok(done)
    });
    if !matches!(done, Ok(Some(_))) {
        // SQLite may have rolled back by itself (disk full). Then this statement fails, which does
        // no harm.
        let _ = db.batch_execute("ROLLBACK");
    }
    done
}

/// Runs the writes in the open transaction. `None`: a client id was stored before and is not in
/// `stored_before`; the caller has to roll back.
fn attempt(
    db: &mut SqliteConnection,
    writes: &[Write],
    stored_before: Option<HashMap<MessageKey, Message>>,
) -> DbResult<Option<Vec<Option<WriteOutcome>>>> {
    let is_looked_up = stored_before.is_some();
    let (chats, marks, corrected) = (chats(db, writes)?, marks(db, writes)?, corrected(db, writes)?);
    let stored_before = stored_before.unwrap_or_default();
    let mut held = Stored { chats, marks, known: stored_before, corrected, ..Stored::default() };
    let mut plan = Plan::new(writes, &held)?;
    if plan.has_unfit() && !is_looked_up {
        held.known = stored(db, writes)?;
        plan = Plan::new(writes, &held)?;
    }
    let mut ids = Vec::with_capacity(plan.inserts.len());
    for insert in &plan.inserts {
        let message = insert.message;
        let insert = InsertMessage {
            user: message.sender.0,
            chat: message.chat_id.0,
            content: message.content,
            created_at: time::to_db(message.created_at),
            seq: message.seq.0,
            client_id: message.client_id.to_string(),
            reply_to: message.reply_to.map(|seq| seq.0),
            corrects: message.corrects.map(|seq| seq.0),
            is_urgent: message.is_urgent,
            is_automatic: message.is_automatic,
        };
        let id: Option<i64> = insert.get_result(db).optional()?;
        let Some(id) = id else { return Ok(None) };
        ids.push(id);
    }
    for chat in plan.moves.values() {
        let (last_seq, updated_at) = (chat.last_seq.0, time::to_db(chat.updated_at));
        let (waiting_since, notice_at) = (chat.waiting_since.map(time::to_db), chat.notice_at.map(time::to_db));
        let (chat, is_urgent) = (chat.chat_id.0, chat.is_urgent);
        MoveChat { chat, last_seq, updated_at, waiting_since, is_urgent, notice_at }.execute(db)?;
    }
    for ((chat, user), ReceiptAdvances { read, delivered }) in &plan.marks {
        let (read_at, delivered_at) = (read.at.map(time::to_db), delivered.at.map(time::to_db));
        let (read, delivered) = (*read, *delivered);
        AdvanceReceipts { chat: chat.0, user: user.0, read, delivered, read_at, delivered_at }.execute(db)?;
    }
    plan.answers(&ids).map(Some)
}

fn chats(db: &mut SqliteConnection, writes: &[Write]) -> DbResult<HashMap<ChatId, ChatRow>> {
    let mut chats = HashMap::with_capacity(writes.len());
    for id in plan::chats_of(writes) {
        let row = doctor_patient_chat::table.find(id.0).select(chat::Columns::as_select()).first(db).optional()?;
        chats.extend(row.map(|row| (id, chat::to_row(row))));
    }
    Ok(chats)
}

fn marks(db: &mut SqliteConnection, writes: &[Write]) -> DbResult<HashMap<(ChatId, UserId), Receipts>> {
    let mut marks = HashMap::new();
    for (chat, user) in plan::movers_of(writes) {
        let row = member::table.find((chat.0, user.0)).select(MARKS).first::<MarkColumns>(db).optional()?;
        marks.extend(row.map(|row| ((chat, user), to_marks(row))));
    }
    Ok(marks)
}

fn corrected(db: &mut SqliteConnection, writes: &[Write]) -> DbResult<HashMap<(ChatId, Seq), Message>> {
    let mut corrected = HashMap::new();
    for (chat, seq) in plan::corrected_by(writes) {
        let row = message::table
            .filter(message::chat_id.eq(chat.0))
            .filter(message::seq.eq(seq.0))
            .select(Row::as_select())
            .first(db)
            .optional()?;
        if let Some(row) = row {
            corrected.insert((chat, seq), Message::from(row));
        }
    }
    Ok(corrected)
}

fn stored(db: &mut SqliteConnection, writes: &[Write]) -> DbResult<HashMap<MessageKey, Message>> {
    let mut stored = HashMap::new();
    for (user, chat, client_id) in plan::keys_of(writes) {
        let row = message::table
            .filter(message::chat_id.eq(chat.0))
            .filter(message::user_id.eq(user.0))
            .filter(message::client_id.eq(client_id.to_string()))
            .select(Row::as_select())
            .first(db)
            .optional()?;
        if let Some(row) = row {
            stored.insert((user, chat, client_id), Message::from(row));
        }
    }
    Ok(stored)
}

// Diesel prepares most of its write statements again for each use, which costs more than running
// them. A query with its own `QueryId` is prepared once per connection.

/// Stores a message and returns the row's id. Returns no row if the client id was stored before.
struct InsertMessage<'a> {
    user: i64,
    chat: i64,
    content: &'a str,
    created_at: NaiveDateTime,
    seq: i64,
    client_id: String,
    reply_to: Option<i64>,
    corrects: Option<i64>,
    is_urgent: bool,
    is_automatic: bool,
}

impl QueryId for InsertMessage<'_> {
    type QueryId = InsertMessage<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for InsertMessage<'_> {
    type SqlType = BigInt;
}

impl RunQueryDsl<SqliteConnection> for InsertMessage<'_> {}

impl QueryFragment<Sqlite> for InsertMessage<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO chat_message \
             (user_id, chat_id, content, created_at, seq, client_id, reply_to_seq, corrects_seq, is_urgent, \
              is_automatic) VALUES (",
        );
        out.push_bind_param::<BigInt, _>(&self.user)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.chat)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(self.content)?;
        out.push_sql(", ");
        out.push_bind_param::<Timestamp, _>(&self.created_at)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.seq)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(&self.client_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<BigInt>, _>(&self.reply_to)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<BigInt>, _>(&self.corrects)?;
        out.push_sql(", ");
        out.push_bind_param::<Bool, _>(&self.is_urgent)?;
        out.push_sql(", ");
        out.push_bind_param::<Bool, _>(&self.is_automatic)?;
        out.push_sql(") ON CONFLICT (user_id, chat_id, client_id) DO NOTHING RETURNING id");
        Ok(())
    }
}

/// Writes a chat's newest `seq`, and the columns that follow from its messages, back to its row.
#[derive(QueryId)]
struct MoveChat {
    chat: i64,
    last_seq: i64,
    updated_at: NaiveDateTime,
    waiting_since: Option<NaiveDateTime>,
    is_urgent: bool,
    notice_at: Option<NaiveDateTime>,
}

impl RunQueryDsl<SqliteConnection> for MoveChat {}

impl QueryFragment<Sqlite> for MoveChat {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("UPDATE doctor_patient_chat SET last_seq = ");
        out.push_bind_param::<BigInt, _>(&self.last_seq)?;
        out.push_sql(", updated_at = ");
        out.push_bind_param::<Timestamp, _>(&self.updated_at)?;
        out.push_sql(", waiting_since = ");
        out.push_bind_param::<Nullable<Timestamp>, _>(&self.waiting_since)?;
        out.push_sql(", is_urgent = ");
        out.push_bind_param::<Bool, _>(&self.is_urgent)?;
        out.push_sql(", notice_at = ");
        out.push_bind_param::<Nullable<Timestamp>, _>(&self.notice_at)?;
        out.push_sql(" WHERE chat_id = ");
        out.push_bind_param::<BigInt, _>(&self.chat)
    }
}

/// Moves a member's receipts forward; a stored receipt that is further stays.
#[derive(QueryId)]
struct AdvanceReceipts {
    chat: i64,
    user: i64,
    read: ReceiptAdvance,
    delivered: ReceiptAdvance,
    read_at: Option<NaiveDateTime>,
    delivered_at: Option<NaiveDateTime>,
}

impl RunQueryDsl<SqliteConnection> for AdvanceReceipts {}

impl QueryFragment<Sqlite> for AdvanceReceipts {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        // SQL evaluates each right side with the row's old values.
        out.push_sql("UPDATE chat_member SET read_seq = max(read_seq, ");
        out.push_bind_param::<BigInt, _>(&self.read.seq.0)?;
        out.push_sql("), delivered_seq = max(delivered_seq, ");
        out.push_bind_param::<BigInt, _>(&self.delivered.seq.0)?;
        out.push_sql("), read_at = iif(read_seq < ");
        out.push_bind_param::<BigInt, _>(&self.read.met.0)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Timestamp>, _>(&self.read_at)?;
        out.push_sql(", read_at), delivered_at = iif(delivered_seq < ");
        out.push_bind_param::<BigInt, _>(&self.delivered.met.0)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Timestamp>, _>(&self.delivered_at)?;
        out.push_sql(", delivered_at");
        out.push_sql(") WHERE chat_id = ");
        out.push_bind_param::<BigInt, _>(&self.chat)?;
        out.push_sql(" AND user_id = ");
        out.push_bind_param::<BigInt, _>(&self.user)
    }
}

#[cfg(test)]
#[expect(clippy::panic, clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::{super::WriteKind, *};
    use crate::db::{batch::Rejection, migrations};
    use app::protocol::ClientId;
    use diesel_migrations::MigrationHarness;

    fn send(client_id: u128, reply_to: Option<i64>) -> Write {
        let (client_id, content, at) = (ClientId::from_u128(client_id), "x".to_owned(), app::protocol::Timestamp(0));
        let reply_to = reply_to.map(Seq);
        let kind = WriteKind::Append { client_id, content, reply_to, corrects: None, is_urgent: false, at };
        Write { chat: ChatId(1), user: UserId(1), kind }
    }

    #[test]
    fn rejected_write_does_not_make_the_batch_run_twice() {
        let mut db = SqliteConnection::establish(":memory:").unwrap();
        db.run_pending_migrations(migrations::SQLITE).unwrap();
        db.batch_execute(
            "INSERT INTO user (id, name, email, role, password_hash, created_at) VALUES
                 (1, 'Nora', 'a', 'patient', '', '2026-01-01 08:00:00'), (2, 'Okafor', 'b', 'doctor', '', '2026-01-01 08:00:00');
             INSERT INTO doctor_patient_chat (chat_id, doctor_id, patient_id, created_at, updated_at, last_seq)
                 VALUES (1, 2, 1, '2026-01-01 08:00:00', '2026-01-01 08:00:00', 0);",
        )
        .unwrap();
        let before = run(&mut db, &[send(1, None)]).unwrap();
        let [Some(WriteOutcome::Stored(before, _))] = &before[..] else { panic!("{before:?}") };
        let close = "UPDATE doctor_patient_chat SET closed_at = '2026-01-01 08:00:00', closed_reason = ''";
        db.batch_execute(close).unwrap();
        let written = attempt(&mut db, &[send(1, None), send(2, None)], None).unwrap();
        let refused = WriteOutcome::Rejected(Rejection::Closed);
        let repeated = WriteOutcome::Repeated(before.clone(), Some([UserId(2), UserId(1)]));
        assert_eq!(written, Some(vec![Some(repeated), Some(refused)]), "what was stored before is known");
        db.batch_execute("UPDATE doctor_patient_chat SET closed_at = NULL, closed_reason = NULL").unwrap();
        let written = attempt(&mut db, &[send(3, None), send(4, Some(9)), send(5, None)], None).unwrap().unwrap();
        let outcomes: Vec<_> = written
            .iter()
            .map(|written| match written {
                Some(WriteOutcome::Stored(message, _)) => Ok(message.seq),
                Some(WriteOutcome::Rejected(unfit)) => Err(*unfit),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(outcomes, [Ok(Seq(2)), Err(Rejection::NoSuchMessage), Ok(Seq(3))]);
    }
}
