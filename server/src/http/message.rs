//! `/api/chats/{chatId}/messages`

use super::{ApiJson, ApiPath, ApiQuery, ApiResult};
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

/// A message to store. Who sends it, the session says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewMessage {
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    content: String,
}

/// The stored message.
#[derive(Serialize)]
pub struct Stored {
    message: Message,
}

/// `GET /api/chats/{chatId}/messages`
pub async fn list(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiPath(chat): ApiPath<ChatId>,
    ApiQuery(query): ApiQuery<HistoryQuery>,
) -> ApiResult<Json<MessagePage>> {
    Ok(Json(history::history(&state, &viewer, chat, query).await?))
}

/// `POST /api/chats/{chatId}/messages`: 200 after the commit.
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
