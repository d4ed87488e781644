//! `/healthz` and `/readyz`, for whatever watches the program.

use crate::{db, state::AppState};
use axum::{Json, extract::State};
use http::StatusCode;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// A database that takes longer than this is none.
const DATABASE_WITHIN: Duration = Duration::from_secs(2);

/// How it stands, in a word.
#[derive(Serialize, ToSchema)]
pub struct Health {
    status: &'static str,
}

/// The program runs.
#[utoipa::path(
    get, path = "/healthz", operation_id = "healthz", tag = "Health", security(()),
    responses((status = 200, description = "`ok`", body = Health))
)]
pub async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// The program can serve, which needs the database.
#[utoipa::path(
    get, path = "/readyz", operation_id = "readyz", tag = "Health", security(()),
    responses(
        (status = 200, description = "`ready`, or `degraded` without the bus", body = Health),
        (status = 503, description = "Why it can not, in words", body = Health),
    )
)]
pub async fn readyz(State(state): State<AppState>) -> (StatusCode, Json<Health>) {
    let ask = async {
        let mut conn = state.db.read().await?;
        db::user::is_any(&mut conn).await
    };
    match tokio::time::timeout(DATABASE_WITHIN, ask).await {
        // It serves all the same; pages hear of other nodes' messages some seconds later.
        Ok(Ok(_)) if !state.live.is_well() => (StatusCode::OK, Json(Health { status: "degraded" })),
        Ok(Ok(_)) => (StatusCode::OK, Json(Health { status: "ready" })),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "the database does not answer as it should" }))
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "the database does not answer in time" })),
    }
}
