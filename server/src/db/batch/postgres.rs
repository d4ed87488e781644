//! Runs a batch on PostgreSQL in three round trips, however many writes it has. The first locks and
//! reads the chats, the second writes everything with one statement per table, the third commits.

mod receipts;

use super::{
    Snapshot, Write, WriteOutcome,
    plan::{self, MessageKey, Plan, Stored},
};
use crate::{
    db::{
        DbError, DbResult,
        chat::{self, ChatRow},
        member::to_marks,
        message::Row,
        schema::{chat_message as message, doctor_patient_chat},
        time::{self, Moment},
    },
    failpoints,
};
use app::protocol::{ChatId, Message, Seq, UserId};
use chrono::NaiveDateTime;
use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    result::{DatabaseErrorKind, Error},
    sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamp},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use receipts::{AdvanceReceipts, StoredReceipts};
use std::collections::{HashMap, HashSet};

/// A batch waits this long for other locks (of a member's row, of a user's row), so that it never
/// delays all other batches for long. After that it fails, and the group commit tries its writes
/// again chat by chat.
const BEGIN: &str = "BEGIN; SET LOCAL lock_timeout = '250ms'";
/// The database's clock and this machine's clock count as equal up to this difference, because a
/// round trip can take that long.
const CLOCKS_APART_MS: i64 = 1_000;

/// Runs the writes, in order, in one transaction. After an error none of them is stored. Writes in
/// chats that another transaction has locked may be left out, depending on `held`.
pub(super) async fn run(
    db: &AsyncPgConnection,
    writes: &[Write],
    held: Snapshot,
) -> DbResult<Vec<Option<WriteOutcome>>> {
    let mut again = false;
    loop {
        let done = attempt(db, writes, held, again).await;
        if matches!(done, Ok(Some(_))) {
            let end = if failpoints::is_broken("break::commit") { "ROLLBACK" } else { "COMMIT" };
            (&mut &*db).batch_execute(end).await?;
        } else if let Err(error) = (&mut &*db).batch_execute("ROLLBACK").await {
            // The connection is lost, and the transaction with it. The first error is returned,
            // since it says more.
            tracing::debug!(%error, "a batch could not be rolled back");
        }
        match done {
            Ok(Some(written)) => return Ok(written),
            // A client id was stored before. The next attempt looks up which one.
            Ok(None) if !again => again = true,
            Ok(None) => return Err(DbError::Unknown("client id")),
            Err(error) => return Err(error),
        }
    }
}

/// A chat's row, and the database's clock when it was read.
type ChatAndClock = (chat::Columns, Moment);

/// Locks these chats and reads them. The caller sends it right after `BEGIN`, without waiting for
/// the reply.
async fn lock(db: &AsyncPgConnection, ids: &[i64], held: Snapshot) -> QueryResult<Vec<ChatAndClock>> {
    let mut db = db;
    let chats = doctor_patient_chat::table
        .filter(doctor_patient_chat::chat_id.eq_any(ids))
        .order(doctor_patient_chat::chat_id)
        .select((chat::Columns::as_select(), time::clock_timestamp()))
        // Unlike FOR UPDATE, this lets other transactions check foreign keys to the row.
        .for_no_key_update();
    match held {
        Snapshot::WaitFor => chats.load(&mut db).await,
        Snapshot::LeaveOut => chats.skip_locked().load(&mut db).await,
    }
}

/// Which of the chats that were not found exist: another transaction has locked them.
async fn locked(db: &AsyncPgConnection, ids: &[i64], found: &HashMap<ChatId, ChatRow>) -> DbResult<HashSet<ChatId>> {
    let missing: Vec<i64> = ids.iter().copied().filter(|id| !found.contains_key(&ChatId(*id))).collect();
    if missing.is_empty() {
        return Ok(HashSet::new());
    }
    let mut db = db;
    let held: Vec<i64> = doctor_patient_chat::table
        .filter(doctor_patient_chat::chat_id.eq_any(missing))
        .select(doctor_patient_chat::chat_id)
        .load(&mut db)
        .await?;
    Ok(held.into_iter().map(ChatId).collect())
}

