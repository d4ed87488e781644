//! Looks once a second whether the sessions behind open sockets still hold, so that an expired session or
//! an account disabled by another program loses its sockets within a second.

use crate::{
    db::{self, DbConn, DbResult, time},
    state::AppState,
};
use app::protocol::Timestamp;
use std::time::Duration;

/// How often. The contract allows a second; the look itself takes milliseconds.
const EVERY: Duration = Duration::from_millis(800);
/// How often sessions that ended by themselves are removed.
const TIDY_EVERY: Duration = Duration::from_hours(1);

/// Runs until the program stops.
pub async fn run(state: AppState) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut look = Look::default();
    let mut epoch = state.db.epoch().ok();
    let mut tidied = tokio::time::Instant::now();
    loop {
        ticks.tick().await;
        if let Some(pools) = state.db.status() {
            state.metrics.note_pools(pools);
        }
        state.metrics.bus_up.set(i64::from(state.config.bus.is_some() && state.live.is_well()));
        // Another database than before: what pages hold may not be in it.
        if let Ok(now) = state.db.epoch()
            && epoch.replace(now).is_some_and(|before| before != now)
        {
            state.live.reconnect_all();
            // Its connection is to the file that was there before.
            look = Look::default();
        }
        if let Err(error) = look.close_ended(&state).await {
            look = Look::default();
            tracing::warn!(%error, "open sockets' sessions could not be checked");
        }
        if let Err(error) = state.db.checkpoint().await {
            tracing::warn!(%error, "the database's log could not be copied");
        }
        if tidied.elapsed() >= TIDY_EVERY {
            tidied = tokio::time::Instant::now();
            if let Err(error) = tidy(&state).await {
                tracing::warn!(%error, "ended sessions could not be removed");
            }
        }
    }
}

/// What the last look saw.
#[derive(Default)]
struct Look {
    /// The connection it is taken with, whose own the version is.
    conn: Option<DbConn>,
    version: Option<i64>,
    /// When the next session ends by its age.
    next_end: Option<Timestamp>,
}

impl Look {
    /// Closes the sockets of sessions that ended.
    async fn close_ended(&mut self, state: &AppState) -> DbResult<()> {
        if state.live.is_empty() {
            return Ok(());
        }
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => state.db.read().await?,
        };
        let version = state.db.version(&mut conn).await?;
        let now = time::now();
        // Otherwise nothing was written since, and nothing has run out.
        if self.version.replace(version) != Some(version) || self.next_end.is_some_and(|end| end <= now) {
            // Listed before it is asked which of them hold: one that comes meanwhile must not be taken for ended.
            let connected = state.live.sessions();
            let limits = &state.config.session;
            let idle_since = limits.idle_since(now);
            let holding = db::session::holding(&mut conn, now, idle_since).await?;
            let (expires, last_seen) = db::session::oldest(&mut conn, now, idle_since).await?;
            let idle_until = last_seen.map(|last_seen| limits.idle_until(last_seen));
            self.next_end = [expires, idle_until].into_iter().flatten().min();
            for ended in connected.difference(&holding) {
                state.live.end_session(ended);
            }
        }
        self.conn = Some(conn);
        Ok(())
    }
}

async fn tidy(state: &AppState) -> DbResult<()> {
    let now = time::now();
    let mut conn = state.db.write().await?;
    let removed = db::session::delete_ended(&mut conn, now, state.config.session.idle_since(now)).await?;
    tracing::debug!(removed, "removed ended sessions");
    Ok(())
}
