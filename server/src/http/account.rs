//! `/api/accounts`

use super::{ApiJson, ApiResult};
use crate::{
    auth::{Origin, account},
    state::AppState,
};
use app::protocol::User;
use axum::{Json, extract::State, response::IntoResponse};
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};

/// What a stranger may say about themselves. A role isn't among it.
#[derive(Deserialize)]
pub struct NewAccount {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
}

/// The body that names the signed-in person.
#[derive(Serialize)]
pub struct UserBody {
    /// Who.
    pub user: User,
}

/// `POST /api/accounts`: 201, signed in.
pub async fn create(
    State(state): State<AppState>,
    origin: Origin,
    ApiJson(new): ApiJson<NewAccount>,
) -> ApiResult<impl IntoResponse> {
    let signed_in = account::sign_up(&state, &origin, &new.name, &new.email, new.password).await?;
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, signed_in.cookie)], Json(UserBody { user: signed_in.user })))
}
