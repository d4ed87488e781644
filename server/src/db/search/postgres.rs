//! Asking GIN.
//!
//! It gathers all messages that fit, in no order, and each that it found has to be looked up: too slow where there are
//! many. And it gathers those of a beginning for the whole clinic. So whoever has few messages has them all looked at,
//! and for others the newest of the clinic are looked at first: a word that is found often is found there.

use super::Wanted;
use crate::db::DbResult;
use diesel::{
    QueryableByName,
    sql_types::{BigInt, Nullable, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use std::ops::Range;

/// When what is asked how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Whoever has no more messages has few.
    few: i64,
    /// So many places of the clinic's newest messages are looked at.
    newest: i64,
}

/// As fit into two milliseconds or three.
pub(super) const BOUNDS: Bounds = Bounds { few: 2_000, newest: 4_000 };

/// By the marks only, and then by the words in each.
const AMONG_FEW: &str = "WITH own AS MATERIALIZED \
    (SELECT message_id, words FROM message_search WHERE words @@ CAST($2 AS tsquery)) \
    SELECT message_id AS id FROM own WHERE words @@ CAST($1 AS tsquery) AND message_id < $3 AND message_id >= $4 \
    ORDER BY message_id DESC LIMIT $5";
/// By the newest first. `OFFSET 0`: and not by the index on words.
const AMONG_NEWEST: &str = "SELECT message_id AS id FROM \
    (SELECT message_id, words FROM message_search WHERE message_id < $3 AND message_id >= $4 \
     ORDER BY message_id DESC OFFSET 0) AS newest \
    WHERE words @@ CAST($1 AS tsquery) AND words @@ CAST($2 AS tsquery) ORDER BY message_id DESC LIMIT $5";
/// By the index on words and no other: by the newest first, a rare word would be looked for in all there is.
const AMONG_ALL: &str = "WITH hit AS MATERIALIZED \
    (SELECT message_id FROM message_search WHERE words @@ (CAST($1 AS tsquery) && CAST($2 AS tsquery))) \
    SELECT message_id AS id FROM hit WHERE message_id < $3 AND message_id >= $4 ORDER BY message_id DESC LIMIT $5";

/// The ids of the messages that fit, the newest first.
pub(super) async fn find(
    db: &mut AsyncPgConnection,
    wanted: &Wanted<'_>,
    limit: i64,
    bounds: Bounds,
) -> DbResult<Vec<i64>> {
    let Reach { own, newest } = reach(db, wanted).await?;
    let before = wanted.before();
    if own <= bounds.few {
        return among(db, AMONG_FEW, wanted, 0..before, limit).await;
    }
    let from = before.min(newest).saturating_sub(bounds.newest);
    let mut found = among(db, AMONG_NEWEST, wanted, from..before, limit).await?;
    let lacking = limit - i64::try_from(found.len()).unwrap_or(i64::MAX);
    if lacking > 0 {
        found.extend(among(db, AMONG_ALL, wanted, 0..from, lacking).await?);
    }
    Ok(found)
}

#[derive(QueryableByName)]
struct Reach {
    /// Messages of the chats that are searched.
    #[diesel(sql_type = BigInt)]
    own: i64,
    /// The clinic's newest message that can be found.
    #[diesel(sql_type = BigInt)]
    newest: i64,
}

async fn reach(db: &mut AsyncPgConnection, wanted: &Wanted<'_>) -> DbResult<Reach> {
    let reach = diesel::sql_query(
        "SELECT CAST(coalesce(sum(last_seq), 0) AS bigint) AS own,             coalesce((SELECT max(message_id) FROM message_search), 0) AS newest          FROM doctor_patient_chat WHERE (doctor_id = $1 OR patient_id = $1) AND chat_id = coalesce($2, chat_id)",
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

/// The ids of the messages in a range that fit, the newest first.
async fn among(
    db: &mut AsyncPgConnection,
    sql: &str,
    wanted: &Wanted<'_>,
    range: Range<i64>,
    limit: i64,
) -> DbResult<Vec<i64>> {
    let marks = wanted.marks().map(|mark| format!("'{mark}'"));
    let words = wanted.words.iter().map(|word| format!("'{}'{}", word.text, if word.is_prefix { ":*" } else { "" }));
    let found: Vec<Found> = diesel::sql_query(sql)
        .bind::<Text, _>(words.collect::<Vec<_>>().join(" & "))
        .bind::<Text, _>(marks.collect::<Vec<_>>().join(" & "))
        .bind::<BigInt, _>(range.end)
        .bind::<BigInt, _>(range.start)
        .bind::<BigInt, _>(limit)
        .load(db)
        .await?;
    Ok(found.into_iter().map(|found| found.id).collect())
}
