//! The database as the rest of the program uses it.

use super::{
    DbConn,
    error::{DbError, DbResult},
    postgres::Postgres,
    sqlite_file::SqliteFile,
};
use crate::db::address::DatabaseAddress;
use app::protocol::Epoch;
use deadpool::Status;
use std::{path::Path, sync::Arc};

/// The clinic's database.
#[derive(Clone)]
pub enum DbPool {
    /// One SQLite file.
    Sqlite(Arc<SqliteFile>),
    /// A PostgreSQL server, which the nodes share.
    Postgres(Arc<Postgres>),
}

impl DbPool {
    /// Opens the SQLite file at `path`, or creates it.
    pub fn sqlite(path: &Path) -> DbResult<Self> {
        SqliteFile::open(path).map(Arc::new).map(Self::Sqlite)
    }

    /// Opens the database at this address.
    pub async fn open(address: &DatabaseAddress) -> DbResult<Self> {
        match address {
            DatabaseAddress::File(path) => Self::sqlite(path),
            DatabaseAddress::Server(url) => Self::postgres(url).await,
        }
    }

    /// Connects to the PostgreSQL server at this URL. Waits for a server that is starting, for up
    /// to 30 s.
    pub async fn postgres(url: &str) -> DbResult<Self> {
        Ok(Self::Postgres(Postgres::connect(url).await?))
    }

    /// A connection for reading.
    pub async fn read(&self) -> DbResult<DbConn> {
        match self {
            Self::Sqlite(file) => Ok(DbConn::Sqlite(file.pools()?.readers.get().await?)),
            Self::Postgres(server) => Ok(DbConn::Postgres(Box::new(server.readers.get().await?))),
        }
    }

    /// A connection for writing. On SQLite its holder is the only writer until it is dropped; on
    /// PostgreSQL readers do not delay writers.
    pub async fn write(&self) -> DbResult<DbConn> {
        match self {
            Self::Sqlite(file) => Ok(DbConn::Sqlite(file.pools()?.writer.get().await?)),
            Self::Postgres(server) => Ok(DbConn::Postgres(Box::new(server.writers.get().await?))),
        }
    }

    /// A connection for a group commit of messages and receipts. On PostgreSQL these connections
    /// have no other use.
    pub async fn write_batch(&self) -> DbResult<DbConn> {
        match self {
            Self::Sqlite(_) => self.write().await,
            Self::Postgres(server) => Ok(DbConn::Postgres(Box::new(server.committers.get().await?))),
        }
    }

    /// Copies the log into the SQLite file while others read and write, so that commits seldom have
    /// to. Does nothing on PostgreSQL.
    pub async fn checkpoint(&self) -> DbResult<()> {
        match self {
            Self::Sqlite(file) => file.checkpoint().await,
            // PostgreSQL runs its own checkpoints.
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Closes the connections when the server stops. Later calls for a connection fail.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(file) => file.close().await,
            // The PostgreSQL server closes them when the process ends.
            Self::Postgres(_) => {}
        }
    }

    /// The status of the pool for reading and of the pool for writing. `None` while the SQLite file
    /// is missing.
    #[must_use]
    pub fn status(&self) -> Option<[Status; 2]> {
        match self {
            Self::Sqlite(file) => file.pools().ok().map(|pools| [pools.readers.status(), pools.writer.status()]),
            Self::Postgres(server) => Some([server.readers.status(), server.writers.status()]),
        }
    }

    /// How many group commits may run at once.
    #[must_use]
    pub const fn committers(&self) -> usize {
        match self {
            Self::Sqlite(_) => 1,
            Self::Postgres(_) => super::postgres::COMMITTERS,
        }
    }

    /// A number that changes when any program may have ended sessions by writing to the database,
    /// and seldom otherwise. `conn` is a connection for reading.
    pub async fn version(&self, conn: &mut DbConn) -> DbResult<i64> {
        match (self, conn) {
            (_, DbConn::Sqlite(conn)) => DbConn::session_ends(conn).await,
            (Self::Postgres(server), DbConn::Postgres(_)) => Ok(server.version()),
            (Self::Sqlite(_), DbConn::Postgres(_)) => Err(DbError::Unknown("kind of connection")),
        }
    }

    /// The epoch: it identifies the database that is open now. Under another epoch, the database
    /// may hold other data.
    pub fn epoch(&self) -> DbResult<Epoch> {
        match self {
            Self::Sqlite(file) => Ok(file.pools()?.epoch),
            Self::Postgres(server) => Ok(server.epoch()),
        }
    }
}
