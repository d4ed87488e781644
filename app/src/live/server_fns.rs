//! The server functions that the live state and the connection call.

#![expect(missing_docs, reason = "`#[server]` makes a public struct of each function's arguments, without docs")]

use crate::protocol::{
    ChangePage, ChangeSeq, Chat, ChatAction, ChatId, ChatPage, ChatQuery, HistoryQuery, MessagePage, Problem, Room,
    TextJson, User,
};
#[cfg(feature = "ssr")]
use crate::{backend::backend, response::respond};
use leptos::prelude::*;

/// The signed-in user. Called when a page is rendered.
#[server(prefix = "/fn", endpoint = "account/viewer", input = TextJson, output = TextJson)]
pub async fn viewer() -> Result<Option<User>, Problem> {
    backend()?.viewer().await
}

/// A page of the user's chats, newest activity first.
#[server(prefix = "/fn", endpoint = "chat/list", input = TextJson, output = TextJson)]
pub async fn list_chats(query: ChatQuery) -> Result<ChatPage, Problem> {
    respond(backend()?.list_chats(query).await)
}

/// One of the user's chats.
#[server(prefix = "/fn", endpoint = "chat/show", input = TextJson, output = TextJson)]
pub async fn show_chat(chat: ChatId) -> Result<Chat, Problem> {
    respond(backend()?.chat(chat).await)
}

/// A chat with a page of its messages. If `query` names no part, the page contains the newest
/// messages, or the first unread message if that is further back.
#[server(prefix = "/fn", endpoint = "room/open", input = TextJson, output = TextJson)]
pub async fn open_room(chat: ChatId, query: HistoryQuery) -> Result<Room, Problem> {
    let backend = backend()?;
    let is_free = query == HistoryQuery::default();
    let mut page = respond(backend.history(chat, query).await)?;
    let summary = respond(backend.chat(chat).await)?;
    let first_unread = summary.read_seq.next();
    if is_free && summary.unread > 0 && page.messages.first().is_some_and(|first| first_unread < first.seq) {
        let around = HistoryQuery { around: Some(first_unread), ..Default::default() };
        page = respond(backend.history(chat, around).await)?;
    }
    Ok(Room { chat: summary, page })
}

/// A page of a chat's history.
#[server(prefix = "/fn", endpoint = "message/history", input = TextJson, output = TextJson)]
pub async fn history(chat: ChatId, query: HistoryQuery) -> Result<MessagePage, Problem> {
    respond(backend()?.history(chat, query).await)
}

/// The messages of a chat that have changed after the change `after`.
#[server(prefix = "/fn", endpoint = "message/changes", input = TextJson, output = TextJson)]
pub async fn changes(chat: ChatId, after: ChangeSeq) -> Result<ChangePage, Problem> {
    let query = crate::protocol::ChangeQuery { after: Some(after), limit: None };
    respond(backend()?.changes(chat, query).await)
}

/// Changes a chat's status. Returns the chat in its new state.
#[server(prefix = "/fn", endpoint = "chat/act", input = TextJson, output = TextJson)]
pub async fn change_chat_status(chat: ChatId, act: ChatAction) -> Result<Chat, Problem> {
    respond(backend()?.act(chat, act).await)
}
