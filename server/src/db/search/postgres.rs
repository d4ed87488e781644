//! Searches the GIN index of PostgreSQL.
//!
//! GIN collects all messages that match, in no order, and each match has to be looked up: that is
//! too slow if there are many. For a prefix, GIN collects the matches of the whole clinic. So if
//! the viewer has few messages, all of them are searched. Otherwise the newest messages are
//! searched first, because they contain every frequent word: the newest of each chat or, if the
//! viewer has many chats and so a large part of the clinic's messages, the newest of the clinic.

use super::Wanted;
use crate::db::DbResult;
use diesel::{
    QueryableByName,
    sql_types::{BigInt, Nullable, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use std::ops::Range;

/// The limits that decide how to search.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// A viewer with at most this many messages has few.
    few: i64,
    /// How many ids of the clinic's newest messages are searched.
    newest: i64,
    /// For a viewer with at most this many chats, the newest messages of each chat are searched.
    chats: i64,
    /// How many messages of each chat are searched.
    of_each: i64,
}

/// As many messages as can be searched in two or three milliseconds.
pub(super) const BOUNDS: Bounds = Bounds { few: 2_000, newest: 4_000, chats: 4, of_each: 500 };

/// Other programs store messages too (docs/contract.md), and may take an id before they wait for a
/// `seq` in the chat. So ids rise with `seq`, except for some messages that were stored at the same
/// time. Therefore the oldest of a chat's newest messages, this many, only show from which id on
/// all others are included.
const STRAY: i64 = 32;

/// Searches by the marks only, then by the words of the matches.
const AMONG_FEW: &str = "WITH own AS MATERIALIZED \
    (SELECT message_id, words FROM message_search WHERE words @@ CAST($2 AS tsquery)) \
    SELECT message_id AS id FROM own WHERE words @@ CAST($1 AS tsquery) AND message_id < $3 AND message_id >= $4 \
    ORDER BY message_id DESC LIMIT $5";
/// Searches the newest messages first. `OFFSET 0` keeps PostgreSQL from using the index on words.
const AMONG_NEWEST: &str = "SELECT message_id AS id FROM \
    (SELECT message_id, words FROM message_search WHERE message_id < $3 AND message_id >= $4 \
     ORDER BY message_id DESC OFFSET 0) AS newest \
    WHERE words @@ CAST($1 AS tsquery) AND words @@ CAST($2 AS tsquery) ORDER BY message_id DESC LIMIT $5";
/// Searches the newest messages of each chat. Each row has a match and the floor, the id from which
/// on all messages were searched. There is at least one row, which may have no match. If the oldest
/// of a chat's newest messages are missing, the floor is unknown, and no message counts as
/// searched.
const AMONG_OWN: &str = "WITH own AS MATERIALIZED \
    (SELECT chat_id, coalesce((SELECT last.seq + $7 FROM chat_message AS last \
      WHERE last.id = $3 AND last.chat_id = chat.chat_id), last_seq) AS top FROM doctor_patient_chat AS chat \
     WHERE (doctor_id = $4 OR patient_id = $4) AND chat_id = coalesce($5, chat_id)), \
    newest AS MATERIALIZED \
    (SELECT message.id, own.chat_id, own.top - message.seq AS age FROM own CROSS JOIN LATERAL \
     (SELECT id, seq FROM chat_message \
      WHERE chat_id = own.chat_id AND seq > own.top - $6 AND seq <= own.top AND id < $3 OFFSET 0) AS message), \
    floor AS \
    (SELECT coalesce(max(CASE WHEN top <= $6 THEN 0 ELSE coalesce((SELECT max(newest.id) + 1 FROM newest \
      WHERE newest.chat_id = own.chat_id AND age >= $6 - $7), $3) END), 0) AS id FROM own) \
    SELECT floor.id AS floor, hit.id AS id FROM floor LEFT JOIN LATERAL \
    (SELECT newest.id FROM newest CROSS JOIN LATERAL \
     (SELECT words FROM message_search WHERE message_id = newest.id OFFSET 0) AS indexed \
     WHERE newest.id >= floor.id AND words @@ CAST($1 AS tsquery) AND words @@ CAST($2 AS tsquery) \
     ORDER BY newest.id DESC LIMIT $8) AS hit ON TRUE ORDER BY hit.id DESC";
/// Searches with the index on words only. Reading the newest messages first would search all
/// messages for a rare word.
const AMONG_ALL: &str = "WITH hit AS MATERIALIZED \
    (SELECT message_id FROM message_search WHERE words @@ (CAST($1 AS tsquery) && CAST($2 AS tsquery))) \
    SELECT message_id AS id FROM hit WHERE message_id < $3 AND message_id >= $4 ORDER BY message_id DESC LIMIT $5";

/// The ids of up to `limit` messages that match, the newest first.
pub(super) async fn find(
    db: &mut AsyncPgConnection,
    wanted: &Wanted<'_>,
    limit: i64,
    bounds: Bounds,
) -> DbResult<Vec<i64>> {
    let Reach { own, chats, newest } = reach(db, wanted).await?;
    let before = wanted.before();
    if own <= bounds.few {
        return among(db, AMONG_FEW, wanted, 0..before, limit).await;
    }
    let (from, mut found) = if chats <= bounds.chats {
        among_own(db, wanted, bounds.of_each, limit).await?
    } else {
        let from = before.min(newest).saturating_sub(bounds.newest);
        (from, among(db, AMONG_NEWEST, wanted, from..before, limit).await?)
    };
    let lacking = limit - i64::try_from(found.len()).unwrap_or(i64::MAX);
    if lacking > 0 {
        found.extend(among(db, AMONG_ALL, wanted, 0..from, lacking).await?);
    }
    Ok(found)
}

#[derive(QueryableByName)]
struct Reach {
    /// The number of messages in the chats that are searched.
    #[diesel(sql_type = BigInt)]
    own: i64,
    /// The number of those chats.
    #[diesel(sql_type = BigInt)]
    chats: i64,
    /// The id of the clinic's newest indexed message.
    #[diesel(sql_type = BigInt)]
    newest: i64,
}

async fn reach(db: &mut AsyncPgConnection, wanted: &Wanted<'_>) -> DbResult<Reach> {
    let reach = diesel::sql_query(
        "SELECT CAST(coalesce(sum(last_seq), 0) AS bigint) AS own, count(*) AS chats, \
         coalesce((SELECT max(message_id) FROM message_search), 0) AS newest \
         FROM doctor_patient_chat \
         WHERE (doctor_id = $1 OR patient_id = $1) AND chat_id = coalesce($2, chat_id)",
    )
    .bind::<BigInt, _>(wanted.viewer.0)
    .bind::<Nullable<BigInt>, _>(wanted.chat.map(|chat| chat.0))
    .get_result(db)
    .await?;
    Ok(reach)
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

#[derive(QueryableByName)]
struct FoundAbove {
    #[diesel(sql_type = BigInt)]
    floor: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    id: Option<i64>,
}

/// Searches the newest `of_each` messages of each chat. Returns the id from which on there are no
/// other matches, and the matches.
async fn among_own(
    db: &mut AsyncPgConnection,
    wanted: &Wanted<'_>,
    of_each: i64,
    limit: i64,
) -> DbResult<(i64, Vec<i64>)> {
    let rows: Vec<FoundAbove> = diesel::sql_query(AMONG_OWN)
        .bind::<Text, _>(words_query(wanted))
        .bind::<Text, _>(marks_query(wanted))
        .bind::<BigInt, _>(wanted.before())
        .bind::<BigInt, _>(wanted.viewer.0)
        .bind::<Nullable<BigInt>, _>(wanted.chat.map(|chat| chat.0))
        .bind::<BigInt, _>(of_each)
        .bind::<BigInt, _>(STRAY)
        .bind::<BigInt, _>(limit)
        .load(db)
        .await?;
    let floor = rows.iter().map(|row| row.floor).max().unwrap_or_default();
    Ok((floor, rows.into_iter().filter_map(|row| row.id).collect()))
}

fn words_query(wanted: &Wanted<'_>) -> String {
    let words = wanted.words.iter().map(|word| format!("'{}'{}", word.text, if word.is_prefix { ":*" } else { "" }));
    words.collect::<Vec<_>>().join(" & ")
}

fn marks_query(wanted: &Wanted<'_>) -> String {
    wanted.marks().map(|mark| format!("'{mark}'")).collect::<Vec<_>>().join(" & ")
}

/// The ids of up to `limit` messages in a range that match, the newest first.
async fn among(
    db: &mut AsyncPgConnection,
    sql: &str,
    wanted: &Wanted<'_>,
    range: Range<i64>,
    limit: i64,
) -> DbResult<Vec<i64>> {
    let found: Vec<Found> = diesel::sql_query(sql)
        .bind::<Text, _>(words_query(wanted))
        .bind::<Text, _>(marks_query(wanted))
        .bind::<BigInt, _>(range.end)
        .bind::<BigInt, _>(range.start)
        .bind::<BigInt, _>(limit)
        .load(db)
        .await?;
    Ok(found.into_iter().map(|found| found.id).collect())
}
