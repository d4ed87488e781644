//! Keeps the index of words up to date, little by little.

use crate::{
    chat::{ChatService, search::index::CHATS_AT_ONCE},
    db::{self, DbResult},
};
use app::protocol::ChatId;
use std::time::{Duration, Instant};

/// How often it is looked whether anything is missing in the index.
const EVERY: Duration = Duration::from_secs(15);
/// In the background, this many times as long is waited as was worked.
const REST: u32 = 4;

/// Fills the index until the program stops.
pub(super) async fn run(chats: ChatService) {
    // The chats are gone through by id, so that one which can't be worked through keeps no other.
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

/// Works through some of the chats that are missing something, after this one; the last of them, if there were any.
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
        // Either none of them can be, or nothing can be at the moment.
        tokio::time::sleep(EVERY).await;
    }
    Ok(lagging.last().copied())
}
