//! `/api/doctors`

use super::{
    ApiQuery, ApiResult,
    openapi::{BadQuery, NeedsSession},
};
use crate::{auth::Viewer, chat::directory, state::AppState};
use app::{api::DoctorQuery, protocol::DoctorPage};
use axum::{Json, extract::State};

/// A page of the directory, by name.
#[utoipa::path(
    get, path = "/doctors", operation_id = "listDoctors", tag = "Directory", params(DoctorQuery),
    responses((status = 200, description = "Doctors.", body = DoctorPage), BadQuery, NeedsSession)
)]
pub async fn list(
    State(state): State<AppState>,
    _viewer: Viewer,
    ApiQuery(query): ApiQuery<DoctorQuery>,
) -> ApiResult<Json<DoctorPage>> {
    Ok(Json(directory::list_doctors(&state, query).await?))
}
