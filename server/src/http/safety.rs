//! `/api/clinic/safety`

use super::{
    ApiJson, ApiResult,
    openapi::{BadBody, NeedsSession},
    problem::ProblemBody,
};
use crate::{auth::Viewer, state::AppState};
use app::protocol::{Safety, SafetyChange};
use axum::{Json, extract::State};

/// Shows the clinic's emergency settings: the number to call, and the phrases in a patient's
/// message that are signs of an emergency. A client program compares messages with these phrases
/// itself.
#[utoipa::path(
    get, path = "/clinic/safety", operation_id = "showSafety", tag = "Administration",
    responses((status = 200, description = "The list and number.", body = Safety), NeedsSession)
)]
pub async fn show(State(state): State<AppState>, _viewer: Viewer) -> ApiResult<Json<Safety>> {
    Ok(Json(state.clinic.safety().await?))
}

/// Changes the emergency settings. A field that is left out keeps its value; `null` restores the
/// built-in value. If two long lists exceed the body limit together, send them in separate
/// requests.
#[utoipa::path(
    put, path = "/clinic/safety", operation_id = "changeSafety", tag = "Administration", request_body = SafetyChange,
    responses(
        (status = 200, description = "The stored list and number.", body = Safety),
        (status = 403, description = "`admins_only`, or `cross_origin` from another site's page", body = ProblemBody,
         content_type = "application/problem+json"),
        BadBody, NeedsSession,
    )
)]
pub async fn change(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiJson(change): ApiJson<SafetyChange>,
) -> ApiResult<Json<Safety>> {
    Ok(Json(state.clinic.change_safety(&viewer, change).await?))
}
