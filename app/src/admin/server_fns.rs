//! What the admin's page asks of the server.

#![expect(missing_docs, reason = "`#[server]` makes a public struct of each function's arguments, without docs")]

use crate::protocol::{AdminOverview, ChatId, Problem, ReportId, ReportPage, ReportQuery, Safety, SafetyChange};
#[cfg(feature = "ssr")]
use crate::{backend::backend, response::respond};
use leptos::prelude::*;

/// What the clinic's admin has to look after.
#[server(prefix = "/fn", endpoint = "admin/oversight", input = server_fn::codec::Json)]
pub async fn show_overview() -> Result<AdminOverview, Problem> {
    respond(backend()?.oversight().await)
}

/// A page of what members report.
#[server(prefix = "/fn", endpoint = "admin/reports", input = server_fn::codec::Json)]
pub async fn list_reports(query: ReportQuery) -> Result<ReportPage, Problem> {
    respond(backend()?.reports(query).await)
}

/// Closes a chat of which one's account is disabled.
#[server(prefix = "/fn", endpoint = "admin/close-chat", input = server_fn::codec::Json)]
pub async fn close_for_clinic(chat: ChatId, reason: String) -> Result<(), Problem> {
    respond(backend()?.close_chat(chat, reason).await)
}

/// Notes that a report was dealt with.
#[server(prefix = "/fn", endpoint = "admin/settle", input = server_fn::codec::Json)]
pub async fn settle_report(report: ReportId) -> Result<(), Problem> {
    respond(backend()?.settle(report).await)
}

/// Changes that; as it is then.
#[server(prefix = "/fn", endpoint = "clinic/safety-change", input = server_fn::codec::Json)]
pub async fn change_safety(change: SafetyChange) -> Result<Safety, Problem> {
    respond(backend()?.change_safety(change).await)
}
