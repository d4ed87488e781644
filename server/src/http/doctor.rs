//! `/api/doctors`

use super::{ApiQuery, ApiResult};
use crate::{auth::Viewer, chat::directory, state::AppState};
use app::{api::DoctorQuery, protocol::DoctorPage};
use axum::{Json, extract::State};

/// `GET /api/doctors`: a page of the directory.
pub async fn list(
    State(state): State<AppState>,
    _viewer: Viewer,
    ApiQuery(query): ApiQuery<DoctorQuery>,
) -> ApiResult<Json<DoctorPage>> {
    Ok(Json(directory::list_doctors(&state, query).await?))
}
