//! The server functions of the admin's page.

#![expect(missing_docs, reason = "`#[server]` makes a public struct of each function's arguments, without docs")]

use crate::protocol::{ChatId, Problem, ReportId, TextJson};
#[cfg(feature = "ssr")]
use crate::{
    backend::backend,
    protocol::{FieldCode, SafetyChange},
    response::{self, respond},
};
use leptos::prelude::*;

/// Closes a chat in which a member's account is disabled.
#[server(prefix = "/fn", endpoint = "admin/close-chat", output = TextJson)]
pub async fn close_for_clinic(chat: ChatId, reason: String) -> Result<(), Problem> {
    respond(backend()?.close_chat(chat, response::typed(reason)).await)
}

/// Marks a report as settled.
#[server(prefix = "/fn", endpoint = "admin/settle", output = TextJson)]
pub async fn settle_report(report: ReportId) -> Result<(), Problem> {
    respond(backend()?.settle(report).await)
}

/// Changes the emergency number; a blank one removes it.
#[server(prefix = "/fn", endpoint = "clinic/emergency-number-save", output = TextJson)]
pub async fn save_emergency_number(number: String) -> Result<(), Problem> {
    let number = Some(number).filter(|number| !number.trim().is_empty());
    change_safety(SafetyChange { emergency_number: Some(number), ..Default::default() }, "number").await
}

/// Replaces a language's signs of an emergency.
#[server(prefix = "/fn", endpoint = "clinic/phrases", output = TextJson)]
pub async fn save_phrases(language: String, list: String) -> Result<(), Problem> {
    change_safety(phrases_change(&language, Some(response::typed(list)))?, &language).await
}

/// Restores the built-in signs of an emergency in a language.
#[server(prefix = "/fn", endpoint = "clinic/phrases-reset", output = TextJson)]
pub async fn reset_phrases(language: String) -> Result<(), Problem> {
    change_safety(phrases_change(&language, None)?, &language).await
}

#[cfg(feature = "ssr")]
async fn change_safety(change: SafetyChange, saved: &str) -> Result<(), Problem> {
    respond(backend()?.change_safety(change).await)?;
    response::redirect_form(&format!("/admin/safety?saved={saved}"));
    Ok(())
}

/// The change of a language's list; `None` restores the built-in one.
#[cfg(feature = "ssr")]
fn phrases_change(language: &str, list: Option<String>) -> Result<SafetyChange, Problem> {
    let mut change = SafetyChange::default();
    match language {
        "en" => change.phrases.en = Some(list),
        "es" => change.phrases.es = Some(list),
        _ => return Err(Problem::field("language", FieldCode::Unknown)),
    }
    Ok(change)
}
