//! `/healthz` and `/readyz`, for whatever watches the program.

use crate::{db, state::AppState};
use axum::{Json, extract::State};
use http::StatusCode;
use serde::Serialize;
use std::time::Duration;

/// A database that takes longer than this is none.
const DATABASE_WITHIN: Duration = Duration::from_secs(2);

/// How it stands, in a word.
#[derive(Serialize)]
pub struct Health {
    status: &'static str,
}

/// `GET /healthz`: the program runs.
pub async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// `GET /readyz`: the program can serve, which needs the database; 503 with the reason otherwise.
pub async fn readyz(State(state): State<AppState>) -> (StatusCode, Json<Health>) {
    let ask = async {
        let mut conn = state.db.read().await?;
        db::user::count(&mut conn).await
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
