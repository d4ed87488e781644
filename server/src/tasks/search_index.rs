//! Keeps the search index up to date, a few chats at a time.

use crate::{
    chat::{ChatService, search::index::CHATS_AT_ONCE},
    db::{self, DbResult},
};
use app::protocol::ChatId;
use std::time::{Duration, Instant};

/// How often the task checks whether messages are missing in the index.
const EVERY: Duration = Duration::from_secs(15);
/// The task pauses for this many times as long as it worked.
const REST: u32 = 4;

/// Fills the index until the program stops.
pub(super) async fn run(chats: ChatService) {
    // In the order of their ids, so that a chat that can't be indexed does not keep others from
    // being indexed.
    let mut after = ChatId(0);
    loop {
        let pause = match fill(&chats, after).await {
            Ok(Some(last)) => {
                after = last;
                Duration::ZERO
            }
            Ok(None) if after > ChatId(0) => {
                after = ChatId(0);
                Duration::ZERO
            }
            Ok(None) => EVERY,
            Err(error) => {
                tracing::warn!(%error, "messages could not be made searchable");
                EVERY
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Indexes some of the chats after `after` that lack entries. Returns the last of them, if there
/// were any.
async fn fill(chats: &ChatService, after: ChatId) -> DbResult<Option<ChatId>> {
    let mut conn = chats.db.read().await?;
    let lagging = db::search::lagging(&mut conn, None, after, CHATS_AT_ONCE).await?;
    drop(conn);
    let mut is_any_done = false;
    for chat in &lagging {
        let begun = Instant::now();
        match chats.index_chat(*chat).await {
            Ok(()) => is_any_done = true,
            Err(problem) => {
                tracing::warn!(code = problem.code.as_str(), chat = chat.0, "a chat could not be made searchable");
            }
        }
        tokio::time::sleep(begun.elapsed() * REST).await;
    }
    if !lagging.is_empty() && !is_any_done {
        // Either none of these chats can be indexed, or indexing fails in general at the moment.
        tokio::time::sleep(EVERY).await;
    }
    Ok(lagging.last().copied())
}
