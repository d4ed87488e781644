//! Keeps the index of words up to date: in the background, little by little, and for one person before they search.

use crate::{
    chat::service::ChatService,
    db::{self, DbConn, DbError, DbResult, message::Range, search::Entry},
};
use app::protocol::{ChatId, Problem, ProblemCode, Seq, UserId};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Messages put into the index in one transaction, at most …
const AT_ONCE: i64 = 200;
/// … and bytes of text, after which no further message is begun: the time that a send may have to wait for it.
const BYTES_AT_ONCE: usize = 128 * 1024;
/// Chats looked at between two looks at what there is.
pub const CHATS_AT_ONCE: i64 = 64;
/// Somebody who searches waits for no longer than this.
const CATCH_UP_WITHIN: Duration = Duration::from_secs(2);
/// One transaction at a time on this node: a send never has to wait for more than one.
static TURN: Semaphore = Semaphore::const_new(1);

impl ChatService {
    /// Brings the index up to date for one person's chats. `false`: it would take too long to wait for, or some of it can't be.
    /// (Never less than one chat's next messages, so that asking again gets on.)
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
                // Of some there may be more than one step took.
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

    /// Puts a chat's next messages into the index. In a task of its own: a transaction must not be left half way when the
    /// caller goes, or the program stops.
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
    // From here on nobody else adds to this chat, or takes a message of it back.
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
            words: crate::domain::search_words::of_message(&message.content).into_iter().chain(marks.clone()).collect(),
        })
        .collect();
    db::search::add(conn, &entries).await?;
    let last = messages.last().map_or(Seq(0), |last| last.seq);
    // The rest of a chat ends with the chat, also where its end was deleted.
    let last = if is_rest && count == all { last.max(row.last_seq) } else { last };
    db::search::advance(conn, chat, last.max(done)).await
}
