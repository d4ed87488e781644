//! Table `chat_message`: the messages, numbered by `seq` in each chat.

use super::{
    DbConn, DbResult,
    conn::on_db,
    schema::{chat_message as message, retracted_message},
    time::{self, Moment},
};
use crate::failpoints;
use app::protocol::{ChangeSeq, ChatId, ClientId, Message, MessageId, Retracted, Seq, Timestamp, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// A message to store.
#[derive(Debug, Clone, Copy)]
pub struct NewMessage<'a> {
    /// The chat of the message.
    pub chat_id: ChatId,
    /// Its position: the chat's `last_seq` + 1, read in the same transaction.
    pub seq: Seq,
    /// The sender; for an automatic reply, the doctor.
    pub sender: UserId,
    /// The sender's own id for the message.
    pub client_id: ClientId,
    /// The text.
    pub content: &'a str,
    /// When it is stored.
    pub created_at: Timestamp,
    /// The message that it replies to.
    pub reply_to: Option<Seq>,
    /// The message that it corrects.
    pub corrects: Option<Seq>,
    /// Whether the sender was advised to call for help instead and sent the message all the same.
    pub is_urgent: bool,
    /// Whether it is an automatic reply, sent in the sender's name.
    pub is_automatic: bool,
}

impl NewMessage<'_> {
    /// The stored message, with the id of its row.
    pub(super) fn stored_as(self, id: i64) -> Message {
        Message {
            chat_id: self.chat_id,
            seq: self.seq,
            id: MessageId(id),
            sender_id: self.sender,
            client_id: self.client_id,
            content: self.content.to_owned(),
            is_ai: false,
            created_at: self.created_at,
            reply_to: self.reply_to,
            corrects: self.corrects,
            retracted: None,
            change: ChangeSeq(0),
            is_urgent: self.is_urgent,
            is_automatic: self.is_automatic,
        }
    }
}

/// Which part of a chat's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// The newest messages.
    Newest,
    /// The newest messages before this position.
    Before(Seq),
    /// The oldest messages after this position.
    After(Seq),
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = message)]
pub(super) struct Row {
    id: i64,
    user_id: i64,
    chat_id: Option<i64>,
    content: String,
    is_ai: bool,
    created_at: Moment,
    seq: i64,
    client_id: String,
    reply_to_seq: Option<i64>,
    corrects_seq: Option<i64>,
    retracted_at: Option<Moment>,
    retracted_read: Option<bool>,
    change_seq: Option<i64>,
    is_urgent: bool,
    is_automatic: bool,
}

impl From<Row> for Message {
    /// Converts any row: if one row could not be converted, its whole list could not be read.
    fn from(row: Row) -> Self {
        Self {
            // The queries select only messages that have a chat.
            chat_id: ChatId(row.chat_id.unwrap_or_default()),
            seq: Seq(row.seq),
            id: MessageId(row.id),
            sender_id: UserId(row.user_id),
            client_id: row.client_id.parse().unwrap_or_else(|_| substitute_client_id(row.id)),
            content: row.content,
            is_ai: row.is_ai,
            created_at: row.created_at.into(),
            reply_to: row.reply_to_seq.map(Seq),
            corrects: row.corrects_seq.map(Seq),
            retracted: row
                .retracted_at
                .zip(row.retracted_read)
                .map(|(at, was_read)| Retracted { at: at.into(), was_read }),
            change: ChangeSeq(row.change_seq.unwrap_or_default()),
            is_urgent: row.is_urgent,
            is_automatic: row.is_automatic,
        }
    }
}

/// A client id for a row whose own client id is not a UUID. It is always equal for one row, and
/// different for every row.
const fn substitute_client_id(id: i64) -> ClientId {
    ClientId::from_u64_pair(0x6265_6473_6964_8000, 0x8000_0000_0000_0000 | id.unsigned_abs())
}

/// Makes PostgreSQL notify every node of these messages, as it does for messages that other
/// programs store. Position 0 means that only the chat's status has changed. Does nothing on
/// SQLite.
pub async fn announce(conn: &mut DbConn, messages: Vec<(ChatId, Seq)>) -> DbResult<()> {
    let DbConn::Postgres(db) = conn else { return Ok(()) };
    let positions: Vec<String> = messages.iter().map(|(chat, seq)| format!("{chat} {seq}")).collect();
    diesel::sql_query("SELECT pg_notify('bedside_message', payload) FROM unnest($1) AS new (payload)")
        .bind::<diesel::sql_types::Array<diesel::sql_types::Text>, _>(positions)
        .execute(&mut **db)
        .await?;
    Ok(())
}

