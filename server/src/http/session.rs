//! `/api/session`

use super::{ApiJson, ApiResult, account::UserBody};
use crate::{
    auth::{Origin, Viewer, account},
    state::AppState,
};
use axum::{Json, extract::State, response::IntoResponse};
use http::{StatusCode, header};
use serde::Deserialize;

/// What signs a person in.
#[derive(Deserialize)]
pub struct Credentials {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
}

/// `POST /api/session`: 200 and a new session's cookie.
pub async fn create(
    State(state): State<AppState>,
    origin: Origin,
    ApiJson(credentials): ApiJson<Credentials>,
) -> ApiResult<impl IntoResponse> {
    let signed_in = account::sign_in(&state, &origin, &credentials.email, credentials.password).await?;
    Ok(([(header::SET_COOKIE, signed_in.cookie)], Json(UserBody { user: signed_in.user })))
}

/// `GET /api/session`: who is signed in.
pub async fn show(viewer: Viewer) -> Json<UserBody> {
    Json(UserBody { user: viewer.user })
}

/// `DELETE /api/session`: 204, and the session's sockets close.
pub async fn delete(State(state): State<AppState>, viewer: Viewer) -> ApiResult<impl IntoResponse> {
    let cookie = account::sign_out(&state, &viewer).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]))
}
