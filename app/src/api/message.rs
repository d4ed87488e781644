//! Messages: history, and the ways to send and to mark read that work without script.

use super::HistoryQuery;
use crate::protocol::{ChangePage, ChangeSeq, ChatId, ClientId, Message, MessagePage, Problem, Seq};
use leptos::prelude::*;

/// A stretch of a chat's history.
#[server(prefix = "/fn", endpoint = "message/history", input = server_fn::codec::Json)]
pub async fn history(chat: ChatId, query: HistoryQuery) -> Result<MessagePage, Problem> {
    super::backend()?.history(chat, query).await.map_err(super::response::respond)
}

/// What has changed of a chat's messages after a change.
#[server(prefix = "/fn", endpoint = "message/changes", input = server_fn::codec::Json)]
pub async fn changes(chat: ChatId, after: ChangeSeq) -> Result<ChangePage, Problem> {
    let query = super::ChangeQuery { after: Some(after), limit: None };
    super::backend()?.changes(chat, query).await.map_err(super::response::respond)
}

/// Stores a message from a plain form and comes back to the room. `reply_to` and `corrects` name messages of the same
/// chat; empty is none.
#[server(prefix = "/fn", endpoint = "message/send")]
pub async fn send_message(
    chat: ChatId,
    client_id: ClientId,
    content: String,
    #[server(default)] reply_to: Option<Seq>,
    #[server(default)] corrects: Option<Seq>,
) -> Result<(), Problem> {
    // Forms send line ends as CR LF (HTML, "constructing the form data set"); people typed LF.
    let content = content.replace("\r\n", "\n");
    let text = super::Text { client_id, content, reply_to, corrects };
    super::backend()?.send(chat, text).await.map_err(super::response::respond)?;
    Ok(())
}

/// Takes an own message back. From a plain form, too, which comes back to the room.
#[server(prefix = "/fn", endpoint = "message/retract")]
pub async fn retract(chat: ChatId, seq: Seq) -> Result<Message, Problem> {
    super::backend()?.retract(chat, seq).await.map_err(super::response::respond)
}

/// Marks a chat read from a plain form and comes back to the room.
#[server(prefix = "/fn", endpoint = "message/read")]
pub async fn mark_read(chat: ChatId, seq: Seq) -> Result<(), Problem> {
    super::backend()?.mark_read(chat, seq).await.map_err(super::response::respond)
}
