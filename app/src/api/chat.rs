//! Chats: the list, and starting one.

use super::ChatQuery;
use crate::protocol::{Chat, ChatId, ChatPage, Problem, UserId};
use leptos::prelude::*;

/// A page of one's chats, newest activity first.
#[server(prefix = "/fn", endpoint = "chat/list", input = server_fn::codec::Json)]
pub async fn list_chats(query: ChatQuery) -> Result<ChatPage, Problem> {
    super::backend()?.list_chats(query).await.map_err(super::response::respond)
}

/// One of one's chats.
#[server(prefix = "/fn", endpoint = "chat/show", input = server_fn::codec::Json)]
pub async fn show_chat(chat: ChatId) -> Result<Chat, Problem> {
    super::backend()?.chat(chat).await.map_err(super::response::respond)
}

/// Opens the chat with this doctor, starting it if need be, and goes there.
#[server(prefix = "/fn", endpoint = "chat/initiate")]
pub async fn initiate(doctor: UserId) -> Result<ChatId, Problem> {
    let chat = super::backend()?.initiate(doctor).await.map_err(super::response::respond)?;
    super::response::redirect(&format!("/patient/chat/{chat}"));
    Ok(chat)
}
