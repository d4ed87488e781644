//! Notifies the other members of a user's chats when the account is disabled or enabled again. The
//! database itself notes the change in the chats, whichever program disables an account.

use crate::{
    db::{self, DbConn, DbPool, DbResult},
    state::AppState,
    tasks::external_changes::publish_to_peers,
};
use std::time::Duration;

/// How often SQLite is asked for changed accounts: as often as for ended sessions.
const EVERY: Duration = Duration::from_millis(800);

/// How often PostgreSQL is asked to note the change in chats that another program had locked.
const AGAIN_EVERY: Duration = Duration::from_secs(3);

/// Handles disabled and enabled accounts until the program stops. PostgreSQL reports them
/// (`external_changes`), but skips chats that another program has locked. A SQLite file has to be
/// polled.
pub(super) async fn follow(state: AppState) {
    match state.db {
        DbPool::Postgres(_) => go_on(&state).await,
        DbPool::Sqlite(_) => check(&state).await,
    }
}

async fn go_on(state: &AppState) {
    loop {
        tokio::time::sleep(AGAIN_EVERY).await;
        let noted = async { db::user::note_disabled_left(&mut state.db.write().await?).await };
        if let Err(error) = noted.await {
            tracing::warn!(%error, "disabled accounts could not be recorded in all chats");
        }
    }
}

async fn check(state: &AppState) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut check, mut epoch) = (Pass::default(), state.db.epoch().ok());
    loop {
        ticks.tick().await;
        // The database file was replaced. Its pages connect again and compare.
        if let Ok(now) = state.db.epoch()
            && epoch.replace(now).is_some_and(|before| before != now)
        {
            check = Pass::default();
        }
        if let Err(error) = check.again(state).await {
            // `newest` is kept, so the next look publishes the changes made meanwhile.
            check.conn = None;
            tracing::warn!(%error, "disabled accounts could not be read");
        }
    }
}

/// What the last look saw.
#[derive(Default)]
struct Pass {
    /// The connection that is used for every look.
    conn: Option<DbConn>,
    /// The newest change that was seen; `None` before the first look.
    newest: Option<i64>,
}

impl Pass {
    /// Looks once, and publishes the changes since the last look.
    async fn again(&mut self, state: &AppState) -> DbResult<()> {
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => state.db.read().await?,
        };
        let (users, newest) = db::user::changed(&mut conn, self.newest.unwrap_or(0)).await?;
        if self.newest.is_some() {
            for user in users {
                publish_to_peers(state, user).await?;
            }
        }
        self.newest = Some(newest);
        self.conn = Some(conn);
        Ok(())
    }
}
