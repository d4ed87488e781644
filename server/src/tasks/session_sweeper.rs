//! Looks once a second whether the sessions behind open sockets still hold, so that an expired session or
//! an account disabled by another program loses its sockets within a second. What that costs does not grow with the
//! number of sessions.

use crate::{
    db::{self, DbConn, DbResult, time},
    state::AppState,
};
use std::{collections::HashSet, time::Duration};

/// How often. The contract allows a second; the look itself takes milliseconds.
const EVERY: Duration = Duration::from_millis(800);
/// How often sessions that ended by themselves are removed.
const TIDY_EVERY: Duration = Duration::from_hours(1);

/// Runs until the program stops.
pub(super) async fn run(state: AppState) {
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

/// Sessions asked about in one statement.
const SESSIONS_AT_ONCE: usize = 500;

/// What the last look saw.
#[derive(Default)]
struct Look {
    /// The connection it is taken with.
    conn: Option<DbConn>,
    /// How often sessions had been ended.
    version: Option<i64>,
}

impl Look {
    /// Closes the sockets of sessions that ended. Asks about those of sockets that came since the last look; about all that
    /// have sockets here only when something has ended sessions, or one of them has run out.
    async fn close_ended(&mut self, state: &AppState) -> DbResult<()> {
        let joined = state.live.take_joined();
        if state.live.is_empty() {
            return Ok(());
        }
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => state.db.read().await?,
        };
        let version = state.db.version(&mut conn).await?;
        let now = time::now();
        let is_any_ended = self.version.replace(version) != Some(version) || state.live.next_end() <= now;
        // Listed before it is asked which of them hold: one that comes meanwhile must not be taken for ended.
        let asked = if is_any_ended { state.live.sessions_anew().into_iter().collect() } else { joined };
        let limits = &state.config.session;
        for some in asked.chunks(SESSIONS_AT_ONCE) {
            let holding = db::session::holding(&mut conn, some, now, limits.idle_since(now)).await?;
            for held in &holding {
                state.live.note_end(limits.end(held.expires_at(), held.last_seen_at(), held.is_program));
            }
            let holding: HashSet<&str> = holding.iter().map(|held| held.token_hash.as_str()).collect();
            for ended in some.iter().filter(|token_hash| !holding.contains(token_hash.as_str())) {
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
