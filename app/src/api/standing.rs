//! How chats stand, and what the clinic's admin sees of them.

use super::ReportQuery;
use crate::protocol::{Act, Chat, ChatId, Oversight, Problem, ReportId, ReportPage};
use leptos::prelude::*;

/// Changes how a chat stands; the chat as it stands then.
#[server(prefix = "/fn", endpoint = "chat/act", input = server_fn::codec::Json)]
pub async fn change_standing(chat: ChatId, act: Act) -> Result<Chat, Problem> {
    super::backend()?.act(chat, act).await.map_err(super::response::respond)
}

/// Tells the clinic's admin about a chat.
#[server(prefix = "/fn", endpoint = "chat/report", input = server_fn::codec::Json)]
pub async fn report_chat(chat: ChatId, reason: String) -> Result<(), Problem> {
    super::backend()?.report(chat, reason).await.map_err(super::response::respond)
}

/// What the clinic's admin has to look after.
#[server(prefix = "/fn", endpoint = "admin/oversight", input = server_fn::codec::Json)]
pub async fn show_oversight() -> Result<Oversight, Problem> {
    super::backend()?.oversight().await.map_err(super::response::respond)
}

/// A page of what members report.
#[server(prefix = "/fn", endpoint = "admin/reports", input = server_fn::codec::Json)]
pub async fn list_reports(query: ReportQuery) -> Result<ReportPage, Problem> {
    super::backend()?.reports(query).await.map_err(super::response::respond)
}

/// Closes a chat of which one's account is disabled.
#[server(prefix = "/fn", endpoint = "admin/close-chat", input = server_fn::codec::Json)]
pub async fn close_for_clinic(chat: ChatId, reason: String) -> Result<(), Problem> {
    super::backend()?.close_chat(chat, reason).await.map_err(super::response::respond)
}

/// Notes that a report was dealt with.
#[server(prefix = "/fn", endpoint = "admin/settle", input = server_fn::codec::Json)]
pub async fn settle_report(report: ReportId) -> Result<(), Problem> {
    super::backend()?.settle(report).await.map_err(super::response::respond)
}
