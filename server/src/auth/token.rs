//! API tokens: what a program shows in place of a cookie. Each acts for one account, has a name and an end, and is a
//! session like any other; only its hash is kept.

use super::{
    secret::{secret, token_hash},
    service::Accounts,
};
use crate::{
    db::{self, session::Opener, time},
    domain::text::fold_email,
};
use app::protocol::{FieldCode, Problem, Timestamp, UserId};

/// What every token begins with, so that people and scanners know one when they see it.
const PREFIX: &str = "bst_";
/// Longest name, in characters.
const NAME_MAX_CHARS: usize = 100;
/// A day, in milliseconds.
const DAY_MS: i64 = 86_400_000;

impl Accounts {
    /// Makes a token for the account of this e-mail; answers it, which is nowhere else.
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

    /// All tokens, or those of one account: never the tokens themselves.
    pub async fn list_tokens(&self, email: Option<&str>) -> Result<Vec<db::session::Program>, Problem> {
        let mut conn = self.db.read().await?;
        let mut programs = db::session::programs(&mut conn).await?;
        if let Some(email) = email.map(fold_email) {
            programs.retain(|program| program.email == email);
        }
        Ok(programs)
    }

    /// Ends a token; its open sockets close within about a second.
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