/// Runs the writes up to the commit. `None`: a client id was stored before, and `look_up` is
/// `false`.
async fn attempt(
    db: &AsyncPgConnection,
    writes: &[Write],
    held: Snapshot,
    look_up: bool,
) -> DbResult<Option<Vec<Option<WriteOutcome>>>> {
    let ids: Vec<i64> = plan::chats_of(writes).iter().map(|id| id.0).collect();
    let mut movers = StoredReceipts::default();
    for (chat, user) in plan::movers_of(writes) {
        movers.chats.push(chat.0);
        movers.users.push(user.0);
    }
    // The statements are sent without waiting for replies. `BEGIN` is sent first even if the others
    // have to be prepared.
    let (mut first, mut third) = (db, db);
    let (begun, chats, marks) = tokio::join!(
        first.batch_execute(BEGIN),
        lock(db, &ids, held),
        movers.load::<(i64, i64, i64, i64, Option<Moment>, Option<Moment>)>(&mut third),
    );
    begun?;
    let (chats, clocks): (Vec<_>, Vec<_>) = chats?.into_iter().unzip();
    let chats: HashMap<ChatId, ChatRow> = chats.into_iter().map(chat::to_row).map(|row| (row.chat_id, row)).collect();
    let locked = if held == Snapshot::LeaveOut { locked(db, &ids, &chats).await? } else { HashSet::new() };
    let marks = marks?.into_iter().map(|(chat, user, read, delivered, read_at, delivered_at)| {
        ((ChatId(chat), UserId(user)), to_marks((read, delivered, read_at, delivered_at)))
    });
    let mut stored_now = Stored {
        chats,
        locked,
        clock_ms: clocks.into_iter().next().map_or(0, |Moment(theirs)| apart(theirs.0, time::now().0)),
        marks: marks.collect(),
        known: if look_up { stored(db, writes).await? } else { HashMap::new() },
        corrected: corrected(db, writes).await?,
    };
    let mut plan = Plan::new(writes, &stored_now)?;
    if plan.has_unfit() && !look_up {
        stored_now.known = stored(db, writes).await?;
        plan = Plan::new(writes, &stored_now)?;
    }
    let (mut first, mut second, mut third) = (db, db, db);
    // The chats are updated first: the database checks that no message has a higher `seq` than its
    // chat's `last_seq`.
    let (moved, ids, raised) = tokio::join!(
        MoveChats::from_plan(&plan).execute(&mut first),
        InsertMessages::from_plan(&plan).load::<(i64, i64, i64)>(&mut second),
        AdvanceReceipts::from_plan(&plan).execute(&mut third),
    );
    // The first error is the cause of the later ones.
    moved?;
    let ids = match ids {
        // Only a client id can be taken already: the `seq` is the next one, given under the chat's
        // lock.
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info))
            if !look_up && info.constraint_name().is_some_and(|name| name.contains("client_id")) =>
        {
            return Ok(None);
        }
        ids => ids?,
    };
    raised?;
    let ids: HashMap<(i64, i64), i64> = ids.into_iter().map(|(id, chat, seq)| ((chat, seq), id)).collect();
    let in_order = plan.inserts.iter().map(|insert| (insert.message.chat_id.0, insert.message.seq.0));
    let in_order: Vec<i64> = in_order.filter_map(|position| ids.get(&position).copied()).collect();
    plan.answers(&in_order).map(Some)
}

/// How far the database's clock is ahead of this machine's clock, in milliseconds; 0 for a small
/// difference.
const fn apart(theirs: i64, ours: i64) -> i64 {
    let ahead = theirs.saturating_sub(ours);
    if ahead.saturating_abs() > CLOCKS_APART_MS { ahead } else { 0 }
}

/// The messages that the writes correct. Corrections are rare, so each one has its own query.
async fn corrected(db: &AsyncPgConnection, writes: &[Write]) -> DbResult<HashMap<(ChatId, Seq), Message>> {
    let mut corrected = HashMap::new();
    let mut db = db;
    for (chat, seq) in plan::corrected_by(writes) {
        let row = message::table
            .filter(message::chat_id.eq(chat.0))
            .filter(message::seq.eq(seq.0))
            .select(Row::as_select())
            .first::<Row>(&mut db)
            .await
            .optional()?;
        if let Some(row) = row {
            corrected.insert((chat, seq), Message::from(row));
        }
    }
    Ok(corrected)
}

/// The messages that were stored before under the writes' client ids.
async fn stored(db: &AsyncPgConnection, writes: &[Write]) -> DbResult<HashMap<MessageKey, Message>> {
    let mut query = StoredMessages::default();
    for (user, chat, client_id) in plan::keys_of(writes) {
        query.users.push(user.0);
        query.chats.push(chat.0);
        query.client_ids.push(client_id.to_string());
    }
    let mut db = db;
    let rows: Vec<Row> = query.load(&mut db).await?;
    rows.into_iter()
        .map(|row| {
            let message = Message::from(row);
            Ok(((message.sender_id, message.chat_id, message.client_id), message))
        })
        .collect()
}

// The columns are sent as arrays: so one prepared statement serves any number of rows.

/// Stores messages and returns the id, chat and `seq` of each row.
#[derive(Default)]
struct InsertMessages<'a> {
    users: Vec<i64>,
    chats: Vec<i64>,
    contents: Vec<&'a str>,
    created: Vec<NaiveDateTime>,
    seqs: Vec<i64>,
    client_ids: Vec<String>,
    replies_to: Vec<Option<i64>>,
    corrects: Vec<Option<i64>>,
    urgent: Vec<bool>,
    automatic: Vec<bool>,
}

