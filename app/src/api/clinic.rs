//! Saved replies, and what the clinic says of emergencies.

use crate::protocol::{NewSavedReply, Problem, Safety, SafetyChange, SavedReply, SavedReplyId};
use leptos::prelude::*;

/// One's saved replies and the clinic's, by title.
#[server(prefix = "/fn", endpoint = "clinic/replies", input = server_fn::codec::Json)]
pub async fn list_saved_replies() -> Result<Vec<SavedReply>, Problem> {
    super::backend()?.saved_replies().await.map_err(super::response::respond)
}

/// Keeps a reply: a doctor's own, or an admin's for all doctors.
#[server(prefix = "/fn", endpoint = "clinic/reply-add", input = server_fn::codec::Json)]
pub async fn add_saved_reply(reply: NewSavedReply) -> Result<SavedReply, Problem> {
    super::backend()?.add_saved_reply(reply).await.map_err(super::response::respond)
}

/// Puts another text in a saved reply's place.
#[server(prefix = "/fn", endpoint = "clinic/reply-change", input = server_fn::codec::Json)]
pub async fn change_saved_reply(id: SavedReplyId, reply: NewSavedReply) -> Result<SavedReply, Problem> {
    super::backend()?.change_saved_reply(id, reply).await.map_err(super::response::respond)
}

/// Throws a saved reply away.
#[server(prefix = "/fn", endpoint = "clinic/reply-delete", input = server_fn::codec::Json)]
pub async fn delete_saved_reply(id: SavedReplyId) -> Result<(), Problem> {
    super::backend()?.delete_saved_reply(id).await.map_err(super::response::respond)
}

/// Whom to call in an emergency, if the clinic names somebody: all that a page needs before anybody writes.
#[server(prefix = "/fn", endpoint = "clinic/emergency-number", input = server_fn::codec::Json)]
pub async fn emergency_number() -> Result<Option<String>, Problem> {
    Ok(super::backend()?.safety().await.map_err(super::response::respond)?.emergency_number)
}

/// What the clinic says of emergencies.
#[server(prefix = "/fn", endpoint = "clinic/safety", input = server_fn::codec::Json)]
pub async fn show_safety() -> Result<Safety, Problem> {
    super::backend()?.safety().await.map_err(super::response::respond)
}

/// Changes that; as it is then.
#[server(prefix = "/fn", endpoint = "clinic/safety-change", input = server_fn::codec::Json)]
pub async fn change_safety(change: SafetyChange) -> Result<Safety, Problem> {
    super::backend()?.change_safety(change).await.map_err(super::response::respond)
}
