//! `/api/chats/{chatId}/messages`

use super::{
    ApiJson, ApiPath, ApiQuery, ApiResult, MessagePlace,
    openapi::{BadBody, BadQuery, ChatPath, NeedsSession, NotOnesChat},
    problem::ProblemBody,
};
use crate::{auth::Viewer, chat::send::Draft, state::AppState};
use app::protocol::{ChangePage, ChangeQuery, ChatId, FieldCode, HistoryQuery, Message, MessagePage, Problem, Seq};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A message to store. Who sends it, the session says.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewMessage {
    /// The sender's own id for it: sent again with the same text, it is stored once.
    #[serde(default)]
    #[schema(required, format = Uuid)]
    client_id: String,
    /// Not only white space; no NUL.
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 10_000)]
    content: String,
    /// The message of the same chat that it answers.
    #[schema(nullable = false, minimum = 1)]
    reply_to: Option<Seq>,
    /// The own message that it puts right.
    #[schema(nullable = false, minimum = 1)]
    corrects: Option<Seq>,
    /// Whether the sender was shown the emergency number and sends it all the same. A patient's only.
    #[serde(default)]
    #[schema(required = false)]
    is_urgent: bool,
}

/// The stored message.
#[derive(Serialize, ToSchema)]
pub struct Stored {
    message: Message,
}

/// A stretch of the history, by rising `seq`; the newest messages unless said otherwise.
#[utoipa::path(
    get, path = "/chats/{chat_id}/messages", operation_id = "listMessages", tag = "Messages",
    params(ChatPath, HistoryQuery),
    responses((status = 200, description = "Messages.", body = MessagePage), NotOnesChat, BadQuery, NeedsSession)
)]
pub async fn list(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiPath(chat): ApiPath<ChatId>,
    ApiQuery(query): ApiQuery<HistoryQuery>,
) -> ApiResult<Json<MessagePage>> {
    Ok(Json(state.chats.history(&viewer, chat, query).await?))
}

/// Stores a message; answers after the commit.
#[utoipa::path(
    post, path = "/chats/{chat_id}/messages", operation_id = "sendMessage", tag = "Messages", params(ChatPath),
    request_body = NewMessage,
    responses(
        (status = 200, description = "Stored, now or the first time.", body = Stored),
        (status = 403, description = "`not_ones_message` is to be put right, or `cross_origin` from another site's page",
         body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`chat_not_found`: no such chat, or not one's own; `message_not_found` in it",
         body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`client_id_reused`, `too_late_to_change` what is to be put right, `chat_closed`, \
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

/// Messages that have changed since they were stored, as they are now, by rising `change`.
#[utoipa::path(
    get, path = "/chats/{chat_id}/changes", operation_id = "listChanges", tag = "Messages",
    params(ChatPath, ChangeQuery),
    responses((status = 200, description = "Messages.", body = ChangePage), NotOnesChat, BadQuery, NeedsSession)
)]
pub async fn changes(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiPath(chat): ApiPath<ChatId>,
    ApiQuery(query): ApiQuery<ChangeQuery>,
) -> ApiResult<Json<ChangePage>> {
    Ok(Json(state.chats.changes(&viewer, chat, query).await?))
}

/// A message in the path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "describes what `MessagePlace` reads")]
pub struct MessagePath {
    /// The chat.
    #[param(minimum = 1)]
    chat_id: i64,
    /// The message's place in it.
    #[param(minimum = 1)]
    seq: i64,
}

/// Takes one's own message back: its text is gone for both people, and "retracted" stays in its place.
#[utoipa::path(
    post, path = "/chats/{chat_id}/messages/{seq}/retract", operation_id = "retractMessage", tag = "Messages",
    params(MessagePath),
    responses(
        (status = 200, description = "What is left of it, now or since the first time.", body = Stored),
        (status = 403, description = "`not_ones_message`, or `cross_origin` from another site's page",
         body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`chat_not_found`: no such chat, or not one's own; `message_not_found` in it",
         body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`too_late_to_change`, `chat_on_hold`", body = ProblemBody,
         content_type = "application/problem+json"),
        NeedsSession,
    )
)]
pub async fn retract(
    State(state): State<AppState>,
    viewer: Viewer,
    MessagePlace(chat, seq): MessagePlace,
) -> ApiResult<Json<Stored>> {
    Ok(Json(Stored { message: state.chats.retract(&viewer, chat, seq).await? }))
}
