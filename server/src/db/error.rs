//! The errors of the storage.

use crate::domain::failure;
use app::protocol::{Problem, ProblemCode};
use diesel_async::pooled_connection::deadpool::{BuildError, PoolError};
use std::{error::Error as _, io, path::PathBuf};

/// An error of the storage.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection was free in time, or none could be made.
    #[error("no database connection: {0}")]
    Pool(#[from] PoolError),
    /// A statement failed.
    #[error("a database statement failed: {0}")]
    Query(#[from] diesel::result::Error),
    /// The SQLite file could not be opened or created.
    #[error("the database could not be opened: {0}")]
    Open(#[from] diesel::ConnectionError),
    /// The pool could not be set up.
    #[error("the database pool could not be built: {0}")]
    Build(#[from] BuildError),
    /// The SQLite file is missing, or was replaced by one that was refused.
    #[error("the database's file is missing: {0}")]
    Gone(std::io::Error),
    /// The SQLite file was refused in its present state.
    #[error(transparent)]
    File(#[from] FileFault),
    /// The PostgreSQL server or its address cannot be used.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// The program does not know a stored value of this kind.
    #[error("the database holds an unknown {0}")]
    Unknown(&'static str),
    /// The migrations failed, for this reason.
    #[error("the database schema could not be brought up to date: {0}")]
    Migration(String),
}

impl DbError {
    /// Whether the statement violated the unique constraint of this column.
    ///
    /// SQLite reports `table.column`, PostgreSQL the constraint's name. Both contain the column's
    /// name.
    #[must_use]
    pub fn violates_unique(&self, column: &str) -> bool {
        use diesel::result::{DatabaseErrorKind::UniqueViolation, Error};
        matches!(self, Self::Query(Error::DatabaseError(UniqueViolation, info))
            if info.message().contains(column) || info.constraint_name().is_some_and(|name| name.contains(column)))
    }
}

impl DbError {
    /// Whether the error is about one row and not about the storage. The other rows of a batch can
    /// be stored without that row.
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

    /// Whether the database rejected a statement for a reason that Diesel has no name for: a lock
    /// of another transaction, a deadlock, a timeout. A later attempt may succeed.
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

/// The result of the functions in `db`.
pub type DbResult<T> = Result<T, DbError>;

/// Why a database file is not opened. The program has not changed the file.
#[derive(Debug, thiserror::Error)]
pub enum FileFault {
    /// The log beside the file belongs to another state of the database, for example because a
    /// backup was put there.
    #[error(
        "{file}-wal does not belong to {file}: it has changes to another state of the database, which would damage this \
         one. If you put a backup in place of {file}, {}remove {file}-wal and {file}-shm and start again. If not, restore \
         the file that {file}-wal belongs to", if *.is_in_use { "end all programs that have it open, put the backup there once more, " } else { "" }
    )]
    ForeignLog {
        /// The path of the database file.
        file: String,
        /// Whether another program has it open.
        is_in_use: bool,
    },
    /// There is a log, but its database file is missing or empty.
    #[error(
        "{0} is missing or empty, but {0}-wal holds changes to it. Restore {0}, or replace it with a backup and \
         remove {0}-wal and {0}-shm"
    )]
    LogAlone(String),
    /// SQLite reports damage, and there is a log that may belong to another file.
    #[error(
        "{file} and {file}-wal together are a damaged database (SQLite says: {reason}). If you put a backup in place of \
         {file}, remove {file}-wal and {file}-shm and start again. If not, restore a backup: put it in place of {file} and \
         remove the other two"
    )]
    DamagedWithLog {
        /// The path of the database file.
        file: String,
        /// The first fault that SQLite reports.
        reason: String,
    },
    /// SQLite reports damage.
    #[error(
        "{file} is damaged (SQLite says: {reason}). Restore a backup: put it in place of {file}, and remove {file}-wal and \
         {file}-shm if they are there"
    )]
    Damaged {
        /// The path of the database file.
        file: String,
        /// The first fault that SQLite reports.
        reason: String,
    },
    /// The file can't be read.
    #[error("{0} can't be read: {1}")]
    Unreadable(String, std::io::Error),
}

/// Why the PostgreSQL server can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// `DATABASE_URL` is not valid, for this reason.
    #[error("DATABASE_URL: {0}")]
    Address(String),
    /// The file with the trusted certificates can't be read.
    #[error("DATABASE_URL: the certificates in {0} can't be read: {1}")]
    Certificates(PathBuf, String),
    /// TLS can't be set up.
    #[error("TLS to the database can't be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// The server rejects the connection or does not answer.
    #[error("no connection to the database: {0}")]
    Connect(#[from] tokio_postgres::Error),
    /// The server rejects the settings of the connection.
    #[error("the database refuses the connection's settings: {0}")]
    Setup(#[from] diesel::ConnectionError),
}

impl PostgresError {
    /// Whether a later attempt may succeed: the server reports that it is starting or stopping
    /// (SQLSTATE class 57P), or it does not answer.
    pub(super) fn may_pass(&self) -> bool {
        let Self::Connect(error) = self else { return false };
        match (error.code(), error.source().and_then(|cause| cause.downcast_ref::<io::Error>())) {
            (Some(code), _) => code.code().starts_with("57P"),
            // A rejected certificate is reported as invalid data.
            (None, Some(cause)) => cause.kind() != io::ErrorKind::InvalidData,
            (None, None) => false,
        }
    }
}
