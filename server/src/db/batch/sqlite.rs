//! A batch on SQLite: each chat is read once and written back once, each message is one INSERT.

use super::{Write, WriteKind, Written};
use crate::{
    db::{
        DbError, DbResult,
        chat::{self, ChatRow},
        member::{Mark, Marks},
        message::{NewMessage, Row},
        schema::{chat_member as member, chat_message as message, doctor_patient_chat},
        time,
    },
    fault,
};
use app::protocol::{ChatId, ClientId, Message, Seq, Timestamp, UserId};
use chrono::NaiveDateTime;
use diesel::{
    SqliteConnection,
    connection::SimpleConnection,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Text},
    sqlite::Sqlite,
};
use std::collections::{BTreeMap, HashMap, hash_map::Entry};

/// Runs `body` with the write lock held: all of it is committed, or nothing.
pub(super) fn transaction<T>(
    db: &mut SqliteConnection,
    body: impl FnOnce(&mut SqliteConnection) -> DbResult<T>,
) -> DbResult<T> {
    // A panic may have left a transaction open. Usually there is none, and this says so.
    let _ = db.batch_execute("ROLLBACK");
    db.batch_execute("BEGIN IMMEDIATE")?;
    let done = body(db).and_then(|value| {
        db.batch_execute(if fault::is_broken("break::commit") { "ROLLBACK" } else { "COMMIT" })?;
        Ok(value)
    });
    if done.is_err() {
        // SQLite may have rolled back by itself (disk full); then this says there is nothing to roll back.
        let _ = db.batch_execute("ROLLBACK");
    }
    done
}

/// What a batch knows of a chat.
struct Known {
    row: ChatRow,
    /// Where the row stood at the start.
    was: Seq,
    /// Marks that this batch moves.
    marks: BTreeMap<UserId, Marks>,
}

/// Runs the writes in the open transaction.
pub(super) fn run(db: &mut SqliteConnection, writes: &[Write]) -> DbResult<Vec<Written>> {
    let mut known: HashMap<ChatId, Option<Known>> = HashMap::with_capacity(writes.len());
    let mut answers = Vec::with_capacity(writes.len());
    for write in writes {
        let chat = match known.entry(write.chat) {
            Entry::Occupied(held) => held.into_mut(),
            Entry::Vacant(free) => free.insert(find(db, write.chat)?),
        };
        let Some(chat) = chat.as_mut().filter(|chat| chat.row.members().contains(&write.user)) else {
            answers.push(Written::NoSuchChat);
            continue;
        };
        answers.push(match &write.kind {
            WriteKind::Append { client_id, content, at } => append(db, chat, write.user, *client_id, content, *at)?,
            WriteKind::Advance { mark, seq } => advance(db, chat, write.user, *mark, *seq)?,
        });
    }
    for chat in known.into_values().flatten() {
        if chat.row.last_seq > chat.was {
            let updated_at = time::to_db(chat.row.updated_at);
            MoveChat { chat: chat.row.chat_id.0, last_seq: chat.row.last_seq.0, updated_at }.execute(db)?;
        }
        for (user, marks) in chat.marks {
            let (read_seq, delivered_seq) = (marks.read_seq.0, marks.delivered_seq.0);
            RaiseMarks { chat: chat.row.chat_id.0, user: user.0, read_seq, delivered_seq }.execute(db)?;
        }
    }
    Ok(answers)
}

fn find(db: &mut SqliteConnection, chat: ChatId) -> DbResult<Option<Known>> {
    let row = doctor_patient_chat::table.find(chat.0).select(chat::COLUMNS).first(db).optional()?;
    Ok(row.map(chat::to_row).map(|row| Known { row, was: row.last_seq, marks: BTreeMap::new() }))
}

