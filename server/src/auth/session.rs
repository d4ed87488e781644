//! Sessions: 256 random bits in a cookie, their SHA-256 in the database, idle and absolute expiry.

use super::{
    cookie::SessionCookie,
    secret::{secret, token_hash},
    service::Accounts,
    viewer::Viewer,
};
use crate::{
    db::{self, DbResult, session::Opener, time},
    domain::rules::millis,
};
use app::protocol::{Problem, Timestamp, UserId};
use http::{HeaderMap, header};
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A session's last use is written at most this often, so that reading a page rarely costs a
/// commit.
const TOUCH_EVERY: Duration = Duration::from_mins(1);
/// Longest stored `User-Agent`, in characters.
const USER_AGENT_MAX_CHARS: usize = 300;
/// The most browser sessions of one account: many times the devices a user has.
const SESSIONS_MAX: i64 = 100;

impl Accounts {
    /// Opens a browser's session and returns its token, which is not stored. If the account has too
    /// many sessions, ends those that were not used for the longest time.
    pub async fn open_session(&self, user: UserId, user_agent: &str) -> DbResult<String> {
        let token = secret()?;
        let now = time::now();
        let expires_at = Timestamp(now.0.saturating_add(millis(self.session_limits.absolute)));
        let user_agent: String = user_agent.chars().take(USER_AGENT_MAX_CHARS).collect();
        let mut conn = self.db.write().await?;
        db::outbox_key::insert_if_none(&mut conn, user, &secret()?).await?;
        let opener = Opener::Browser(&user_agent);
        let token_hash = token_hash(&token);
        db::session::insert(&mut conn, &token_hash, user, now, expires_at, opener).await?;
        let ended = db::session::delete_beyond(&mut conn, user, &token_hash, SESSIONS_MAX).await?;
        drop(conn);
        for ended in ended {
            self.live.end_session(&ended);
        }
        Ok(token)
    }
}

/// What authenticates a request.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A browser's session cookie.
    Cookie(String),
    /// A program's API token (RFC 6750).
    Token(String),
}

impl Credential {
    /// The credential of a request. An API token takes precedence over a cookie.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap, cookie: SessionCookie) -> Option<Self> {
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
        });
        bearer.map(Self::Token).or_else(|| cookie.token(headers).map(Self::Cookie))
    }
}

impl Accounts {
    /// The viewer of a request, if the session is valid. The request counts as a use of the
    /// session. Fails with `RateLimited` for a program with too many requests.
    pub async fn viewer(&self, credential: &Credential) -> Result<Option<Viewer>, Problem> {
        self.find_session(credential, true).await
    }

    /// Like [`viewer`](Self::viewer), for requests that a client makes without its user. They do
    /// not count as a use of the session.
    pub async fn viewer_by_itself(&self, credential: &Credential) -> Result<Option<Viewer>, Problem> {
        self.find_session(credential, false).await
    }

    async fn find_session(&self, credential: &Credential, is_use: bool) -> Result<Option<Viewer>, Problem> {
        let (token, is_program) = match credential {
            Credential::Cookie(token) => (token, false),
            Credential::Token(token) => (token, true),
        };
        let (token_hash, now) = (token_hash(token), time::now());
        let idle_since = self.session_limits.idle_since(now);
        let mut conn = self.db.read().await?;
        let session = db::session::find(&mut conn, &token_hash, now, idle_since).await?;
        drop(conn);
        // A program's token is not valid in a cookie, because browsers send cookies by themselves.
        let Some(session) = session.filter(|session| session.is_program == is_program) else {
            return Ok(None);
        };
        if is_program {
            self.token_limit.take(&token_hash)?;
        }
        if is_use && now.0 - session.last_seen_at.0 >= millis(TOUCH_EVERY) {
            self.touch_beside(&token_hash);
        }
        Ok(Some(Viewer { user: session.user, token_hash, is_program, outbox_key: session.outbox_key }))
    }
}

/// When a socket last recorded that its session is in use.
pub struct LastUse(Mutex<Instant>);

/// The moment of creation, because the request that opens the socket has recorded a use.
impl Default for LastUse {
    fn default() -> Self {
        Self(Mutex::new(Instant::now()))
    }
}

impl LastUse {
    /// Records a use of the session (a send or a read, not heartbeats or typing), at most once a
    /// minute. The write runs in the background.
    pub fn note(&self, accounts: &Accounts, token_hash: &str) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.elapsed() < TOUCH_EVERY {
            return;
        }
        *noted = Instant::now();
        drop(noted);
        accounts.touch_beside(token_hash);
    }
}

impl Accounts {
    /// Records a session's use in the background: reads must work even if the database can't be
    /// written.
    fn touch_beside(&self, token_hash: &str) {
        let (service, token_hash) = (self.clone(), token_hash.to_owned());
        self.writes.spawn(async move {
            if let Err(error) = service.touch_session(&token_hash).await {
                tracing::warn!(%error, "a session's last use could not be stored");
            }
        });
    }

    async fn touch_session(&self, token_hash: &str) -> DbResult<()> {
        let mut conn = self.db.write().await?;
        db::session::touch(&mut conn, token_hash, time::now()).await
    }

    /// Ends a session and closes its sockets.
    pub async fn close_session(&self, token_hash: &str) -> DbResult<()> {
        let mut conn = self.db.write().await?;
        db::session::delete(&mut conn, token_hash).await?;
        drop(conn);
        self.live.end_session(token_hash);
        Ok(())
    }
}
