//! Accounts that are disabled, and opened again: the others of their chats are told. The database itself notes it in
//! the chats, whichever program disables an account.

use crate::{
    db::{self, DbConn, DbPool, DbResult},
    state::AppState,
    tasks::external_changes::tell_others,
};
use std::time::Duration;

/// How often it is looked for: as often as for sessions that have ended.
const EVERY: Duration = Duration::from_millis(800);

/// How often PostgreSQL is asked to go on with chats that somebody held.
const AGAIN_EVERY: Duration = Duration::from_secs(3);

/// Follows what becomes of accounts until the program stops. PostgreSQL tells of it (`outside`), and leaves out chats that
/// another program holds; in a SQLite file it has to be looked for.
pub(super) async fn follow(state: AppState) {
    match state.db {
        DbPool::Postgres(_) => go_on(&state).await,
        DbPool::Sqlite(_) => look(&state).await,
    }
}

async fn go_on(state: &AppState) {
    loop {
        tokio::time::sleep(AGAIN_EVERY).await;
        let noted = async { db::user::note_disabled_left(&mut state.db.write().await?).await };
        if let Err(error) = noted.await {
            tracing::warn!(%error, "disabled accounts could not be noted in all chats");
        }
    }
}

async fn look(state: &AppState) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut look, mut epoch) = (Look::default(), state.db.epoch().ok());
    loop {
        ticks.tick().await;
        // Another file than before: its pages come again and compare.
        if let Ok(now) = state.db.epoch()
            && epoch.replace(now).is_some_and(|before| before != now)
        {
            look = Look::default();
        }
        if let Err(error) = look.again(state).await {
            // Whom it was known of stays known: what changed meanwhile is told of at the next look.
            look.conn = None;
            tracing::warn!(%error, "disabled accounts could not be looked for");
        }
    }
}

/// What the last look saw.
#[derive(Default)]
struct Look {
    /// The connection it is taken with.
    conn: Option<DbConn>,
    /// The newest change; `None` before the first look.
    newest: Option<i64>,
}

impl Look {
    /// Looks again.
    async fn again(&mut self, state: &AppState) -> DbResult<()> {
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => state.db.read().await?,
        };
        let (users, newest) = db::user::changed(&mut conn, self.newest.unwrap_or(0)).await?;
        if self.newest.is_some() {
            for user in users {
                tell_others(state, user).await?;
            }
        }
        self.newest = Some(newest);
        self.conn = Some(conn);
        Ok(())
    }
}
