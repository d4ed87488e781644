//! The room's server functions.

#![expect(missing_docs, reason = "`#[server]` makes a public struct of each function's arguments, without docs")]

use crate::protocol::{ChatId, ClientId, Message, Problem, Safety, SavedReply, Seq, TextJson};
#[cfg(feature = "ssr")]
use crate::{
    backend::{NewMessage, backend},
    response::respond,
};
use leptos::prelude::*;

/// Stores a message from a plain form and returns to the room. `reply_to` and `corrects` are `seq`s
/// of the chat; an empty value is none.
#[server(prefix = "/fn", endpoint = "message/send", output = TextJson)]
pub async fn send_message(
    chat: ChatId,
    client_id: ClientId,
    content: String,
    #[server(default)] reply_to: Option<Seq>,
    #[server(default)] corrects: Option<Seq>,
) -> Result<(), Problem> {
    // Forms send line ends as CR LF (HTML, "constructing the form data set"); the user typed LF.
    let content = content.replace("\r\n", "\n");
    let message = NewMessage { client_id, content, reply_to, corrects };
    respond(backend()?.send(chat, message).await).map(drop)
}

/// Retracts a message of the viewer. A plain form returns to the room.
#[server(prefix = "/fn", endpoint = "message/retract", output = TextJson)]
pub async fn retract(chat: ChatId, seq: Seq) -> Result<Message, Problem> {
    respond(backend()?.retract(chat, seq).await)
}

/// Marks a chat as read from a plain form and returns to the room.
#[server(prefix = "/fn", endpoint = "message/read", output = TextJson)]
pub async fn mark_read(chat: ChatId, seq: Seq) -> Result<(), Problem> {
    respond(backend()?.mark_read(chat, seq).await)
}

/// Reports a chat to the clinic's admin.
#[server(prefix = "/fn", endpoint = "chat/report", input = TextJson, output = TextJson)]
pub async fn report_chat(chat: ChatId, reason: String) -> Result<(), Problem> {
    respond(backend()?.report(chat, reason).await)
}

/// The doctor's and the clinic's saved replies, by title.
#[server(prefix = "/fn", endpoint = "clinic/replies", input = TextJson, output = TextJson)]
pub async fn list_saved_replies() -> Result<Vec<SavedReply>, Problem> {
    respond(backend()?.saved_replies().await)
}

/// The emergency number, if the clinic has set one. Pages need only this before the user writes.
#[server(prefix = "/fn", endpoint = "clinic/emergency-number", input = TextJson, output = TextJson)]
pub async fn emergency_number() -> Result<Option<String>, Problem> {
    respond(backend()?.safety().await).map(|safety| safety.emergency_number)
}

/// The clinic's emergency number and phrases.
#[server(prefix = "/fn", endpoint = "clinic/safety", input = TextJson, output = TextJson)]
pub async fn show_safety() -> Result<Safety, Problem> {
    respond(backend()?.safety().await)
}
