//! Sessions: 256 random bits in a cookie, their SHA-256 in the database, idle and absolute expiry.

use super::Viewer;
use crate::{
    db::{self, DbResult, time},
    state::AppState,
};
use app::protocol::{Timestamp, UserId};
use rand::TryRngCore;
use sha2::{Digest, Sha256};
use std::{fmt::Write, time::Duration};

/// A session's last use is written at most this often: reading a page should not cost a commit.
const TOUCH_EVERY: Duration = Duration::from_secs(60);
/// Longest `User-Agent` kept, in characters.
const USER_AGENT_MAX_CHARS: usize = 300;
/// Random bytes in a token, and in a key.
const SECRET_BYTES: usize = 32;

/// How long sessions last.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// Without use.
    pub idle: Duration,
    /// From sign-in, whatever happens.
    pub absolute: Duration,
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl SessionLimits {
    /// A session last used before this is over.
    #[must_use]
    pub fn idle_since(&self, now: Timestamp) -> Timestamp {
        Timestamp(now.0.saturating_sub(millis(self.idle)))
    }

    /// When a session last used then is over.
    #[must_use]
    pub fn idle_until(&self, last_seen: Timestamp) -> Timestamp {
        Timestamp(last_seen.0.saturating_add(millis(self.idle)))
    }
}

/// What the database keeps of a token.
#[must_use]
pub fn token_hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// Opens a session; answers its token, which is nowhere else.
pub async fn open(state: &AppState, user: UserId, user_agent: &str) -> DbResult<String> {
    let token = secret()?;
    let now = time::now();
    let expires_at = Timestamp(now.0.saturating_add(millis(state.config.session.absolute)));
    let user_agent: String = user_agent.chars().take(USER_AGENT_MAX_CHARS).collect();
    let mut conn = state.db.write().await?;
    db::outbox_key::insert_if_none(&mut conn, user, &secret()?).await?;
    db::session::insert(&mut conn, &token_hash(&token), user, now, expires_at, &user_agent).await?;
    Ok(token)
}

/// 256 random bits in hex.
fn secret() -> DbResult<String> {
    let mut bytes = [0_u8; SECRET_BYTES];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(|_| db::DbError::Unknown("source of randomness"))?;
    Ok(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        // Writing to a String can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Who is behind a token, if its session holds.
pub async fn viewer(state: &AppState, token: &str) -> DbResult<Option<Viewer>> {
    let (token_hash, now) = (token_hash(token), time::now());
    let idle_since = state.config.session.idle_since(now);
    let mut conn = state.db.read().await?;
    let Some(session) = db::session::find(&mut conn, &token_hash, now, idle_since).await? else {
        return Ok(None);
    };
    drop(conn);
    if now.0 - session.last_seen_at.0 >= millis(TOUCH_EVERY) {
        // Beside the request: reading must not depend on being able to write.
        let (state, token_hash) = (state.clone(), token_hash.clone());
        state.clone().writes.spawn(async move {
            if let Err(error) = touch(&state, &token_hash).await {
                tracing::warn!(%error, "a session's last use could not be noted");
            }
        });
    }
    Ok(Some(Viewer { user: session.user, token_hash, outbox_key: session.outbox_key }))
}

/// Notes that a session was used.
pub async fn touch(state: &AppState, token_hash: &str) -> DbResult<()> {
    let mut conn = state.db.write().await?;
    db::session::touch(&mut conn, token_hash, time::now()).await
}

/// Ends a session and closes its sockets.
pub async fn close(state: &AppState, token_hash: &str) -> DbResult<()> {
    let mut conn = state.db.write().await?;
    db::session::delete(&mut conn, token_hash).await?;
    drop(conn);
    state.live.end_session(token_hash);
    Ok(())
}
