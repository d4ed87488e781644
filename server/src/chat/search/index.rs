//! Keeps the index of words up to date: in the background, little by little, and for one person before they search.

use crate::{
    db::{self, DbConn, DbError, DbResult, message::Range, search::Entry},
    state::AppState,
};
use app::protocol::{ChatId, Problem, Seq, UserId};
use std::time::{Duration, Instant};

/// Messages put into the index in one transaction: the time that a send may have to wait for it.
const AT_ONCE: i64 = 200;
/// Chats looked at between two looks at what there is.
const CHATS_AT_ONCE: i64 = 64;
/// Messages that somebody who searches waits for. Beyond that they are told that there is more to come.
const CATCH_UP_MAX: i64 = 4_000;
/// How often it is looked whether anything is missing in the index.
const EVERY: Duration = Duration::from_secs(15);
/// In the background, this many times as long is waited as was worked.
const REST: u32 = 4;

/// Fills the index until the program stops.
pub async fn run(state: AppState) {
    loop {
        let pause = match fill(&state).await {
            Ok(true) => Duration::ZERO,
            Ok(false) => EVERY,
            Err(error) => {
                tracing::warn!(%error, "messages could not be made searchable");
                EVERY
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Works through some of the chats that are missing something; whether there may be more of them.
async fn fill(state: &AppState) -> DbResult<bool> {
    let mut conn = state.db.read().await?;
    let chats = db::search::lagging(&mut conn, None, CHATS_AT_ONCE).await?;
    drop(conn);
    for chat in &chats {
        let begun = Instant::now();
        add(state, *chat).await?;
        tokio::time::sleep(begun.elapsed() * REST).await;
    }
    Ok(!chats.is_empty())
}

/// Brings the index up to date for one person's chats. `false`: there was too much of it to wait for.
pub async fn catch_up(state: &AppState, user: UserId) -> Result<bool, Problem> {
    let mut added = 0;
    loop {
        let mut conn = state.db.read().await?;
        let chats = db::search::lagging(&mut conn, Some(user), CHATS_AT_ONCE).await?;
        drop(conn);
        if chats.is_empty() {
            return Ok(true);
        }
        for chat in chats {
            if added >= CATCH_UP_MAX {
                return Ok(false);
            }
            // In a task of its own: a transaction must not be left half way when the caller goes.
            let task_state = state.clone();
            added += state.write(async move { Ok(add(&task_state, chat).await?) }).await?;
        }
    }
}

/// Puts a chat's next messages into the index; how many it looked at.
async fn add(state: &AppState, chat: ChatId) -> DbResult<i64> {
    let mut conn = state.db.write().await?;
    conn.transaction::<_, DbError>(|conn| Box::pin(add_in_transaction(conn, chat))).await
}

async fn add_in_transaction(conn: &mut DbConn, chat: ChatId) -> DbResult<i64> {
    let Some(row) = db::chat::by_id(conn, chat).await? else { return Ok(0) };
    // From here on nobody else adds to this chat, or takes a message of it back.
    let done = db::search::lock(conn, chat).await?;
    let messages = db::message::page(conn, chat, Range::After(done), AT_ONCE).await?;
    let marks = db::search::marks(&row);
    let standing = messages.iter().filter(|message| message.retracted.is_none());
    let entries: Vec<Entry> = standing
        .map(|message| Entry {
            id: message.id,
            words: super::words::of_message(&message.content).into_iter().chain(marks.clone()).collect(),
        })
        .collect();
    db::search::add(conn, &entries).await?;
    let last = messages.last().map_or(Seq(0), |last| last.seq);
    db::search::advance(conn, chat, last.max(done)).await?;
    Ok(i64::try_from(messages.len()).unwrap_or(AT_ONCE).max(1))
}
