//! `/healthz` and `/readyz`, for programs that monitor the server.

use crate::{db, state::AppState};
use axum::{Json, extract::State};
use http::StatusCode;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// A database that takes longer than this counts as not available.
const DATABASE_WITHIN: Duration = Duration::from_secs(2);

/// The server's state, in one word or a short sentence.
#[derive(Serialize, ToSchema)]
pub struct Health {
    status: &'static str,
}

/// Reports that the server runs.
#[utoipa::path(
    get, path = "/healthz", operation_id = "healthz", tag = "Health", security(()),
    responses((status = 200, description = "`ok`", body = Health))
)]
pub async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Reports whether the server can answer requests, for which it needs the database.
#[utoipa::path(
    get, path = "/readyz", operation_id = "readyz", tag = "Health", security(()),
    responses(
        (status = 200, description = "`ready`, or `degraded` without the bus", body = Health),
        (status = 503, description = "The reason, as text", body = Health),
    )
)]
pub async fn readyz(State(state): State<AppState>) -> (StatusCode, Json<Health>) {
    let ask = async {
        let mut conn = state.db.read().await?;
        db::user::is_any(&mut conn).await
    };
    match tokio::time::timeout(DATABASE_WITHIN, ask).await {
        // Without the bus the server still answers. Pages receive messages from other nodes some
        // seconds later.
        Ok(Ok(_)) if !state.live.is_well() => (StatusCode::OK, Json(Health { status: "degraded" })),
        Ok(Ok(_)) => (StatusCode::OK, Json(Health { status: "ready" })),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "the database does not answer as it should" }))
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "the database does not answer in time" })),
    }
}
