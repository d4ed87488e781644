//! Who is calling, and from where.

use app::protocol::{Problem, ProblemCode, Role, User};
use std::net::IpAddr;

/// Who is calling, as the session says. Nothing a client sends can change it.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// The account.
    pub user: User,
    /// The session's key in the database.
    pub token_hash: String,
    /// Whether it is a program with an API token, which has a limit of its own.
    pub is_program: bool,
    /// The account's key for what its browsers keep of messages that are not sent.
    pub outbox_key: Option<String>,
}

impl Viewer {
    /// Refuses everybody whose role is another one. The only check of roles.
    pub fn require(&self, role: Role) -> Result<(), Problem> {
        if self.user.role == role {
            return Ok(());
        }
        let code = match role {
            Role::Patient => ProblemCode::PatientsOnly,
            Role::Doctor => ProblemCode::DoctorsOnly,
            Role::Admin => ProblemCode::AdminsOnly,
        };
        Err(code.into())
    }
}

/// Where a request comes from: what sessions record and limits count.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The client's address.
    pub address: IpAddr,
    /// Its `User-Agent`.
    pub user_agent: String,
    /// The session it came with, as the hash of its token. Signing in replaces it.
    pub token_hash: Option<String>,
    /// What it keeps as a device that has signed in before ([`super::device`]).
    pub device: Option<String>,
}