fn append(
    db: &mut SqliteConnection,
    chat: &mut Known,
    sender: UserId,
    client_id: ClientId,
    content: &str,
    at: Timestamp,
) -> DbResult<Written> {
    let row = &mut chat.row;
    // A clock that was set back must not move the chat down the list.
    // (An empty chat's own moment is no message's.)
    let created_at = if row.last_seq == Seq(0) { at } else { at.max(row.updated_at) };
    let seq = if fault::is_broken("break::hole") { row.last_seq.next().next() } else { row.last_seq.next() };
    let client_id = if fault::is_broken("break::dedupe") { ClientId::new_v4() } else { client_id };
    let new = NewMessage { chat_id: row.chat_id, seq, sender, client_id, content, created_at };
    let insert = InsertMessage {
        user: sender.0,
        chat: new.chat_id.0,
        content,
        created_at: time::to_db(created_at),
        seq: seq.0,
        client_id: client_id.to_string(),
    };
    let id: Option<i64> = insert.get_result(db).optional()?;
    if let Some(id) = id {
        (row.last_seq, row.updated_at) = (seq, created_at);
        // Whoever writes has read what stands before.
        raise(chat.marks.entry(sender).or_default(), Mark::Read, seq);
        return Ok(Written::Stored(new.stored_as(id), row.members()));
    }
    let stored = message::table
        .filter(message::chat_id.eq(row.chat_id.0))
        .filter(message::user_id.eq(sender.0))
        .filter(message::client_id.eq(client_id.to_string()))
        .select(Row::as_select())
        .first(db)?;
    let stored = Message::try_from(stored)?;
    Ok(if stored.content == content { Written::Repeated(stored) } else { Written::Reused })
}

fn advance(db: &mut SqliteConnection, chat: &mut Known, user: UserId, mark: Mark, seq: Seq) -> DbResult<Written> {
    let seq = seq.min(chat.row.last_seq);
    let stored: Option<(i64, i64)> = member::table
        .find((chat.row.chat_id.0, user.0))
        .select((member::read_seq, member::delivered_seq))
        .first(db)
        .optional()?;
    let (read, delivered) = stored.ok_or(DbError::Unknown("member of a chat"))?;
    let held = chat.marks.entry(user).or_default();
    let stands_at = match mark {
        Mark::Read => held.read_seq.max(Seq(read)),
        Mark::Delivered => held.delivered_seq.max(Seq(delivered)),
    };
    if stands_at >= seq {
        return Ok(Written::Unmoved);
    }
    raise(held, mark, seq);
    Ok(Written::Moved(seq, chat.row.members()))
}

/// Reading implies having received.
fn raise(held: &mut Marks, mark: Mark, seq: Seq) {
    held.delivered_seq = held.delivered_seq.max(seq);
    if mark == Mark::Read {
        held.read_seq = held.read_seq.max(seq);
    }
}

// Diesel prepares most of its statements that write anew each time, which costs more than running them; a query
// with an id of its own is prepared once per connection.

/// Stores a message, unless its client id is taken; answers the row's id.
struct InsertMessage<'a> {
    user: i64,
    chat: i64,
    content: &'a str,
    created_at: NaiveDateTime,
    seq: i64,
    client_id: String,
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
        out.push_sql("INSERT INTO chat_message (user_id, chat_id, content, created_at, seq, client_id) VALUES (");
        out.push_bind_param::<BigInt, _>(&self.user)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.chat)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(self.content)?;
        out.push_sql(", ");
        out.push_bind_param::<diesel::sql_types::Timestamp, _>(&self.created_at)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.seq)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(&self.client_id)?;
        out.push_sql(") ON CONFLICT (user_id, chat_id, client_id) DO NOTHING RETURNING id");
        Ok(())
    }
}

/// Writes a chat's newest place back.
#[derive(QueryId)]
struct MoveChat {
    chat: i64,
    last_seq: i64,
    updated_at: NaiveDateTime,
}

impl RunQueryDsl<SqliteConnection> for MoveChat {}

impl QueryFragment<Sqlite> for MoveChat {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("UPDATE doctor_patient_chat SET last_seq = ");
        out.push_bind_param::<BigInt, _>(&self.last_seq)?;
        out.push_sql(", updated_at = ");
        out.push_bind_param::<diesel::sql_types::Timestamp, _>(&self.updated_at)?;
        out.push_sql(" WHERE chat_id = ");
        out.push_bind_param::<BigInt, _>(&self.chat)
    }
}

/// Moves a member's marks forward, where they stand behind.
#[derive(QueryId)]
struct RaiseMarks {
    chat: i64,
    user: i64,
    read_seq: i64,
    delivered_seq: i64,
}

impl RunQueryDsl<SqliteConnection> for RaiseMarks {}

impl QueryFragment<Sqlite> for RaiseMarks {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("UPDATE chat_member SET read_seq = max(read_seq, ");
        out.push_bind_param::<BigInt, _>(&self.read_seq)?;
        out.push_sql("), delivered_seq = max(delivered_seq, ");
        out.push_bind_param::<BigInt, _>(&self.delivered_seq)?;
        out.push_sql(") WHERE chat_id = ");
        out.push_bind_param::<BigInt, _>(&self.chat)?;
        out.push_sql(" AND user_id = ");
        out.push_bind_param::<BigInt, _>(&self.user)
    }
}
