//! API tokens, which programs send in place of a cookie. Each belongs to one account, has a name
//! and an expiry, and is stored as a session. Only its hash is stored.

use super::{
    secret::{secret, token_hash},
    service::Accounts,
};
use crate::{
    db::{self, session::Opener, time},
    domain::text::fold_email,
};
use app::protocol::{FieldCode, Problem, Timestamp, UserId};

/// The prefix of every token, by which people and secret scanners recognise it.
const PREFIX: &str = "bst_";
/// Longest name, in characters.
const NAME_MAX_CHARS: usize = 100;
/// A day, in milliseconds.
const DAY_MS: i64 = 86_400_000;

impl Accounts {
    /// Creates a token for the account with this e-mail and returns it. It is not stored. Fails
    /// with a problem for `name` if the name is malformed or taken, or for `email` if there is no
    /// such account.
    pub async fn add_token(&self, email: &str, name: &str, days: u32) -> Result<String, Problem> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME_MAX_CHARS || name.chars().any(char::is_control) {
            return Err(Problem::field("name", FieldCode::Malformed));
        }
        let user = self.account_of_email(email).await?;
        let token = format!("{PREFIX}{}", secret()?);
        let now = time::now();
        let expires_at = Timestamp(now.0.saturating_add(i64::from(days) * DAY_MS));
        let mut conn = self.db.write().await?;
        let opener = Opener::Program(name);
        db::session::insert(&mut conn, &token_hash(&token), user, now, expires_at, opener).await.map_err(|error| {
            if db::session::is_name_taken(&error) { Problem::field("name", FieldCode::Taken) } else { error.into() }
        })?;
        Ok(token)
    }

    /// Lists all tokens, or those of one account, without their secrets.
    pub async fn list_tokens(&self, email: Option<&str>) -> Result<Vec<db::session::Program>, Problem> {
        let mut conn = self.db.read().await?;
        let mut programs = db::session::programs(&mut conn).await?;
        if let Some(email) = email.map(fold_email) {
            programs.retain(|program| program.email == email);
        }
        Ok(programs)
    }

    /// Revokes a token. Its open sockets close within about a second.
    pub async fn revoke_token(&self, email: &str, name: &str) -> Result<(), Problem> {
        let user = self.account_of_email(email).await?;
        let mut conn = self.db.write().await?;
        if db::session::delete_program(&mut conn, user, name.trim()).await? {
            Ok(())
        } else {
            Err(Problem::field("name", FieldCode::Unknown))
        }
    }

    async fn account_of_email(&self, email: &str) -> Result<UserId, Problem> {
        let mut conn = self.db.read().await?;
        let account = db::user::by_email(&mut conn, &fold_email(email)).await?;
        account.map(|account| account.user.id).ok_or_else(|| Problem::field("email", FieldCode::Unknown))
    }
}
