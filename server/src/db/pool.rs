//! The database as the rest of the program gets at it, and what can go wrong with it.

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
    /// One file.
    Sqlite(Arc<SqliteFile>),
    /// A server, which nodes share.
    Postgres(Arc<Postgres>),
}

impl DbPool {
    /// Opens, and if need be creates, the SQLite file at `path`.
    pub fn sqlite(path: &Path) -> DbResult<Self> {
        SqliteFile::open(path).map(Arc::new).map(Self::Sqlite)
    }

    /// Opens the database that the clinic chose.
    pub async fn open(address: &DatabaseAddress) -> DbResult<Self> {
        match address {
            DatabaseAddress::File(path) => Self::sqlite(path),
            DatabaseAddress::Server(url) => Self::postgres(url).await,
        }
    }

    /// Connects to the PostgreSQL server of this address, and waits a while for one that is only starting.
    pub async fn postgres(url: &str) -> DbResult<Self> {
        Ok(Self::Postgres(Postgres::connect(url).await?))
    }

    /// A connection to read with.
    pub async fn read(&self) -> DbResult<DbConn> {
        match self {
            Self::Sqlite(file) => Ok(DbConn::Sqlite(file.pools()?.readers.get().await?)),
            Self::Postgres(server) => Ok(DbConn::Postgres(Box::new(server.readers.get().await?))),
        }
    }

    /// A connection to write with. On SQLite its holder is the only writer until it lets go; on PostgreSQL those who
    /// write are not held up by those who read.
    pub async fn write(&self) -> DbResult<DbConn> {
        match self {
            Self::Sqlite(file) => Ok(DbConn::Sqlite(file.pools()?.writer.get().await?)),
            Self::Postgres(server) => Ok(DbConn::Postgres(Box::new(server.writers.get().await?))),
        }
    }

    /// A connection for a commit of messages and marks. On PostgreSQL nobody else takes these.
    pub async fn write_batch(&self) -> DbResult<DbConn> {
        match self {
            Self::Sqlite(_) => self.write().await,
            Self::Postgres(server) => Ok(DbConn::Postgres(Box::new(server.committers.get().await?))),
        }
    }

    /// Copies what the log holds into the database itself, beside whoever reads and writes, so that a commit
    /// seldom has to.
    pub async fn checkpoint(&self) -> DbResult<()> {
        match self {
            Self::Sqlite(file) => file.checkpoint().await,
            // It sees to that by itself.
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Closes the connections at a stop. Whoever still wants one gets an error.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(file) => file.close().await,
            // The server ends them with the process.
            Self::Postgres(_) => {}
        }
    }

    /// How the pools stand: for reading, and for writing. `None` while there is no database.
    #[must_use]
    pub fn status(&self) -> Option<[Status; 2]> {
        match self {
            Self::Sqlite(file) => file.pools().ok().map(|pools| [pools.readers.status(), pools.writer.status()]),
            Self::Postgres(server) => Some([server.readers.status(), server.writers.status()]),
        }
    }

    /// How many commits may be under way at once.
    #[must_use]
    pub const fn committers(&self) -> usize {
        match self {
            Self::Sqlite(_) => 1,
            Self::Postgres(_) => super::postgres::COMMITTERS,
        }
    }

    /// A number that is another one whenever sessions may have been ended since by whoever writes to the database, and
    /// seldom otherwise. `conn` is a reading connection.
    pub async fn version(&self, conn: &mut DbConn) -> DbResult<i64> {
        match (self, conn) {
            (_, DbConn::Sqlite(conn)) => DbConn::session_ends(conn).await,
            (Self::Postgres(server), DbConn::Postgres(_)) => Ok(server.version()),
            (Self::Sqlite(_), DbConn::Postgres(_)) => Err(DbError::Unknown("kind of connection")),
        }
    }

    /// Names the database as it is open now. Another one than before: it may hold something else.
    pub fn epoch(&self) -> DbResult<Epoch> {
        match self {
            Self::Sqlite(file) => Ok(file.pools()?.epoch),
            Self::Postgres(server) => Ok(server.epoch()),
        }
    }
}
