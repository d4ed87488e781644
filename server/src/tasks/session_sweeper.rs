//! Closes the sockets of ended sessions. Within a second of its end, an expired session, or one
//! whose account another program disabled, loses its sockets. The cost does not grow with the
//! number of sessions. The task also updates gauges, copies SQLite's log and deletes ended
//! sessions.

use crate::{
    db::{self, DbConn, DbResult, time},
    state::AppState,
};
use std::{collections::HashSet, time::Duration};

/// How often the sessions are checked. The contract allows a second; a check takes milliseconds.
const EVERY: Duration = Duration::from_millis(800);
/// How often expired sessions are deleted.
const TIDY_EVERY: Duration = Duration::from_hours(1);

/// Runs until the program stops.
pub(super) async fn run(state: AppState) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut check = Pass::default();
    let mut epoch = state.db.epoch().ok();
    let mut tidied = tokio::time::Instant::now();
    loop {
        ticks.tick().await;
        if let Some(pools) = state.db.status() {
            state.metrics.note_pools(pools);
        }
        state.metrics.bus_up.set(i64::from(state.config.bus.is_some() && state.live.is_well()));
        // The database was replaced. It may lack what pages hold, so they connect again and
        // compare.
        if let Ok(now) = state.db.epoch()
            && epoch.replace(now).is_some_and(|before| before != now)
        {
            state.live.reconnect_all();
            // Its connection belongs to the earlier file.
            check = Pass::default();
        }
        if let Err(error) = check.close_ended(&state).await {
            check = Pass::default();
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

/// The most sessions in one statement.
const SESSIONS_AT_ONCE: usize = 500;

/// What the last check saw.
#[derive(Default)]
struct Pass {
    /// The connection that is used for every check.
    conn: Option<DbConn>,
    /// The database's count of ended sessions.
    version: Option<i64>,
}

impl Pass {
    /// Closes the sockets of ended sessions. Usually checks only the sessions of sockets that
    /// connected since the last check. Checks all sessions with sockets on this node only when a
    /// session was ended, or one of them has expired.
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
        // Listed before the query, so that a session that connects meanwhile is not treated as
        // ended.
        let asked = if is_any_ended { state.live.sessions_to_recheck().into_iter().collect() } else { joined };
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
