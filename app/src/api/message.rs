//! Messages: history, and the ways to send and to mark read that work without script.

use super::HistoryQuery;
use crate::protocol::{ChatId, ClientId, MessagePage, Problem, Seq};
use leptos::prelude::*;

/// A stretch of a chat's history.
#[server(prefix = "/fn", endpoint = "message/history", input = server_fn::codec::Json)]
pub async fn history(chat: ChatId, query: HistoryQuery) -> Result<MessagePage, Problem> {
    super::backend()?.history(chat, query).await.map_err(super::room::respond)
}

/// Stores a message from a plain form and comes back to the room.
#[server(prefix = "/fn", endpoint = "message/send")]
pub async fn send_message(chat: ChatId, client_id: ClientId, content: String) -> Result<(), Problem> {
    // Forms send line ends as CR LF (HTML, "constructing the form data set"); people typed LF.
    let content = content.replace("\r\n", "\n");
    super::backend()?.send(chat, client_id, content).await.map_err(super::room::respond)?;
    Ok(())
}

/// Marks a chat read from a plain form and comes back to the room.
#[server(prefix = "/fn", endpoint = "message/read")]
pub async fn mark_read(chat: ChatId, seq: Seq) -> Result<(), Problem> {
    super::backend()?.mark_read(chat, seq).await.map_err(super::room::respond)
}
