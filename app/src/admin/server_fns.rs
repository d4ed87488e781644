//! The server functions of the admin's page.

#![expect(missing_docs, reason = "`#[server]` makes a public struct of each function's arguments, without docs")]

use crate::protocol::{AdminOverview, ChatId, Problem, ReportId, ReportPage, ReportQuery, Safety, SafetyChange};
#[cfg(feature = "ssr")]
use crate::{backend::backend, response::respond};
use leptos::prelude::*;

/// The overview: overdue chats and the newest reports.
#[server(prefix = "/fn", endpoint = "admin/oversight", input = server_fn::codec::Json)]
pub async fn show_overview() -> Result<AdminOverview, Problem> {
    respond(backend()?.oversight().await)
}

/// A page of the members' reports.
#[server(prefix = "/fn", endpoint = "admin/reports", input = server_fn::codec::Json)]
pub async fn list_reports(query: ReportQuery) -> Result<ReportPage, Problem> {
    respond(backend()?.reports(query).await)
}

/// Closes a chat in which a member's account is disabled.
#[server(prefix = "/fn", endpoint = "admin/close-chat", input = server_fn::codec::Json)]
pub async fn close_for_clinic(chat: ChatId, reason: String) -> Result<(), Problem> {
    respond(backend()?.close_chat(chat, reason).await)
}

/// Marks a report as settled.
#[server(prefix = "/fn", endpoint = "admin/settle", input = server_fn::codec::Json)]
pub async fn settle_report(report: ReportId) -> Result<(), Problem> {
    respond(backend()?.settle(report).await)
}

/// Changes the settings for emergencies. Returns them as stored.
#[server(prefix = "/fn", endpoint = "clinic/safety-change", input = server_fn::codec::Json)]
pub async fn change_safety(change: SafetyChange) -> Result<Safety, Problem> {
    respond(backend()?.change_safety(change).await)
}
