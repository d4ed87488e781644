//! Full-text search for messages, in one chat or in all chats of the viewer, newest first.
//!
//! The words of the messages are in a separate index (`db::search`), which is written a little
//! later than the messages (`index`). Before a search the viewer's part of the index is brought up
//! to date, so that the newest messages are found too. The index says in whose chats a message is,
//! but the tables decide who is a member and which messages are retracted.

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

/// The most searches that run at the same time.
static READING: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(3);
/// The number of hits in a page if the request has no limit.
const DEFAULT_LIMIT: i64 = 20;

impl ChatService {
    /// Finds messages in the viewer's chats that have, for every word of the query, that word or,
    /// for words of three or more characters, one that begins with it.
    pub async fn search(&self, viewer: &Viewer, query: SearchQuery) -> Result<SearchPage, Problem> {
        self.limits.search(viewer)?;
        let limit = check_limit(query.limit, DEFAULT_LIMIT, SEARCH_MAX_LIMIT)?;
        if query.query.chars().count() > SEARCH_MAX_CHARS {
            return Err(Problem::field("query", FieldCode::TooLong));
        }
        let words = search_words::query_words(&query.query);
        if words.is_empty() {
            return Err(Problem::field("query", FieldCode::Required));
        }
        if let Some(chat) = query.chat_id {
            require_member(&mut self.db.read().await?, chat, viewer.user.id).await?;
        }
        let is_whole = self.catch_up_index(viewer.user.id).await?;
        let wanted = Wanted { viewer: viewer.user.id, chat: query.chat_id, words: &words, before: query.before };
        // Only a few at a time: reading a large index must not block all other reads.
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
