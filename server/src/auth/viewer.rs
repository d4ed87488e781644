//! Who makes a request, and where it comes from.

use app::protocol::{Problem, ProblemCode, Role, User};
use std::net::IpAddr;

/// The account that makes a request, as the session says. A client can't change it.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// The account.
    pub user: User,
    /// The session's key in the database.
    pub token_hash: String,
    /// Whether the request comes from a program with an API token, which has its own limit.
    pub is_program: bool,
    /// The account's key for encrypting unsent messages in its browsers.
    pub outbox_key: Option<String>,
}

impl Viewer {
    /// Fails unless the viewer has this role. The only check of roles.
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

/// Where a request comes from. Sessions record it and limits count by it.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The client's address.
    pub address: IpAddr,
    /// The client's `User-Agent`.
    pub user_agent: String,
    /// The hash of the token of the session that the request came with. Signing in replaces that
    /// session.
    pub token_hash: Option<String>,
    /// The value of the device cookie ([`super::device`]).
    pub device: Option<String>,
}
