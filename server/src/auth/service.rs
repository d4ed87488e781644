//! The service for accounts and sessions.

use super::{
    cookie::SessionCookie,
    device::Devices,
    limit::{SignInLimits, TokenLimit},
    password::Passwords,
};
use crate::{
    db::{DbPool, Writes},
    domain::rules::SessionLimits,
    live::Registry,
};
use std::{ops::Deref, sync::Arc};

/// Accounts, sessions and tokens; cheap to clone.
#[derive(Clone)]
pub struct Accounts(Arc<AccountsParts>);

/// What [`Accounts`] works with.
pub struct AccountsParts {
    /// The clinic's database.
    pub db: DbPool,
    /// Connected sockets, which end with their sessions.
    pub live: Arc<Registry>,
    /// Password hashing.
    pub passwords: Passwords,
    /// Limits on guessing.
    pub sign_in_limits: SignInLimits,
    /// Knows devices that have signed in before.
    pub devices: Devices,
    /// Limits on programs.
    pub token_limit: TokenLimit,
    /// How long sessions last.
    pub session_limits: SessionLimits,
    /// How the session cookie looks.
    pub cookie: SessionCookie,
    /// Writes under way, which a stop waits for.
    pub writes: Writes,
}

impl Accounts {
    /// Of these parts.
    #[must_use]
    pub fn new(parts: AccountsParts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for Accounts {
    type Target = AccountsParts;

    fn deref(&self) -> &AccountsParts {
        &self.0
    }
}
