//! The server functions of a doctor's settings, and of the saved replies that doctors and admins
//! edit.

#![expect(missing_docs, reason = "`#[server]` makes a public struct of each function's arguments, without docs")]

use crate::protocol::{NewSavedReply, Problem, SavedReply, SavedReplyId, SettingsForm};
#[cfg(feature = "ssr")]
use crate::{backend::backend, response::respond};
use leptos::prelude::*;

/// The doctor's own settings.
#[server(prefix = "/fn", endpoint = "doctor/settings", input = server_fn::codec::Json)]
pub async fn show_settings() -> Result<SettingsForm, Problem> {
    respond(backend()?.settings_form().await)
}

/// Replaces the doctor's settings. Returns them as stored.
#[server(prefix = "/fn", endpoint = "doctor/save-settings")]
pub async fn save_settings(form: SettingsForm) -> Result<SettingsForm, Problem> {
    // Forms send line ends as CR LF (HTML, "constructing the form data set"); the user typed LF.
    let form = SettingsForm { away_note: form.away_note.replace("\r\n", "\n"), ..form };
    respond(backend()?.save_settings_form(form).await)
}

/// Stores a reply: a doctor's own, or from an admin for all doctors.
#[server(prefix = "/fn", endpoint = "clinic/reply-add", input = server_fn::codec::Json)]
pub async fn add_saved_reply(reply: NewSavedReply) -> Result<SavedReply, Problem> {
    respond(backend()?.add_saved_reply(reply).await)
}

/// Replaces the title and the text of a saved reply.
#[server(prefix = "/fn", endpoint = "clinic/reply-change", input = server_fn::codec::Json)]
pub async fn change_saved_reply(id: SavedReplyId, reply: NewSavedReply) -> Result<SavedReply, Problem> {
    respond(backend()?.change_saved_reply(id, reply).await)
}

/// Deletes a saved reply.
#[server(prefix = "/fn", endpoint = "clinic/reply-delete", input = server_fn::codec::Json)]
pub async fn delete_saved_reply(id: SavedReplyId) -> Result<(), Problem> {
    respond(backend()?.delete_saved_reply(id).await)
}
