//! `/api/doctors` and `/api/doctor/settings`

use super::{
    ApiJson, ApiQuery, ApiResult,
    openapi::{BadBody, BadQuery, NeedsSession},
    problem::ProblemBody,
};
use crate::{auth::Viewer, state::AppState};
use app::protocol::{DoctorPage, DoctorQuery, DoctorSettings};
use axum::{Json, extract::State};

/// Lists a page of the directory, by name.
#[utoipa::path(
    get, path = "/doctors", operation_id = "listDoctors", tag = "Directory", params(DoctorQuery),
    responses((status = 200, description = "Doctors.", body = DoctorPage), BadQuery, NeedsSession)
)]
pub async fn list(
    State(state): State<AppState>,
    _viewer: Viewer,
    ApiQuery(query): ApiQuery<DoctorQuery>,
) -> ApiResult<Json<DoctorPage>> {
    Ok(Json(state.chats.list_doctors(query).await?))
}

/// Shows the signed-in doctor's settings.
#[utoipa::path(
    get, path = "/doctor/settings", operation_id = "showDoctorSettings", tag = "Directory",
    responses(
        (status = 200, description = "The settings.", body = DoctorSettings),
        (status = 403, description = "`doctors_only`", body = ProblemBody, content_type = "application/problem+json"),
        NeedsSession,
    )
)]
pub async fn settings(State(state): State<AppState>, viewer: Viewer) -> ApiResult<Json<DoctorSettings>> {
    Ok(Json(state.chats.doctor_settings(&viewer).await?))
}

/// Replaces all settings of the signed-in doctor.
#[utoipa::path(
    put, path = "/doctor/settings", operation_id = "replaceDoctorSettings", tag = "Directory",
    request_body = DoctorSettings,
    responses(
        (status = 200, description = "The stored settings.", body = DoctorSettings),
        (status = 403, description = "`doctors_only`, or `cross_origin` from another site's page", body = ProblemBody,
         content_type = "application/problem+json"),
        BadBody, NeedsSession,
    )
)]
pub async fn replace_settings(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiJson(wish): ApiJson<DoctorSettings>,
) -> ApiResult<Json<DoctorSettings>> {
    Ok(Json(state.chats.replace_doctor_settings(&viewer, wish).await?))
}
