//! The directory's server functions, including the start of a chat.

#![expect(missing_docs, reason = "`#[server]` makes a public struct of each function's arguments, without docs")]

use crate::protocol::{ChatId, DoctorPage, DoctorQuery, Problem, TextJson, UserId};
#[cfg(feature = "ssr")]
use crate::{
    backend::backend,
    response::{self, respond},
};
use leptos::prelude::*;

/// A page of the directory.
#[server(prefix = "/fn", endpoint = "doctor/list", input = TextJson, output = TextJson)]
pub async fn list_doctors(query: DoctorQuery) -> Result<DoctorPage, Problem> {
    respond(backend()?.list_doctors(query).await)
}

/// The specialties to choose from.
#[server(prefix = "/fn", endpoint = "doctor/specialties", input = TextJson, output = TextJson)]
pub async fn list_specialties() -> Result<Vec<String>, Problem> {
    respond(backend()?.list_specialties().await)
}

/// Opens the chat with this doctor, or starts it, and goes to its room.
#[server(prefix = "/fn", endpoint = "chat/initiate", output = TextJson)]
pub async fn initiate(doctor: UserId) -> Result<ChatId, Problem> {
    let chat = respond(backend()?.initiate(doctor).await)?;
    response::redirect(&format!("/patient/chat/{chat}"));
    Ok(chat)
}
