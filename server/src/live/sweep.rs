//! Looks once a second whether the sessions behind open sockets still hold, so that an expired session or
//! an account disabled by another program loses its sockets within a second.

use crate::{
    db::{self, DbResult, time},
    state::AppState,
};
use std::time::Duration;

/// How often. The contract allows a second; the look itself takes milliseconds.
const EVERY: Duration = Duration::from_millis(800);
/// Sessions asked for in one statement.
const CHUNK: usize = 500;
/// How often sessions that ended by themselves are removed.
const TIDY_EVERY: Duration = Duration::from_secs(3_600);

/// Runs until the program stops.
pub async fn run(state: AppState) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut tidied = tokio::time::Instant::now();
    loop {
        ticks.tick().await;
        if let Err(error) = close_ended(&state).await {
            tracing::warn!(%error, "open sockets' sessions could not be checked");
        }
        if tidied.elapsed() >= TIDY_EVERY {
            tidied = tokio::time::Instant::now();
            if let Err(error) = tidy(&state).await {
                tracing::warn!(%error, "ended sessions could not be removed");
            }
        }
    }
}

async fn close_ended(state: &AppState) -> DbResult<()> {
    let sessions = state.live.sessions();
    let now = time::now();
    let idle_since = state.config.session.idle_since(now);
    for chunk in sessions.chunks(CHUNK) {
        let mut conn = state.db.read().await?;
        let holding = db::session::holding(&mut conn, chunk, now, idle_since).await?;
        for ended in chunk.iter().filter(|session| !holding.contains(*session)) {
            state.live.end_session(ended);
        }
    }
    Ok(())
}

async fn tidy(state: &AppState) -> DbResult<()> {
    let now = time::now();
    let mut conn = state.db.write().await?;
    let removed = db::session::delete_ended(&mut conn, now, state.config.session.idle_since(now)).await?;
    tracing::debug!(removed, "removed ended sessions");
    Ok(())
}
