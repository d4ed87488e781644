//! Keeps the search index up to date: in the background, in small steps, and for one user before
//! each of their searches.

use crate::{
    chat::service::ChatService,
    db::{self, DbConn, DbError, DbResult, message::Range, search::Entry},
};
use app::protocol::{ChatId, Problem, ProblemCode, Seq, UserId};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// The most messages that one transaction adds to the index.
const AT_ONCE: i64 = 200;
/// After this many bytes of text, the transaction adds no further message. This bounds how long a
/// send waits for the transaction.
const BYTES_AT_ONCE: usize = 128 * 1024;
/// Chats per query for chats with unindexed messages.
pub const CHATS_AT_ONCE: i64 = 64;
/// The longest time that a search waits for the index.
const CATCH_UP_WITHIN: Duration = Duration::from_secs(2);
/// One index transaction at a time on this node, so that a send waits for one at most.
static TURN: Semaphore = Semaphore::const_new(1);

impl ChatService {
    /// Brings the index up to date for one user's chats. Returns `false` if that takes too long or
    /// fails for a chat. Each call indexes at least one chat's next messages, so repeated calls
    /// make progress.
    pub async fn catch_up_index(&self, user: UserId) -> Result<bool, Problem> {
        let begun = Instant::now();
        let (mut after, mut is_whole, mut is_missing_any) = (ChatId(0), true, false);
        loop {
            let mut conn = self.db.read().await?;
            let chats = db::search::lagging(&mut conn, Some(user), after, CHATS_AT_ONCE).await?;
            drop(conn);
            let Some(last) = chats.last().copied() else {
                if !is_missing_any || after == ChatId(0) {
                    return Ok(is_whole);
                }
                // A chat may have more messages than one step adds: begin with the first chat
                // again.
                (after, is_missing_any) = (ChatId(0), false);
                continue;
            };
            for chat in chats {
                match self.index_chat(chat).await {
                    Ok(()) => is_missing_any = true,
                    Err(problem) => {
                        tracing::warn!(
                            code = problem.code.as_str(),
                            chat = chat.0,
                            "a chat could not be made searchable"
                        );
                        is_whole = false;
                    }
                }
                if begun.elapsed() >= CATCH_UP_WITHIN {
                    return Ok(false);
                }
            }
            after = last;
        }
    }

    /// Adds a chat's next messages to the index. Runs in a task of its own, so that the transaction
    /// is completed even if the caller is dropped or the server stops.
    pub async fn index_chat(&self, chat: ChatId) -> Result<(), Problem> {
        let service = self.clone();
        self.writes
            .run(async move {
                let _turn = TURN.acquire().await.map_err(|_| ProblemCode::Internal)?;
                let mut conn = service.db.write().await?;
                Ok(conn.transaction::<_, DbError>(|conn| Box::pin(add_in_transaction(conn, chat))).await?)
            })
            .await
    }
}

async fn add_in_transaction(conn: &mut DbConn, chat: ChatId) -> DbResult<()> {
    let Some(row) = db::chat::by_id(conn, chat).await? else { return Ok(()) };
    // From here on no other transaction can index this chat or retract one of its messages.
    let done = db::search::lock(conn, chat).await?;
    let mut messages = db::message::page(conn, chat, Range::After(done), AT_ONCE).await?;
    let is_rest = i64::try_from(messages.len()).is_ok_and(|count| count < AT_ONCE);
    let mut bytes = 0;
    let fitting = messages.iter().take_while(|message| {
        let fits = bytes < BYTES_AT_ONCE;
        bytes += message.content.len();
        fits
    });
    let (count, all) = (fitting.count(), messages.len());
    messages.truncate(count);
    let marks = db::search::marks(&row);
    let status = messages.iter().filter(|message| message.retracted.is_none());
    let entries: Vec<Entry> = status
        .map(|message| Entry {
            id: message.id,
            words: crate::domain::search_words::message_words(&message.content)
                .into_iter()
                .chain(marks.clone())
                .collect(),
        })
        .collect();
    db::search::add(conn, &entries).await?;
    let last = messages.last().map_or(Seq(0), |last| last.seq);
    // When all messages are indexed, the position is the chat's end, even if the last ones were
    // deleted.
    let last = if is_rest && count == all { last.max(row.last_seq) } else { last };
    db::search::advance(conn, chat, last.max(done)).await
}