impl<'a> InsertMessages<'a> {
    fn from_plan(plan: &Plan<'a>) -> Self {
        let mut rows = Self::default();
        for message in plan.inserts.iter().map(|insert| insert.message) {
            rows.users.push(message.sender.0);
            rows.chats.push(message.chat_id.0);
            rows.contents.push(message.content);
            rows.created.push(time::to_db(message.created_at));
            rows.seqs.push(message.seq.0);
            rows.client_ids.push(message.client_id.to_string());
            rows.replies_to.push(message.reply_to.map(|seq| seq.0));
            rows.corrects.push(message.corrects.map(|seq| seq.0));
            rows.urgent.push(message.is_urgent);
            rows.automatic.push(message.is_automatic);
        }
        rows
    }
}

impl QueryId for InsertMessages<'_> {
    type QueryId = InsertMessages<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for InsertMessages<'_> {
    type SqlType = (BigInt, BigInt, BigInt);
}

impl QueryFragment<Pg> for InsertMessages<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO chat_message \
             (user_id, chat_id, content, created_at, seq, client_id, reply_to_seq, corrects_seq, is_urgent, \
              is_automatic) SELECT * FROM unnest(",
        );
        out.push_bind_param::<Array<BigInt>, _>(&self.users)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.chats)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.contents)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamp>, _>(&self.created)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.seqs)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.client_ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<BigInt>>, _>(&self.replies_to)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<BigInt>>, _>(&self.corrects)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Bool>, _>(&self.urgent)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Bool>, _>(&self.automatic)?;
        out.push_sql(") RETURNING id, chat_id, seq");
        Ok(())
    }
}

/// Writes the chats' newest `seq`s, and the columns that follow from their messages, back to their
/// rows.
#[derive(Default, QueryId)]
struct MoveChats {
    chats: Vec<i64>,
    last_seqs: Vec<i64>,
    updated: Vec<NaiveDateTime>,
    waiting_since: Vec<Option<NaiveDateTime>>,
    urgent: Vec<bool>,
    notice_at: Vec<Option<NaiveDateTime>>,
}

impl MoveChats {
    fn from_plan(plan: &Plan<'_>) -> Self {
        let mut rows = Self::default();
        for chat in plan.moves.values() {
            rows.chats.push(chat.chat_id.0);
            rows.last_seqs.push(chat.last_seq.0);
            rows.updated.push(time::to_db(chat.updated_at));
            rows.waiting_since.push(chat.waiting_since.map(time::to_db));
            rows.urgent.push(chat.is_urgent);
            rows.notice_at.push(chat.notice_at.map(time::to_db));
        }
        rows
    }
}

impl QueryFragment<Pg> for MoveChats {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "UPDATE doctor_patient_chat AS chat SET last_seq = new.last_seq, updated_at = new.updated_at, \
             waiting_since = new.waiting_since, is_urgent = new.is_urgent, notice_at = new.notice_at FROM unnest(",
        );
        out.push_bind_param::<Array<BigInt>, _>(&self.chats)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.last_seqs)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamp>, _>(&self.updated)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Timestamp>>, _>(&self.waiting_since)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Bool>, _>(&self.urgent)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Timestamp>>, _>(&self.notice_at)?;
        out.push_sql(
            ") AS new (chat_id, last_seq, updated_at, waiting_since, is_urgent, notice_at) \
             WHERE chat.chat_id = new.chat_id",
        );
        Ok(())
    }
}

/// Selects messages by sender, chat and client id.
#[derive(Default, QueryId)]
struct StoredMessages {
    users: Vec<i64>,
    chats: Vec<i64>,
    client_ids: Vec<String>,
}

impl Query for StoredMessages {
    type SqlType = (
        BigInt,
        BigInt,
        Nullable<BigInt>,
        Text,
        Bool,
        Timestamp,
        BigInt,
        Text,
        Nullable<BigInt>,
        Nullable<BigInt>,
        Nullable<Timestamp>,
        Nullable<Bool>,
        Nullable<BigInt>,
        Bool,
        Bool,
    );
}

impl QueryFragment<Pg> for StoredMessages {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "SELECT m.id, m.user_id, m.chat_id, m.content, m.is_ai, m.created_at, m.seq, m.client_id, \
             m.reply_to_seq, m.corrects_seq, m.retracted_at, m.retracted_read, m.change_seq, \
             m.is_urgent, m.is_automatic FROM unnest(",
        );
        out.push_bind_param::<Array<BigInt>, _>(&self.users)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.chats)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.client_ids)?;
        out.push_sql(
            ") AS sent (user_id, chat_id, client_id) JOIN chat_message AS m \
             ON m.user_id = sent.user_id AND m.chat_id = sent.chat_id AND m.client_id = sent.client_id",
        );
        Ok(())
    }
}
