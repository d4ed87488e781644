//! Tables `message_search` and `chat_search`: the index of words, and how far each chat is indexed.
//!
//! Beside its words, a message has marks in the index, which no word can equal: one of its chat and
//! one of each member. A search for a user's mark and a word reads the two lists of messages in
//! parallel, so it costs no more in a large clinic than in a small one.

mod postgres;
mod sqlite;

pub use sqlite::TERMS;

use super::{
    DbConn, DbResult,
    chat::ChatRow,
    conn::on_db,
    message,
    schema::{chat_message, chat_search, doctor_patient_chat as chat, doctor_profile as profile, user},
    user::{USER_COLUMNS, to_user},
};
use crate::domain::search_words::Word;
use app::protocol::{ChatId, Message, MessageId, Peer, Role, Seq, User, UserId};
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Text},
};
use diesel_async::RunQueryDsl;

/// A message's entry in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The message.
    pub id: MessageId,
    /// Its words and marks, without duplicates.
    pub words: Vec<String>,
}

/// What to search for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The user whose chats are searched.
    pub viewer: UserId,
    /// Search only this chat.
    pub chat: Option<ChatId>,
    /// The words that a message must contain, all of them.
    pub words: &'a [Word],
    /// Find only messages before this one.
    pub before: Option<MessageId>,
}

impl Wanted<'_> {
    /// The marks that a message must have.
    fn marks(&self) -> impl Iterator<Item = String> {
        [mark_of_user(self.viewer)].into_iter().chain(self.chat.map(mark_of_chat))
    }

    /// The id that a message's id must be lower than.
    fn before(&self) -> i64 {
        self.before.map_or(i64::MAX, |before| before.0)
    }
}

fn mark_of_user(user: UserId) -> String {
    format!("#u{user}")
}

fn mark_of_chat(chat: ChatId) -> String {
    format!("#c{chat}")
}

/// The marks of a chat's messages: chat, doctor, patient.
#[must_use]
pub fn marks(row: &ChatRow) -> [String; 3] {
    [mark_of_chat(row.chat_id), mark_of_user(row.doctor), mark_of_user(row.patient)]
}

/// Up to `limit` chats after this one with messages that are not indexed yet, by id: those of one
/// user, or all.
pub async fn lagging(conn: &mut DbConn, user: Option<UserId>, after: ChatId, limit: i64) -> DbResult<Vec<ChatId>> {
    macro_rules! lagging {
        () => {
            chat::table
                .left_join(chat_search::table)
                .filter(chat::last_seq.gt(0).and(chat::chat_id.gt(after.0)))
                .order(chat::chat_id)
                .filter(
                    chat_search::seq.nullable().is_null().or(chat_search::seq.nullable().lt(chat::last_seq.nullable())),
                )
                .select(chat::chat_id)
                .limit(limit)
        };
    }
    let chats: Vec<i64> = on_db!(conn, db => match user {
        Some(user) => {
            let is_own = chat::doctor_id.eq(user.0).or(chat::patient_id.eq(user.0));
            lagging!().filter(is_own).load(db).await
        }
        None => lagging!().load(db).await,
    })?;
    Ok(chats.into_iter().map(ChatId).collect())
}

/// How far a chat is indexed. Locks that value until the end of the transaction.
pub async fn lock(conn: &mut DbConn, chat: ChatId) -> DbResult<Seq> {
    let new = (chat_search::chat_id.eq(chat.0), chat_search::seq.eq(0));
    on_db!(conn, db => {
        diesel::insert_into(chat_search::table).values(new).on_conflict_do_nothing().execute(db).await
    })?;
    let row = chat_search::table.filter(chat_search::chat_id.eq(chat.0)).select(chat_search::seq);
    let seq: i64 = match conn {
        DbConn::Sqlite(db) => row.first(db).await?,
        DbConn::Postgres(db) => row.for_update().first(&mut **db).await?,
    };
    Ok(Seq(seq))
}

/// Stores how far a chat is indexed.
pub async fn advance(conn: &mut DbConn, chat: ChatId, seq: Seq) -> DbResult<()> {
    on_db!(conn, db => {
        diesel::update(chat_search::table.find(chat.0)).set(chat_search::seq.eq(seq.0)).execute(db).await
    })?;
    Ok(())
}

/// Adds messages to the index.
pub async fn add(conn: &mut DbConn, entries: &[Entry]) -> DbResult<()> {
    match conn {
        DbConn::Sqlite(db) => {
            for entry in entries {
                diesel::sql_query("INSERT INTO message_search (rowid, words) VALUES (?, ?)")
                    .bind::<BigInt, _>(entry.id.0)
                    .bind::<Text, _>(entry.words.join(" "))
                    .execute(db)
                    .await?;
            }
        }
        DbConn::Postgres(db) => {
            let ids: Vec<i64> = entries.iter().map(|entry| entry.id.0).collect();
            let words: Vec<String> = entries.iter().map(|entry| entry.words.join(" ")).collect();
            diesel::sql_query(
                "INSERT INTO message_search (message_id, words) \
                 SELECT id, array_to_tsvector(string_to_array(words, ' ')) FROM unnest($1, $2) AS new (id, words) \
                 ON CONFLICT (message_id) DO NOTHING",
            )
            .bind::<Array<BigInt>, _>(ids)
            .bind::<Array<Text>, _>(words)
            .execute(&mut **db)
            .await?;
        }
    }
    Ok(())
}

/// The ids of up to `limit` messages that match by the index, the newest first.
pub async fn find(conn: &mut DbConn, wanted: &Wanted<'_>, limit: i64) -> DbResult<Vec<MessageId>> {
    let found = match conn {
        DbConn::Sqlite(db) => sqlite::find(db, wanted, limit, sqlite::BOUNDS).await?,
        DbConn::Postgres(db) => postgres::find(db, wanted, limit, postgres::BOUNDS).await?,
    };
    Ok(found.into_iter().map(MessageId).collect())
}

type Row = (message::Row, (i64, String, String), Option<String>);

/// Loads these messages, the newest first, each with the viewer's peer in its chat. Messages of
/// chats of others, and retracted messages, are left out.
pub async fn messages(conn: &mut DbConn, viewer: UserId, ids: &[MessageId]) -> DbResult<Vec<(Message, Peer)>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<Row> = on_db!(conn, db => {
        chat_message::table
            .inner_join(chat::table)
            .inner_join(
                user::table
                    .on(user::id.eq(chat::doctor_id).or(user::id.eq(chat::patient_id)).and(user::id.ne(viewer.0))),
            )
            .left_join(profile::table.on(profile::user_id.eq(user::id)))
            .filter(chat_message::id.eq_any(ids))
            .filter(chat_message::retracted_at.is_null())
            .filter(chat::doctor_id.eq(viewer.0).or(chat::patient_id.eq(viewer.0)))
            .order(chat_message::id.desc())
            .select((message::Row::as_select(), USER_COLUMNS, profile::specialty.nullable()))
            .load(db)
            .await
    })?;
    let to_hit = |(row, peer, specialty): Row| {
        let User { id, name, role } = to_user(peer)?;
        let specialty = specialty.filter(|_| role == Role::Doctor);
        Ok((Message::from(row), Peer { id, name, role, specialty, availability: None }))
    };
    rows.into_iter().map(to_hit).collect()
}
