//! `/healthz` and `/readyz`, for whatever watches the program.

use super::ApiResult;
use crate::{db, state::AppState};
use axum::{Json, extract::State};
use serde::Serialize;

/// How it stands, in a word.
#[derive(Serialize)]
pub struct Health {
    status: &'static str,
}

/// `GET /healthz`: the program runs.
pub async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// `GET /readyz`: the program can serve, which needs the database; 503 otherwise.
pub async fn readyz(State(state): State<AppState>) -> ApiResult<Json<Health>> {
    let mut conn = state.db.read().await?;
    db::user::count(&mut conn).await?;
    Ok(Json(Health { status: "ready" }))
}
