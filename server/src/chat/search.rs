//! Finding messages by their words, in one chat or in all of one's own, the newest first.
//!
//! The words of the messages stand in an index of their own (`db::search`), which is written a little later than the
//! messages (`index`). Before it is read it is brought up to date for the one who asks, so that what was just said is
//! found. It says in whose chats a message stands; the tables themselves have the last word on that, and on what was
//! taken back.

pub mod index;

use super::service::{ChatService, require_member};
use crate::{
    auth::Viewer,
    db::{self, search::Wanted},
    domain::{
        paging::{check_limit, split_page},
        search_words,
    },
};
use app::protocol::{FieldCode, Problem, SEARCH_MAX_CHARS, SEARCH_MAX_LIMIT, SearchHit, SearchPage, SearchQuery};

/// Searches under way at a time.
static READING: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(3);
/// Hits in a page when no limit is given.
const DEFAULT_LIMIT: i64 = 20;

impl ChatService {
    /// The viewer's messages that have every word of the query, or one that begins with it.
    pub async fn search(&self, viewer: &Viewer, query: SearchQuery) -> Result<SearchPage, Problem> {
        self.limits.search(viewer)?;
        let limit = check_limit(query.limit, DEFAULT_LIMIT, SEARCH_MAX_LIMIT)?;
        if query.query.chars().count() > SEARCH_MAX_CHARS {
            return Err(Problem::field("query", FieldCode::TooLong));
        }
        let words = search_words::of_query(&query.query);
        if words.is_empty() {
            return Err(Problem::field("query", FieldCode::Required));
        }
        if let Some(chat) = query.chat_id {
            require_member(&mut self.db.read().await?, chat, viewer.user.id).await?;
        }
        let is_whole = self.catch_up_index(viewer.user.id).await?;
        let wanted = Wanted { viewer: viewer.user.id, chat: query.chat_id, words: &words, before: query.before };
        // A few at a time: reading a large index must not keep everybody else from reading at all.
        let _turn = READING.acquire().await.map_err(|_| app::protocol::ProblemCode::Internal)?;
        let mut conn = self.db.read().await?;
        let mut ids = db::search::find(&mut conn, &wanted, limit + 1).await?;
        let next = split_page(&mut ids, limit).copied();
        let found = db::search::messages(&mut conn, viewer.user.id, &ids).await?;
        let hits = found.into_iter().map(|(message, peer)| SearchHit {
            chat_id: message.chat_id,
            seq: message.seq,
            sender_id: message.sender_id,
            is_automatic: message.is_automatic,
            created_at: message.created_at,
            peer,
            snippet: search_words::snippet(&message.content, &words),
        });
        Ok(SearchPage { hits: hits.collect(), next, is_whole })
    }
}
