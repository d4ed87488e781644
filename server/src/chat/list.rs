//! The viewer's chats, newest activity first.

use super::{service::ChatService, summaries};
use crate::{
    auth::Viewer,
    db::{chat::Position, summary::Which},
    domain::paging::{check_limit, split_page},
};
use app::protocol::{CHATS_MAX_LIMIT, Chat, ChatId, ChatPage, ChatQuery, FieldCode, Problem, Timestamp};

/// The number of chats in a page if the request has no limit.
const DEFAULT_LIMIT: i64 = 50;
impl ChatService {
    /// A page of the viewer's chats.
    pub async fn list_chats(&self, viewer: &Viewer, query: ChatQuery) -> Result<ChatPage, Problem> {
        let limit = check_limit(query.limit, DEFAULT_LIMIT, CHATS_MAX_LIMIT)?;
        let after = match query.after.as_deref() {
            None | Some("") => None,
            Some(after) => Some(parse_position(after).ok_or_else(|| Problem::field("after", FieldCode::Malformed))?),
        };
        let which = after.map_or(Which::Newest(limit + 1), |position| Which::After(position, limit + 1));
        let mut conn = self.db.read().await?;
        let mut chats = summaries::list(&mut conn, self.rules, viewer.user.id, which).await?;
        let next = split_page(&mut chats, limit).map(|last| format!("{}-{}", last.updated_at.0, last.chat_id));
        Ok(ChatPage { chats, next })
    }

    /// One of the viewer's chats. Fails with `ChatNotFound` if the viewer is not a member.
    pub async fn chat(&self, viewer: &Viewer, chat: ChatId) -> Result<Chat, Problem> {
        let mut conn = self.db.read().await?;
        let chat = summaries::list(&mut conn, self.rules, viewer.user.id, Which::One(chat)).await?.pop();
        chat.ok_or_else(|| app::protocol::ProblemCode::ChatNotFound.into())
    }
}

/// Parses a page position as `next` writes it: `{updated_at in ms}-{chat_id}`.
fn parse_position(text: &str) -> Option<Position> {
    let (updated_at, chat_id) = text.split_once('-')?;
    Some(Position { updated_at: Timestamp(updated_at.parse().ok()?), chat_id: chat_id.parse().ok()? })
}
