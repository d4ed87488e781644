//! `/api/chats`

use super::{
    ApiJson, ApiPath, ApiQuery, ApiResult, HttpProblem,
    openapi::{BadBody, BadQuery, ChatPath, ForeignPage, NeedsSession, NotAMember},
    problem::ProblemBody,
};
use crate::{auth::Viewer, db::member::Mark, state::AppState};
use app::protocol::{Chat, ChatId, ChatPage, ChatQuery, FieldCode, Problem, Role, Seq, UserId};
use axum::{Json, extract::State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The doctor to chat with.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Initiate {
    #[schema(required, nullable = false)]
    doctor_id: Option<UserId>,
}

/// The id of the chat, which is open now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Initiated {
    chat_id: ChatId,
}

/// The position up to which the viewer has read.
#[derive(Deserialize, ToSchema)]
pub struct ReadUpTo {
    #[schema(required, nullable = false, minimum = 0)]
    seq: Option<Seq>,
}

/// Returns the patient's chat with a doctor, and creates it if there is none. It returns the same
/// id every time.
#[utoipa::path(
    post, path = "/chats/initiate", operation_id = "initiateChat", tag = "Chats", request_body = Initiate,
    responses(
        (status = 200, description = "The chat.", body = Initiated),
        (status = 403, description = "`patients_only`, or `cross_origin` from another site's page", body = ProblemBody,
         content_type = "application/problem+json"),
        (status = 404, description = "`doctor_not_found`", body = ProblemBody,
         content_type = "application/problem+json"),
        (status = 409, description = "`doctor_not_accepting`, `doctor_not_available`", body = ProblemBody,
         content_type = "application/problem+json"),
        BadBody,
        NeedsSession,
    )
)]
pub async fn initiate(
    State(state): State<AppState>,
    viewer: Viewer,
    body: Result<ApiJson<Initiate>, HttpProblem>,
) -> ApiResult<Json<Initiated>> {
    // Checked before the body: a doctor gets only `patients_only`, whatever the body contains.
    viewer.require(Role::Patient)?;
    let ApiJson(body) = body?;
    let doctor = body.doctor_id.ok_or_else(|| Problem::field("doctorId", FieldCode::Required))?;
    let chat_id = state.chats.initiate(&viewer, doctor).await?;
    Ok(Json(Initiated { chat_id }))
}

/// Lists the viewer's chats, newest activity first.
#[utoipa::path(
    get, path = "/chats", operation_id = "listChats", tag = "Chats", params(ChatQuery),
    responses((status = 200, description = "Chats.", body = ChatPage), BadQuery, NeedsSession)
)]
pub async fn list(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiQuery(query): ApiQuery<ChatQuery>,
) -> ApiResult<Json<ChatPage>> {
    Ok(Json(state.chats.list_chats(&viewer, query).await?))
}

/// Shows one of the viewer's chats.
#[utoipa::path(
    get, path = "/chats/{chat_id}", operation_id = "showChat", tag = "Chats", params(ChatPath),
    responses((status = 200, description = "The chat.", body = Chat), NotAMember, NeedsSession)
)]
pub async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiPath(chat): ApiPath<ChatId>,
) -> ApiResult<Json<Chat>> {
    Ok(Json(state.chats.chat(&viewer, chat).await?))
}

/// Moves the viewer's `read` receipt forward, at most to the newest message.
#[utoipa::path(
    post, path = "/chats/{chat_id}/read", operation_id = "markRead", tag = "Chats", params(ChatPath),
    request_body = ReadUpTo,
    responses((status = 204, description = "Stored."), NotAMember, BadBody, NeedsSession, ForeignPage)
)]
pub async fn read(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiPath(chat): ApiPath<ChatId>,
    ApiJson(body): ApiJson<ReadUpTo>,
) -> ApiResult<StatusCode> {
    let seq = body.seq.ok_or_else(|| Problem::field("seq", FieldCode::Required))?;
    state.chats.mark(&viewer, chat, Mark::Read, seq).await?;
    Ok(StatusCode::NO_CONTENT)
}
