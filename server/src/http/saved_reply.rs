//! `/api/saved-replies`

use super::{
    ApiJson, ApiPath, ApiResult,
    openapi::{BadBody, NeedsSession},
    problem::ProblemBody,
};
use crate::{auth::Viewer, state::AppState};
use app::protocol::{NewSavedReply, Problem, ProblemCode, SavedReply, SavedReplyId, SavedReplyPage};
use axum::{Json, extract::State};
use http::StatusCode;
use utoipa::IntoParams;

/// The path parameter that identifies a saved reply.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "describes what `ApiPath` reads")]
pub struct SavedReplyPath {
    /// The saved reply.
    #[param(minimum = 1)]
    reply_id: i64,
}

/// Parses an id. A text that is not an id gives `saved_reply_not_found`.
fn id(text: &str) -> Result<SavedReplyId, Problem> {
    text.parse().map_err(|_| ProblemCode::SavedReplyNotFound.into())
}

/// Lists the saved replies that the viewer can use: for a doctor the doctor's own and the clinic's,
/// for an admin the clinic's.
#[utoipa::path(
    get, path = "/saved-replies", operation_id = "listSavedReplies", tag = "Saved replies",
    responses(
        (status = 200, description = "The replies, sorted by title.", body = SavedReplyPage),
        (status = 403, description = "`staff_only`", body = ProblemBody, content_type = "application/problem+json"),
        NeedsSession,
    )
)]
pub async fn list(State(state): State<AppState>, viewer: Viewer) -> ApiResult<Json<SavedReplyPage>> {
    Ok(Json(SavedReplyPage { replies: state.clinic.saved_replies(&viewer).await? }))
}

/// Adds a saved reply: a doctor's own, or, by an admin, one for all doctors.
#[utoipa::path(
    post, path = "/saved-replies", operation_id = "addSavedReply", tag = "Saved replies", request_body = NewSavedReply,
    responses(
        (status = 201, description = "The stored reply.", body = SavedReply),
        (status = 403, description = "`staff_only`, or `cross_origin` from another site's page", body = ProblemBody,
         content_type = "application/problem+json"),
        (status = 409, description = "`too_many_saved_replies`", body = ProblemBody,
         content_type = "application/problem+json"),
        BadBody, NeedsSession,
    )
)]
pub async fn add(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiJson(new): ApiJson<NewSavedReply>,
) -> ApiResult<(StatusCode, Json<SavedReply>)> {
    Ok((StatusCode::CREATED, Json(state.clinic.add_saved_reply(&viewer, new).await?)))
}

/// Replaces a saved reply's title and text.
#[utoipa::path(
    put, path = "/saved-replies/{reply_id}", operation_id = "changeSavedReply", tag = "Saved replies",
    params(SavedReplyPath), request_body = NewSavedReply,
    responses(
        (status = 200, description = "The stored reply.", body = SavedReply),
        (status = 403, description = "`staff_only`, or `cross_origin` from another site's page", body = ProblemBody,
         content_type = "application/problem+json"),
        (status = 404, description = "`saved_reply_not_found`: no such reply, or the user may not change it", body = ProblemBody,
         content_type = "application/problem+json"),
        BadBody, NeedsSession,
    )
)]
pub async fn change(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiPath(reply): ApiPath<String>,
    ApiJson(new): ApiJson<NewSavedReply>,
) -> ApiResult<Json<SavedReply>> {
    Ok(Json(state.clinic.change_saved_reply(&viewer, id(&reply)?, new).await?))
}

/// Deletes a saved reply.
#[utoipa::path(
    delete, path = "/saved-replies/{reply_id}", operation_id = "deleteSavedReply", tag = "Saved replies",
    params(SavedReplyPath),
    responses(
        (status = 204, description = "Deleted."),
        (status = 403, description = "`staff_only`, or `cross_origin` from another site's page", body = ProblemBody,
         content_type = "application/problem+json"),
        (status = 404, description = "`saved_reply_not_found`: no such reply, or the user may not change it", body = ProblemBody,
         content_type = "application/problem+json"),
        NeedsSession,
    )
)]
pub async fn delete(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiPath(reply): ApiPath<String>,
) -> ApiResult<StatusCode> {
    state.clinic.delete_saved_reply(&viewer, id(&reply)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
