//! Table `chat_message`: what was said, numbered per chat.

use super::{DbConn, DbError, DbResult, conn::on_db, schema::chat_message as message, time};
use app::protocol::{ChatId, ClientId, Message, MessageId, Seq, Timestamp, UserId};
use chrono::NaiveDateTime;
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
    created_at: NaiveDateTime,
    seq: i64,
    client_id: String,
}

impl TryFrom<Row> for Message {
    type Error = DbError;

    fn try_from(row: Row) -> DbResult<Self> {
        Ok(Self {
            chat_id: ChatId(row.chat_id.ok_or(DbError::Unknown("chat of a message"))?),
            seq: Seq(row.seq),
            id: MessageId(row.id),
            sender_id: UserId(row.user_id),
            client_id: row.client_id.parse().map_err(|_| DbError::Unknown("client id"))?,
            content: row.content,
            is_ai: row.is_ai,
            created_at: time::from_db(row.created_at),
        })
    }
}

/// Has PostgreSQL tell every node of these messages, as it does of those that other programs store.
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
    let mut rows = on_db!(conn, db => {
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
    rows.into_iter().map(Message::try_from).collect()
}