/// Up to `limit` messages of a chat's history, by rising `seq`.
pub async fn page(conn: &mut DbConn, chat: ChatId, range: Range, limit: i64) -> DbResult<Vec<Message>> {
    let mut rows: Vec<Row> = on_db!(conn, db => {
        let all = message::table
            .filter(message::chat_id.eq(chat.0))
            .select(Row::as_select())
            .limit(limit)
            .into_boxed();
        match range {
            Range::Newest => all.order(message::seq.desc()),
            Range::Before(seq) => all.filter(message::seq.lt(seq.0)).order(message::seq.desc()),
            Range::After(seq) => all.filter(message::seq.gt(seq.0)).order(message::seq.asc()),
        }
        .load(db)
        .await
    })?;
    if !matches!(range, Range::After(_)) {
        rows.reverse();
    }
    Ok(rows.into_iter().map(Message::from).collect())
}

/// The text in the row of a retracted message, for programs that do not know about retractions.
const IN_PLACE_OF_TEXT: &str = "[retracted]";

/// The messages at these positions of a chat, by rising `seq`. Positions without a message are left
/// out.
pub async fn at(conn: &mut DbConn, chat: ChatId, positions: &[Seq]) -> DbResult<Vec<Message>> {
    let positions: Vec<i64> = positions.iter().map(|seq| seq.0).collect();
    let rows: Vec<Row> = on_db!(conn, db => {
        message::table
            .filter(message::chat_id.eq(chat.0))
            .filter(message::seq.eq_any(positions))
            .order(message::seq)
            .select(Row::as_select())
            .load(db)
            .await
    })?;
    Ok(rows.into_iter().map(Message::from).collect())
}

/// When the message at this position was stored; `None` if there is no message.
pub async fn stored_at(conn: &mut DbConn, chat: ChatId, seq: Seq) -> DbResult<Option<Timestamp>> {
    let at = on_db!(conn, db => {
        message::table
            .filter(message::chat_id.eq(chat.0))
            .filter(message::seq.eq(seq.0))
            .select(message::created_at)
            .first::<Moment>(db)
            .await
            .optional()
    })?;
    Ok(at.map(Timestamp::from))
}

/// Up to `limit` messages of a chat that changed after this change, by rising change number.
pub async fn changed_after(conn: &mut DbConn, chat: ChatId, after: ChangeSeq, limit: i64) -> DbResult<Vec<Message>> {
    let rows: Vec<Row> = on_db!(conn, db => {
        message::table
            .filter(message::chat_id.eq(chat.0))
            .filter(message::change_seq.gt(after.0))
            .order(message::change_seq)
            .select(Row::as_select())
            .limit(limit)
            .load(db)
            .await
    })?;
    Ok(rows.into_iter().map(Message::from).collect())
}

/// Retracts a message: moves its text to the table `retracted_message`, which no user sees. Returns
/// the retracted message.
pub async fn retract(
    conn: &mut DbConn,
    message: Message,
    retracted: Retracted,
    change: ChangeSeq,
) -> DbResult<Message> {
    if failpoints::is_broken("break::retract") {
        return Ok(Message { retracted: Some(retracted), change, ..message });
    }
    let id = message.id.0;
    on_db!(conn, db => {
        diesel::insert_into(retracted_message::table)
            .values((retracted_message::message_id.eq(id), retracted_message::content.eq(&message.content)))
            .execute(db)
            .await?;
        diesel::update(message::table.find(id))
            .set((
                message::content.eq(IN_PLACE_OF_TEXT),
                message::retracted_at.eq(time::to_db(retracted.at)),
                message::retracted_read.eq(retracted.was_read),
                message::change_seq.eq(change.0),
            ))
            .execute(db)
            .await
    })?;
    Ok(Message { content: IN_PLACE_OF_TEXT.to_owned(), retracted: Some(retracted), change, ..message })
}
