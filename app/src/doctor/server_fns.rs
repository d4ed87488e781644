//! The server functions of a doctor's settings, and of the saved replies that doctors and admins
//! edit.

#![expect(missing_docs, reason = "`#[server]` makes a public struct of each function's arguments, without docs")]

use crate::protocol::{Problem, SavedReplyId, SettingsForm, TextJson};
#[cfg(feature = "ssr")]
use crate::{
    backend::backend,
    protocol::{FieldError, NewSavedReply, ProblemCode, SavedReply},
    response::{self, respond},
};
use leptos::prelude::*;

/// Replaces the doctor's settings and returns to them.
#[server(prefix = "/fn", endpoint = "doctor/save-settings", output = TextJson)]
pub async fn save_settings(form: SettingsForm) -> Result<(), Problem> {
    let form = SettingsForm { away_note: response::typed(form.away_note), ..form };
    respond(backend()?.save_settings_form(form).await)?;
    response::redirect_form("/doctor/settings?saved");
    Ok(())
}

/// Stores a reply, a doctor's own or from an admin for all doctors, and returns to the list.
#[server(prefix = "/fn", endpoint = "clinic/reply-add", output = TextJson)]
pub async fn add_saved_reply(title: String, content: String) -> Result<(), Problem> {
    let reply = respond(backend()?.add_saved_reply(NewSavedReply { title, content: response::typed(content) }).await)?;
    response::redirect_form(&format!("{}?saved", replies_page(&reply)));
    Ok(())
}

/// Replaces the title and the text of a saved reply, and returns to the list.
#[server(prefix = "/fn", endpoint = "clinic/reply-change", output = TextJson)]
pub async fn change_saved_reply(id: SavedReplyId, title: String, content: String) -> Result<(), Problem> {
    let reply = NewSavedReply { title, content: response::typed(content) };
    let reply = respond(backend()?.change_saved_reply(id, reply).await.map_err(|problem| within(problem, id)))?;
    response::redirect_form(replies_page(&reply));
    Ok(())
}

/// Deletes a saved reply and returns to the list. A reply that is gone already counts as deleted.
#[server(prefix = "/fn", endpoint = "clinic/reply-delete", output = TextJson)]
pub async fn delete_saved_reply(id: SavedReplyId) -> Result<(), Problem> {
    match backend()?.delete_saved_reply(id).await {
        Err(problem) if problem.code == ProblemCode::SavedReplyNotFound => Ok(()),
        result => respond(result),
    }
}

/// What the names of a reply's fields begin with in a problem: the list has a form for each reply.
#[cfg(feature = "ssr")]
pub(crate) fn reply_prefix(id: SavedReplyId) -> String {
    format!("{id}.")
}

#[cfg(feature = "ssr")]
fn within(problem: Problem, id: SavedReplyId) -> Problem {
    let errors = problem.errors.into_iter();
    let errors = errors.map(|error| FieldError { field: reply_prefix(id) + &error.field, ..error }).collect();
    Problem { errors, ..problem }
}

/// The page on which a reply is edited.
#[cfg(feature = "ssr")]
const fn replies_page(reply: &SavedReply) -> &'static str {
    if reply.is_clinics { "/admin/replies" } else { "/doctor/replies" }
}
