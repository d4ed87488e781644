//! `/api/search`

use super::{
    ApiJson, ApiResult,
    openapi::{BadBody, ForeignPage, NeedsSession, NotAMember},
};
use crate::{auth::Viewer, state::AppState};
use app::protocol::{SearchPage, SearchQuery};
use axum::{Json, extract::State};

/// Searches the viewer's chats for messages with these words, newest first. Retracted messages are
/// not found.
#[utoipa::path(
    post, path = "/search", operation_id = "searchMessages", tag = "Messages", request_body = SearchQuery,
    responses(
        (status = 200, description = "The matches.", body = SearchPage), NotAMember, BadBody, NeedsSession,
        ForeignPage,
    )
)]
pub async fn search(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiJson(query): ApiJson<SearchQuery>,
) -> ApiResult<Json<SearchPage>> {
    Ok(Json(state.chats.search(&viewer, query).await?))
}
