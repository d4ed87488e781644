//! `/api/chats/{chatId}/messages`

use super::{
    ApiJson, ApiPath, ApiQuery, ApiResult,
    openapi::{BadBody, BadQuery, ChatPath, ForeignPage, NeedsSession, NotOnesChat},
    problem::ProblemBody,
};
use crate::{
    auth::Viewer,
    chat::{
        history,
        send::{self, Draft},
    },
    state::AppState,
};
use app::{
    api::HistoryQuery,
    protocol::{ChatId, FieldCode, Message, MessagePage, Problem},
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
    Ok(Json(history::history(&state, &viewer, chat, query).await?))
}

/// Stores a message; answers after the commit.
#[utoipa::path(
    post, path = "/chats/{chat_id}/messages", operation_id = "sendMessage", tag = "Messages", params(ChatPath),
    request_body = NewMessage,
    responses(
        (status = 200, description = "Stored, now or the first time.", body = Stored),
        (status = 409, description = "`client_id_reused`", body = ProblemBody,
         content_type = "application/problem+json"),
        NotOnesChat,
        BadBody,
        NeedsSession,
        ForeignPage,
    )
)]
pub async fn create(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiPath(chat): ApiPath<ChatId>,
    ApiJson(new): ApiJson<NewMessage>,
) -> ApiResult<Json<Stored>> {
    let client_id = new.client_id.parse().map_err(|_| Problem::field("clientId", FieldCode::Malformed))?;
    let message = send::send(&state, &viewer, Draft { chat, client_id, content: new.content }).await?;
    Ok(Json(Stored { message }))
}
