//! Where the data is, as `DATABASE_URL` says.

use std::{fmt, net::IpAddr, path::PathBuf, str::FromStr};

/// An address that names no database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "DATABASE_URL must start with `sqlite:` and name a file, like `sqlite:./data/bedside.db`, or with `postgres:`, \
     like `postgres://bedside:password@localhost/bedside`"
)]
pub struct AddressError;

/// Where the data is.
#[derive(Clone)]
pub enum DatabaseAddress {
    /// In this SQLite file.
    File(PathBuf),
    /// On the PostgreSQL server of this URL, which has a password in it.
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

/// Without the URL, which has a password in it.
impl fmt::Debug for DatabaseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Server(_) => f.write_str("Server"),
        }
    }
}

/// Whether a host's name or address is always this machine's own.
#[must_use]
pub fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
