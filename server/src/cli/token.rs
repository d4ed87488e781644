//! `bedside token …`

use super::{AnyError, explain};
use crate::{db::time, state::AppState};
use clap::Subcommand;
use std::io::Write;

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Create a token that acts for an account. It is printed once and not stored.
    Add {
        /// The email of the account.
        #[arg(long)]
        email: String,
        /// A name for the token, unique within the account.
        #[arg(long)]
        name: String,
        /// Days until the token expires.
        #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3_650))]
        days: u32,
    },
    /// List tokens: account, name, and the times of creation, last use and expiry.
    List {
        /// List only the tokens of this account.
        #[arg(long)]
        email: Option<String>,
    },
    /// Revoke a token immediately.
    Revoke {
        /// The email of the account.
        #[arg(long)]
        email: String,
        /// The name of the token.
        #[arg(long)]
        name: String,
    },
}

pub(super) async fn run(state: &AppState, command: TokenCommand) -> Result<(), AnyError> {
    match command {
        TokenCommand::Add { email, name, days } => {
            let token = state.accounts.add_token(&email, &name, days).await.map_err(explain)?;
            println!("token: {token}");
        }
        TokenCommand::List { email } => {
            let programs = state.accounts.list_tokens(email.as_deref()).await.map_err(explain)?;
            let mut out = std::io::stdout().lock();
            for program in programs {
                let [made, used, ends] = [program.created_at, program.last_seen_at, program.expires_at]
                    .map(|moment| time::from_db(moment).to_rfc3339());
                let name = program.name.unwrap_or_default();
                writeln!(out, "{}\t{name}\tmade {made}\tused {used}\tends {ends}", program.email)?;
            }
        }
        TokenCommand::Revoke { email, name } => {
            state.accounts.revoke_token(&email, &name).await.map_err(explain)?;
            println!("revoked");
        }
    }
    Ok(())
}
