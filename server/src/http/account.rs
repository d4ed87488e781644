//! `/api/accounts`

use super::{
    ApiJson, ApiResult,
    openapi::{BadBody, ForeignPage},
    problem::ProblemBody,
    session::{UserBody, set_cookies},
};
use crate::{auth::Origin, state::AppState};
use axum::{Json, extract::State, response::IntoResponse};
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

/// The details of a new patient's account. It has no role: only patients sign up by themselves.
#[derive(Deserialize, ToSchema)]
pub struct NewAccount {
    /// Full name.
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 100)]
    name: String,
    /// The email to sign in with.
    #[serde(default)]
    #[schema(required, format = Email, max_length = 254)]
    email: String,
    /// A password that is not easily guessed.
    #[serde(default)]
    #[schema(required, format = Password, min_length = 15, max_length = 128)]
    password: String,
}

/// Creates a patient's account and signs in.
#[utoipa::path(
    post, path = "/accounts", operation_id = "createAccount", tag = "Accounts", security(()),
    request_body = NewAccount,
    responses(
        (status = 201, description = "Account created and signed in: the first cookie is the session.", body = UserBody,
         headers(("set-cookie" = String))),
        (status = 409, description = "`email_taken`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`", body = ProblemBody, content_type = "application/problem+json"),
        BadBody,
        ForeignPage,
    )
)]
pub async fn create(
    State(state): State<AppState>,
    origin: Origin,
    ApiJson(new): ApiJson<NewAccount>,
) -> ApiResult<impl IntoResponse> {
    let signed_in = state.accounts.sign_up(&origin, &new.name, &new.email, new.password).await?;
    Ok((StatusCode::CREATED, set_cookies(signed_in.cookies), Json(UserBody { user: signed_in.user })))
}
