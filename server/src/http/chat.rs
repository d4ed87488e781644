//! `/api/chats`

use super::{ApiJson, ApiPath, ApiQuery, ApiResult, HttpProblem};
use crate::{
    auth::Viewer,
    chat::{initiate, list, mark},
    db::member::Mark,
    state::AppState,
};
use app::{
    api::ChatQuery,
    protocol::{Chat, ChatId, ChatPage, FieldCode, Problem, Seq, UserId},
};
use axum::{Json, extract::State};
use http::StatusCode;
use serde::{Deserialize, Serialize};

/// Whom to chat with.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Initiate {
    doctor_id: Option<UserId>,
}

/// The chat that is open now.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Initiated {
    chat_id: ChatId,
}

/// How far one has read.
#[derive(Deserialize)]
pub struct ReadUpTo {
    seq: Option<Seq>,
}

/// `POST /api/chats/initiate`: the pair's chat, made if there is none.
pub async fn initiate(
    State(state): State<AppState>,
    viewer: Viewer,
    body: Result<ApiJson<Initiate>, HttpProblem>,
) -> ApiResult<Json<Initiated>> {
    // Before the body is judged: a doctor learns nothing here but that this is not for doctors.
    viewer.require_patient()?;
    let ApiJson(body) = body?;
    let doctor = body.doctor_id.ok_or_else(|| Problem::field("doctorId", FieldCode::Required))?;
    let chat_id = initiate::initiate(&state, &viewer, doctor).await?;
    Ok(Json(Initiated { chat_id }))
}

/// `GET /api/chats`: newest activity first.
pub async fn list(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiQuery(query): ApiQuery<ChatQuery>,
) -> ApiResult<Json<ChatPage>> {
    Ok(Json(list::list_chats(&state, &viewer, query).await?))
}

/// `GET /api/chats/{chatId}`
pub async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiPath(chat): ApiPath<ChatId>,
) -> ApiResult<Json<Chat>> {
    Ok(Json(list::chat(&state, &viewer, chat).await?))
}

/// `POST /api/chats/{chatId}/read`: 204.
pub async fn read(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiPath(chat): ApiPath<ChatId>,
    ApiJson(body): ApiJson<ReadUpTo>,
) -> ApiResult<StatusCode> {
    let seq = body.seq.ok_or_else(|| Problem::field("seq", FieldCode::Required))?;
    mark::mark(&state, &viewer, chat, Mark::Read, seq).await?;
    Ok(StatusCode::NO_CONTENT)
}
