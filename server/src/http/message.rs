//! `/api/chats/{chatId}/messages`

use super::{
    ApiJson, ApiPath, ApiQuery, ApiResult, MessageKey,
    openapi::{BadBody, BadQuery, ChatPath, NeedsSession, NotAMember},
    problem::ProblemBody,
};
use crate::{auth::Viewer, chat::send::Draft, state::AppState};
use app::protocol::{ChangePage, ChangeQuery, ChatId, FieldCode, HistoryQuery, Message, MessagePage, Problem, Seq};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A message to store. Its sender is the session's user.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewMessage {
    /// An id that the sender chooses. A message sent again with the same id and text is stored
    /// once.
    #[serde(default)]
    #[schema(required, format = Uuid)]
    client_id: String,
    /// The text: not only white space, and without NUL.
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 10_000)]
    content: String,
    /// The `seq` of the message in the same chat that this one answers.
    #[schema(nullable = false, minimum = 1)]
    reply_to: Option<Seq>,
    /// The `seq` of the sender's earlier message that this one corrects.
    #[schema(nullable = false, minimum = 1)]
    corrects: Option<Seq>,
    /// Whether the sender saw the emergency number and sends the message nevertheless. Only for
    /// patients.
    #[serde(default)]
    #[schema(required = false)]
    is_urgent: bool,
}

/// The stored message.
#[derive(Serialize, ToSchema)]
pub struct Stored {
    message: Message,
}

/// Lists a part of a chat's history, by ascending `seq`. Without parameters: the newest messages.
#[utoipa::path(
    get, path = "/chats/{chat_id}/messages", operation_id = "listMessages", tag = "Messages",
    params(ChatPath, HistoryQuery),
    responses((status = 200, description = "Messages.", body = MessagePage), NotAMember, BadQuery, NeedsSession)
)]
pub async fn list(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiPath(chat): ApiPath<ChatId>,
    ApiQuery(query): ApiQuery<HistoryQuery>,
) -> ApiResult<Json<MessagePage>> {
    Ok(Json(state.chats.history(&viewer, chat, query).await?))
}

/// Stores a message. The response is sent after the commit.
#[utoipa::path(
    post, path = "/chats/{chat_id}/messages", operation_id = "sendMessage", tag = "Messages", params(ChatPath),
    request_body = NewMessage,
    responses(
        (status = 200, description = "The message is stored, now or by an earlier request.", body = Stored),
        (status = 403, description = "`not_ones_message`: the corrected message is someone else's; `cross_origin` from another site's page",
         body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`chat_not_found`: no such chat, or the user is not a member; `message_not_found` in it",
         body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`client_id_reused`, `too_late_to_change` (a correction), `chat_closed`, \
         `chat_blocked`, `doctor_not_available`, or `patient_not_available`",
         body = ProblemBody, content_type = "application/problem+json"),
        BadBody,
        NeedsSession,
    )
)]
pub async fn create(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiPath(chat): ApiPath<ChatId>,
    ApiJson(new): ApiJson<NewMessage>,
) -> ApiResult<Json<Stored>> {
    let client_id = new.client_id.parse().map_err(|_| Problem::field("clientId", FieldCode::Malformed))?;
    let NewMessage { content, reply_to, corrects, is_urgent, client_id: _ } = new;
    let draft = Draft { chat, client_id, content, reply_to, corrects, is_urgent };
    Ok(Json(Stored { message: state.chats.send(&viewer, draft).await? }))
}

/// Lists messages that changed after they were stored, in their current state, by ascending
/// `change`.
#[utoipa::path(
    get, path = "/chats/{chat_id}/changes", operation_id = "listChanges", tag = "Messages",
    params(ChatPath, ChangeQuery),
    responses((status = 200, description = "Messages.", body = ChangePage), NotAMember, BadQuery, NeedsSession)
)]
pub async fn changes(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiPath(chat): ApiPath<ChatId>,
    ApiQuery(query): ApiQuery<ChangeQuery>,
) -> ApiResult<Json<ChangePage>> {
    Ok(Json(state.chats.changes(&viewer, chat, query).await?))
}

/// The path parameters that identify a message.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "describes what `MessageKey` reads")]
pub struct MessagePath {
    /// The chat.
    #[param(minimum = 1)]
    chat_id: i64,
    /// The message's `seq` in the chat.
    #[param(minimum = 1)]
    seq: i64,
}

/// Retracts a message of the viewer: its text is deleted for both members, and an empty, retracted
/// message remains at its `seq`.
#[utoipa::path(
    post, path = "/chats/{chat_id}/messages/{seq}/retract", operation_id = "retractMessage", tag = "Messages",
    params(MessagePath),
    responses(
        (status = 200, description = "The message without its text.", body = Stored),
        (status = 403, description = "`not_ones_message`, or `cross_origin` from another site's page",
         body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`chat_not_found`: no such chat, or the user is not a member; `message_not_found` in it",
         body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`too_late_to_change`, `chat_on_hold`", body = ProblemBody,
         content_type = "application/problem+json"),
        NeedsSession,
    )
)]
pub async fn retract(
    State(state): State<AppState>,
    viewer: Viewer,
    MessageKey(chat, seq): MessageKey,
) -> ApiResult<Json<Stored>> {
    Ok(Json(Stored { message: state.chats.retract(&viewer, chat, seq).await? }))
}
