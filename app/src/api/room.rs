//! Everything a room's page needs at once.

use crate::protocol::{Chat, ChatId, MessagePage, Problem};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A chat and a stretch of its messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// The chat as the viewer sees it.
    pub chat: Chat,
    /// Its messages, by default the newest.
    pub page: MessagePage,
}

/// A room with its newest messages, or with another stretch of them. Without one named, it begins at what the viewer has
/// not read, where that lies further back.
#[server(prefix = "/fn", endpoint = "room/open", input = server_fn::codec::Json)]
pub async fn open_room(chat: ChatId, query: super::HistoryQuery) -> Result<Room, Problem> {
    let backend = super::backend()?;
    let is_free = query == super::HistoryQuery::default();
    let mut page = backend.history(chat, query).await.map_err(super::response::respond)?;
    let summary = backend.chat(chat).await.map_err(super::response::respond)?;
    let first_unread = summary.read_seq.next();
    if is_free && summary.unread > 0 && page.messages.first().is_some_and(|first| first_unread < first.seq) {
        let around = super::HistoryQuery { around: Some(first_unread), ..Default::default() };
        page = backend.history(chat, around).await.map_err(super::response::respond)?;
    }
    Ok(Room { chat: summary, page })
}
