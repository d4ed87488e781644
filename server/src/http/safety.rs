//! `/api/clinic/safety`

use super::{
    ApiJson, ApiResult,
    openapi::{BadBody, NeedsSession},
    problem::ProblemBody,
};
use crate::{auth::Viewer, state::AppState};
use app::protocol::{Safety, SafetyChange};
use axum::{Json, extract::State};

/// What the clinic says of emergencies: whom to call, and which phrases in a patient's message are signs of one. A
/// program compares messages with them itself.
#[utoipa::path(
    get, path = "/clinic/safety", operation_id = "showSafety", tag = "Administration",
    responses((status = 200, description = "As it is.", body = Safety), NeedsSession)
)]
pub async fn show(State(state): State<AppState>, _viewer: Viewer) -> ApiResult<Json<Safety>> {
    Ok(Json(state.clinic.safety().await?))
}

/// Changes that. What is left out stays; `null` is as built in. Lists that are long together fit one by one.
#[utoipa::path(
    put, path = "/clinic/safety", operation_id = "changeSafety", tag = "Administration", request_body = SafetyChange,
    responses(
        (status = 200, description = "As it is now.", body = Safety),
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
