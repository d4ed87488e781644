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

/// Accounts, sessions and API tokens. Cheap to clone.
#[derive(Clone)]
pub struct Accounts(Arc<AccountsParts>);

/// The parts of an [`Accounts`].
pub struct AccountsParts {
    /// The clinic's database.
    pub db: DbPool,
    /// The connected sockets; a session's sockets close when the session ends.
    pub live: Arc<Registry>,
    /// Hashes and verifies passwords.
    pub passwords: Passwords,
    /// Rate limits on sign-in and sign-up.
    pub sign_in_limits: SignInLimits,
    /// Recognises devices that have signed in before.
    pub devices: Devices,
    /// Rate limit on programs.
    pub token_limit: TokenLimit,
    /// How long sessions last.
    pub session_limits: SessionLimits,
    /// The session cookie's attributes.
    pub cookie: SessionCookie,
    /// Writes that have begun; a stop waits for them.
    pub writes: Writes,
}

impl Accounts {
    /// A service with these parts.
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
