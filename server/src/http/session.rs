//! `/api/session`

use super::{
    ApiJson, ApiResult,
    openapi::{BadBody, ForeignPage, NeedsSession},
    problem::ProblemBody,
};
use crate::{
    auth::{Origin, Viewer},
    state::AppState,
};
use app::protocol::User;
use axum::{
    Json,
    extract::State,
    response::{AppendHeaders, IntoResponse},
};
use http::{HeaderName, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The signed-in user.
#[derive(Serialize, ToSchema)]
pub struct UserBody {
    /// The user.
    pub user: User,
}

/// The email and password to sign in with.
#[derive(Deserialize, ToSchema)]
pub struct Credentials {
    #[serde(default)]
    #[schema(required, format = Email)]
    email: String,
    #[serde(default)]
    #[schema(required, format = Password)]
    password: String,
}

/// One `Set-Cookie` header for each cookie.
pub(super) fn set_cookies(cookies: Vec<String>) -> AppendHeaders<impl IntoIterator<Item = (HeaderName, String)>> {
    AppendHeaders(cookies.into_iter().map(|cookie| (header::SET_COOKIE, cookie)))
}

/// Signs in. This ends the session that the browser had before.
#[utoipa::path(
    post, path = "/session", operation_id = "signIn", tag = "Accounts", security(()),
    request_body = Credentials,
    responses(
        (status = 200, description = "Signed in: the first cookie is the session.", body = UserBody,
         headers(("set-cookie" = String))),
        (status = 401, description = "`invalid_credentials`: email or password", body = ProblemBody,
         content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`", body = ProblemBody, content_type = "application/problem+json"),
        BadBody,
        ForeignPage,
    )
)]
pub async fn create(
    State(state): State<AppState>,
    origin: Origin,
    ApiJson(credentials): ApiJson<Credentials>,
) -> ApiResult<impl IntoResponse> {
    let signed_in = state.accounts.sign_in(&origin, &credentials.email, credentials.password).await?;
    Ok((set_cookies(signed_in.cookies), Json(UserBody { user: signed_in.user })))
}

/// Shows the signed-in user.
#[utoipa::path(
    get, path = "/session", operation_id = "showSession", tag = "Accounts",
    responses((status = 200, description = "The user who is signed in.", body = UserBody), NeedsSession)
)]
pub async fn show(viewer: Viewer) -> Json<UserBody> {
    Json(UserBody { user: viewer.user })
}

/// Signs out. The session's sockets close. With an API token: revokes the token.
#[utoipa::path(
    delete, path = "/session", operation_id = "signOut", tag = "Accounts",
    responses(
        (status = 204, description = "Signed out; the cookie is removed.", headers(("set-cookie" = String))),
        NeedsSession,
        ForeignPage,
    )
)]
pub async fn delete(State(state): State<AppState>, viewer: Viewer) -> ApiResult<impl IntoResponse> {
    let cookie = state.accounts.sign_out(&viewer).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]))
}
