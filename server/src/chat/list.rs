//! One's chats, newest activity first.

use super::{check_limit, directory::split_page, require_member};
use crate::{
    auth::Viewer,
    db::{self, chat::Place},
    state::AppState,
};
use app::{
    api::ChatQuery,
    protocol::{CHATS_MAX_LIMIT, Chat, ChatId, ChatPage, FieldCode, Problem, ServerFrame, Timestamp, UserId},
};

/// Chats in a page when no limit is given.
const DEFAULT_LIMIT: i64 = 50;

/// A page of the viewer's chats.
pub async fn list_chats(state: &AppState, viewer: &Viewer, query: ChatQuery) -> Result<ChatPage, Problem> {
    let limit = check_limit(query.limit, DEFAULT_LIMIT, CHATS_MAX_LIMIT)?;
    let after = match query.after.as_deref() {
        None | Some("") => None,
        Some(after) => Some(parse_place(after).ok_or_else(|| Problem::field("after", FieldCode::Malformed))?),
    };
    let mut conn = state.db.read().await?;
    let mut rows = db::chat::list(&mut conn, viewer.user.id, after, limit + 1).await?;
    let next = split_page(&mut rows, limit).map(|last| format!("{}-{}", last.updated_at.0, last.chat_id));
    let chats = db::chat::summaries(&mut conn, viewer.user.id, &rows).await?;
    Ok(ChatPage { chats, next })
}

/// One of the viewer's chats.
pub async fn chat(state: &AppState, viewer: &Viewer, chat: ChatId) -> Result<Chat, Problem> {
    let mut conn = state.db.read().await?;
    let row = require_member(&mut conn, chat, viewer.user.id).await?;
    let chat = db::chat::summaries(&mut conn, viewer.user.id, &[row]).await?.pop();
    chat.ok_or_else(|| app::protocol::ProblemCode::ChatNotFound.into())
}

/// Tells every socket of these members how the chat stands for them now. Beside the caller's answer: what
/// was committed is done, whether or not this succeeds, and the next `ready` says the same.
pub(super) fn tell_members_soon(state: &AppState, chat: ChatId, members: Vec<UserId>) {
    let task_state = state.clone();
    state.writes.spawn(async move {
        if let Err(problem) = tell_members(&task_state, chat, &members).await {
            tracing::warn!(code = problem.code.as_str(), "a changed chat could not be told");
        }
    });
}

async fn tell_members(state: &AppState, chat: ChatId, members: &[UserId]) -> Result<(), Problem> {
    for &member in members {
        if !state.live.is_connected(member) {
            continue;
        }
        let mut conn = state.db.read().await?;
        let Some(row) = db::chat::of_member(&mut conn, chat, member).await? else { continue };
        if let Some(chat) = db::chat::summaries(&mut conn, member, &[row]).await?.pop() {
            state.live.deliver(&[member], &ServerFrame::Chat { chat });
        }
    }
    Ok(())
}

/// Reads a place as `next` writes it: `{updated_at in ms}-{chat_id}`.
fn parse_place(text: &str) -> Option<Place> {
    let (updated_at, chat_id) = text.split_once('-')?;
    Some(Place { updated_at: Timestamp(updated_at.parse().ok()?), chat_id: chat_id.parse().ok()? })
}
