//! Sessions: 256 random bits in a cookie, their SHA-256 in the database, idle and absolute expiry.

use super::{Viewer, cookie::SessionCookie};
use crate::{
    db::{self, DbResult, session::Opener, time},
    state::AppState,
};
use app::protocol::{Problem, Timestamp, UserId};
use http::{HeaderMap, header};
use rand::TryRngCore;
use sha2::{Digest, Sha256};
use std::{
    fmt::Write,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A session's last use is written at most this often: reading a page should not cost a commit.
const TOUCH_EVERY: Duration = Duration::from_mins(1);
/// Longest `User-Agent` kept, in characters.
const USER_AGENT_MAX_CHARS: usize = 300;
/// Sessions of browsers that one account may have: many times the devices a person uses.
const SESSIONS_MAX: i64 = 100;
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

    /// When a session ends that is not used any more. A program's does not end by idleness.
    #[must_use]
    pub fn end(&self, expires_at: Timestamp, last_seen: Timestamp, is_program: bool) -> Timestamp {
        let idle_until = Timestamp(last_seen.0.saturating_add(millis(self.idle)));
        if is_program { expires_at } else { expires_at.min(idle_until) }
    }
}

/// What the database keeps of a token.
#[must_use]
pub fn token_hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// Opens a browser's session; answers its token, which is nowhere else. Of more than the account may have, those end
/// that were not used for the longest.
pub async fn open(state: &AppState, user: UserId, user_agent: &str) -> DbResult<String> {
    let token = secret()?;
    let now = time::now();
    let expires_at = Timestamp(now.0.saturating_add(millis(state.config.session.absolute)));
    let user_agent: String = user_agent.chars().take(USER_AGENT_MAX_CHARS).collect();
    let mut conn = state.db.write().await?;
    db::outbox_key::insert_if_none(&mut conn, user, &secret()?).await?;
    let opener = Opener::Browser(&user_agent);
    let token_hash = token_hash(&token);
    db::session::insert(&mut conn, &token_hash, user, now, expires_at, opener).await?;
    let ended = db::session::delete_beyond(&mut conn, user, &token_hash, SESSIONS_MAX).await?;
    drop(conn);
    for ended in ended {
        state.live.end_session(&ended);
    }
    Ok(token)
}

/// 256 random bits in hex.
pub(super) fn secret() -> DbResult<String> {
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

/// What a request shows to be somebody's.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A browser's cookie.
    Cookie(String),
    /// A program's API token (RFC 6750).
    Token(String),
}

impl Credential {
    /// What comes with a request. A program that says who it is means that, whatever cookies it carries.
    #[must_use]
    pub fn of(headers: &HeaderMap, cookie: SessionCookie) -> Option<Self> {
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
        });
        bearer.map(Self::Token).or_else(|| cookie.token(headers).map(Self::Cookie))
    }
}

/// Who is behind a request, if its session holds. Asking is a use of it. 429 for a program that asks too much.
pub async fn viewer(state: &AppState, credential: &Credential) -> Result<Option<Viewer>, Problem> {
    look_up(state, credential, true).await
}

/// The same for what a client asks by itself, however long nobody has been there.
pub async fn viewer_by_itself(state: &AppState, credential: &Credential) -> Result<Option<Viewer>, Problem> {
    look_up(state, credential, false).await
}

async fn look_up(state: &AppState, credential: &Credential, is_use: bool) -> Result<Option<Viewer>, Problem> {
    let (token, is_program) = match credential {
        Credential::Cookie(token) => (token, false),
        Credential::Token(token) => (token, true),
    };
    let (token_hash, now) = (token_hash(token), time::now());
    let idle_since = state.config.session.idle_since(now);
    let mut conn = state.db.read().await?;
    let session = db::session::find(&mut conn, &token_hash, now, idle_since).await?;
    drop(conn);
    // A token is not a cookie: what a browser sends by itself must not be what a program has to say.
    let Some(session) = session.filter(|session| session.is_program == is_program) else {
        return Ok(None);
    };
    if is_program {
        state.token_limit.take(&token_hash)?;
    }
    if is_use && now.0 - session.last_seen_at.0 >= millis(TOUCH_EVERY) {
        touch_beside(state, &token_hash);
    }
    Ok(Some(Viewer { user: session.user, token_hash, is_program, outbox_key: session.outbox_key }))
}

/// When something that lasts, like a socket, last noted that its session is in use.
pub struct LastUse(Mutex<Instant>);

/// Begun just now, with a request that noted it.
impl Default for LastUse {
    fn default() -> Self {
        Self(Mutex::new(Instant::now()))
    }
}

impl LastUse {
    /// Notes a use: by a send or a read, not by heartbeats or typing. Written down beside what brought it about, and
    /// not every time.
    pub fn note(&self, state: &AppState, token_hash: &str) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.elapsed() < TOUCH_EVERY {
            return;
        }
        *noted = Instant::now();
        drop(noted);
        touch_beside(state, token_hash);
    }
}

/// Notes that a session was used, beside whatever used it: reading must not depend on being able to write.
fn touch_beside(state: &AppState, token_hash: &str) {
    let (state, token_hash) = (state.clone(), token_hash.to_owned());
    state.clone().writes.spawn(async move {
        if let Err(error) = touch(&state, &token_hash).await {
            tracing::warn!(%error, "a session's last use could not be noted");
        }
    });
}

async fn touch(state: &AppState, token_hash: &str) -> DbResult<()> {
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
