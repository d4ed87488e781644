//! Table `chat_message`: what was said, numbered per chat.

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
    /// The chat it goes into.
    pub chat_id: ChatId,
    /// Its place: the chat's `last_seq` + 1, read in the same transaction.
    pub seq: Seq,
    /// Who wrote it.
    pub sender: UserId,
    /// The sender's own id for it.
    pub client_id: ClientId,
    /// The text.
    pub content: &'a str,
    /// When.
    pub created_at: Timestamp,
    /// The message that it answers.
    pub reply_to: Option<Seq>,
    /// The message that it puts right.
    pub corrects: Option<Seq>,
    /// Whether its sender was told to call for help instead, and sent it all the same.
    pub is_urgent: bool,
    /// Whether the program wrote it in the sender's place.
    pub is_automatic: bool,
}

impl NewMessage<'_> {
    /// The message as it stands in the table under the id it got there.
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

/// Which stretch of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// The newest.
    Newest,
    /// The newest of those before this place.
    Before(Seq),
    /// The oldest of those after this place.
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
    /// Whatever stands in it: a row that can't be read would take all others of its list with it.
    fn from(row: Row) -> Self {
        Self {
            // Only messages of chats are asked for.
            chat_id: ChatId(row.chat_id.unwrap_or_default()),
            seq: Seq(row.seq),
            id: MessageId(row.id),
            sender_id: UserId(row.user_id),
            client_id: row.client_id.parse().unwrap_or_else(|_| stand_in(row.id)),
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

/// A client id for a message whose own is no UUID: always the same, and no other message's.
const fn stand_in(id: i64) -> ClientId {
    ClientId::from_u64_pair(0x6265_6473_6964_8000, 0x8000_0000_0000_0000 | id.unsigned_abs())
}

/// Has PostgreSQL tell every node of these messages, as it does of those that other programs store. Place 0: only that
/// the chat stands otherwise than before.
pub async fn announce(conn: &mut DbConn, messages: Vec<(ChatId, Seq)>) -> DbResult<()> {
    let DbConn::Postgres(db) = conn else { return Ok(()) };
    let places: Vec<String> = messages.iter().map(|(chat, seq)| format!("{chat} {seq}")).collect();
    diesel::sql_query("SELECT pg_notify('bedside_message', place) FROM unnest($1) AS new (place)")
        .bind::<diesel::sql_types::Array<diesel::sql_types::Text>, _>(places)
        .execute(&mut **db)
        .await?;
    Ok(())
}

/// A stretch of a chat's history, by `seq`, rising.
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

/// What stands in the row of a message that was taken back, for programs that know nothing of that.
const IN_PLACE_OF_TEXT: &str = "[retracted]";

/// The messages at these places of a chat, by place.
pub async fn at(conn: &mut DbConn, chat: ChatId, places: &[Seq]) -> DbResult<Vec<Message>> {
    let places: Vec<i64> = places.iter().map(|seq| seq.0).collect();
    let rows: Vec<Row> = on_db!(conn, db => {
        message::table
            .filter(message::chat_id.eq(chat.0))
            .filter(message::seq.eq_any(places))
            .order(message::seq)
            .select(Row::as_select())
            .load(db)
            .await
    })?;
    Ok(rows.into_iter().map(Message::from).collect())
}

/// When the message at this place was stored.
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

/// The messages of a chat that have changed after this change, by change, rising.
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

/// Takes a message back: its text goes where nobody reads it. As it is then.
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
