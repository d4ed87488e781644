//! The address of the database, from `DATABASE_URL`.

use std::{fmt, net::IpAddr, path::PathBuf, str::FromStr};

/// `DATABASE_URL` names no database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "DATABASE_URL must start with `sqlite:` and name a file, like `sqlite:./data/bedside.db`, or with `postgres:`, \
     like `postgres://bedside:password@localhost/bedside`"
)]
pub struct AddressError;

/// The address of the database.
#[derive(Clone)]
pub enum DatabaseAddress {
    /// The path of a SQLite file.
    File(PathBuf),
    /// The URL of a PostgreSQL server, which contains a password.
    Server(String),
}

impl FromStr for DatabaseAddress {
    type Err = AddressError;

    fn from_str(url: &str) -> Result<Self, AddressError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Server(url.to_owned()));
        }
        let path = url.strip_prefix("sqlite:").ok_or(AddressError)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path == ":memory:" {
            return Err(AddressError);
        }
        Ok(Self::File(PathBuf::from(path)))
    }
}

/// Omits the URL, which contains a password.
impl fmt::Debug for DatabaseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Server(_) => f.write_str("Server"),
        }
    }
}

/// Whether a host name or address always means this machine.
#[must_use]
pub fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
