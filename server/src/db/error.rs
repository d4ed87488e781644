//! What can go wrong with storage.

use crate::domain::failure;
use app::protocol::{Problem, ProblemCode};
use diesel_async::pooled_connection::deadpool::{BuildError, PoolError};
use std::{error::Error as _, io, path::PathBuf};

/// Storage failed, or could not be reached.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection in time, or none could be made.
    #[error("no database connection: {0}")]
    Pool(#[from] PoolError),
    /// A statement failed.
    #[error("a database statement failed: {0}")]
    Query(#[from] diesel::result::Error),
    /// The file could not be opened or made.
    #[error("the database could not be opened: {0}")]
    Open(#[from] diesel::ConnectionError),
    /// The pool could not be set up.
    #[error("the database pool could not be built: {0}")]
    Build(#[from] BuildError),
    /// The database's file is not where it was.
    #[error("the database's file is gone: {0}")]
    Gone(std::io::Error),
    /// The database's file must not be opened as it is.
    #[error(transparent)]
    File(#[from] FileFault),
    /// The PostgreSQL server, or its address.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// A stored value is none the program knows.
    #[error("the database holds an unknown {0}")]
    Unknown(&'static str),
    /// Migrations failed.
    #[error("the database schema could not be brought up to date: {0}")]
    Migration(String),
}

impl DbError {
    /// The unique constraint that stood in the way, if that is what happened.
    ///
    /// SQLite names `table.column`, PostgreSQL the constraint; both end up containing the column's name.
    #[must_use]
    pub fn violates_unique(&self, column: &str) -> bool {
        use diesel::result::{DatabaseErrorKind::UniqueViolation, Error};
        matches!(self, Self::Query(Error::DatabaseError(UniqueViolation, info))
            if info.message().contains(column) || info.constraint_name().is_some_and(|name| name.contains(column)))
    }
}

impl DbError {
    /// Whether one row was at fault, not the storage: the other rows of a batch can be stored without it.
    #[must_use]
    pub fn is_about_a_row(&self) -> bool {
        use diesel::result::{DatabaseErrorKind as Kind, Error};
        match self {
            Self::Query(Error::DatabaseError(kind, _)) => matches!(
                kind,
                Kind::UniqueViolation | Kind::ForeignKeyViolation | Kind::NotNullViolation | Kind::CheckViolation
            ),
            Self::Unknown(_) => true,
            _ => false,
        }
    }

    /// Whether the database itself refused a statement for a reason that Diesel has no name for: a lock that somebody else
    /// holds, a deadlock, an end of time. It may not be so in another moment.
    #[must_use]
    pub const fn is_unnamed(&self) -> bool {
        use diesel::result::{DatabaseErrorKind as Kind, Error};
        matches!(self, Self::Query(Error::DatabaseError(Kind::Unknown | Kind::SerializationFailure, _)))
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        failure::log(&error);
        match error {
            DbError::Unknown(_) => ProblemCode::Internal.into(),
            _ => failure::unavailable(),
        }
    }
}

/// What every function of this folder answers.
pub type DbResult<T> = Result<T, DbError>;

/// Why a database file is not opened. Nothing of it has been changed.
#[derive(Debug, thiserror::Error)]
pub enum FileFault {
    /// A backup lies beside another state's log.
    #[error(
        "{file}-wal does not belong to {file}: it holds changes to another state of the database, which would damage this \
         one. If you put a backup in place of {file}, {}remove {file}-wal and {file}-shm and start again. If not, bring back \
         the file that {file}-wal belongs to", if *.is_in_use { "end all programs that have it open, put the backup there once more, " } else { "" }
    )]
    ForeignLog {
        /// The file.
        file: String,
        /// Whether another program has it open.
        is_in_use: bool,
    },
    /// A log without its file.
    #[error(
        "{0} is missing or empty, but {0}-wal holds changes to it. Bring back {0}, or put a backup in its place and \
         remove {0}-wal and {0}-shm"
    )]
    LogAlone(String),
    /// SQLite finds it damaged, beside a log that may be another's.
    #[error(
        "{file} and {file}-wal together are a damaged database (SQLite says: {reason}). If you put a backup in place of \
         {file}, remove {file}-wal and {file}-shm and start again. If not, restore a backup: put it in place of {file} and \
         remove the other two"
    )]
    DamagedWithLog {
        /// The file.
        file: String,
        /// What SQLite found first.
        reason: String,
    },
    /// SQLite finds it damaged.
    #[error(
        "{file} is damaged (SQLite says: {reason}). Restore a backup: put it in place of {file}, and remove {file}-wal and \
         {file}-shm if they are there"
    )]
    Damaged {
        /// The file.
        file: String,
        /// What SQLite found first.
        reason: String,
    },
    /// It can't be looked at.
    #[error("{0} can't be read: {1}")]
    Unreadable(String, std::io::Error),
}

/// Why the server can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// The address says something that can't be.
    #[error("DATABASE_URL: {0}")]
    Address(String),
    /// The certificates to trust can't be read.
    #[error("DATABASE_URL: the certificates in {0} can't be read: {1}")]
    Certificates(PathBuf, String),
    /// TLS can't be set up.
    #[error("TLS to the database can't be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// It does not let us in, or does not answer.
    #[error("no connection to the database: {0}")]
    Connect(#[from] tokio_postgres::Error),
    /// It does not take our settings.
    #[error("the database refuses the connection's settings: {0}")]
    Setup(#[from] diesel::ConnectionError),
}

impl PostgresError {
    /// Whether it may be only starting, or out of reach: it says so itself (SQLSTATE class 57P), or nothing answers.
    pub(super) fn may_pass(&self) -> bool {
        let Self::Connect(error) = self else { return false };
        match (error.code(), error.source().and_then(|cause| cause.downcast_ref::<io::Error>())) {
            (Some(code), _) => code.code().starts_with("57P"),
            // A certificate that is refused comes as invalid data.
            (None, Some(cause)) => cause.kind() != io::ErrorKind::InvalidData,
            (None, None) => false,
        }
    }
}
