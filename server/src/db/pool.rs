//! Where connections are made: PRAGMAs, timeouts, SQL functions, and one writer on SQLite.

use super::conn::{AsyncSqlite, DbConn};
use diesel::{Connection, ConnectionError, SqliteConnection, connection::SimpleConnection};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
    deadpool::{BuildError, Pool, PoolError},
};
use futures::FutureExt;
use std::{path::Path, time::Duration};

/// How long a statement waits for another process's lock before it fails.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Readers run beside the writer (WAL); more than this many at once gains nothing on a small machine.
const SQLITE_READERS: usize = 8;
/// How long a caller waits for a free connection before it gets "unavailable".
const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(10);

/// Storage failed, or could not be reached.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection in time, or none could be made.
    #[error("no database connection: {0}")]
    Pool(#[from] PoolError),
    /// A statement failed.
    #[error("a database statement failed: {0}")]
    Query(#[from] diesel::result::Error),
    /// The pool could not be set up.
    #[error("the database pool could not be built: {0}")]
    Build(#[from] BuildError),
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

/// What every function of this folder answers.
pub type DbResult<T> = Result<T, DbError>;

/// The clinic's database.
#[derive(Clone)]
pub enum DbPool {
    /// One file. SQLite has one writer at a time, so writers queue here, fairly, instead of polling its lock.
    Sqlite {
        /// For reading.
        readers: Pool<AsyncSqlite>,
        /// For writing.
        writer: Pool<AsyncSqlite>,
    },
}

impl DbPool {
    /// Opens, and if need be creates, the SQLite file at `path`.
    pub fn sqlite(path: &Path) -> DbResult<Self> {
        let pool = |size| {
            let mut config = ManagerConfig::<AsyncSqlite>::default();
            // The wrapped connection is a file handle: there is no link that could have died.
            config.recycling_method = RecyclingMethod::Fast;
            config.custom_setup = Box::new(|url: &str| {
                let url = url.to_owned();
                async move { open_sqlite(&url).map(AsyncSqlite::new) }.boxed()
            });
            let url = path.to_string_lossy().into_owned();
            Pool::builder(AsyncDieselConnectionManager::new_with_config(url, config))
                .max_size(size)
                .wait_timeout(Some(WAIT_FOR_CONNECTION))
                .runtime(deadpool::Runtime::Tokio1)
                .build()
        };
        Ok(Self::Sqlite { readers: pool(SQLITE_READERS)?, writer: pool(1)? })
    }

    /// A connection to read with.
    pub async fn read(&self) -> DbResult<DbConn> {
        match self {
            Self::Sqlite { readers, .. } => Ok(DbConn::Sqlite(readers.get().await?)),
        }
    }

    /// A connection to write with. On SQLite its holder is the only writer until it lets go.
    pub async fn write(&self) -> DbResult<DbConn> {
        match self {
            Self::Sqlite { writer, .. } => Ok(DbConn::Sqlite(writer.get().await?)),
        }
    }
}

fn open_sqlite(path: &str) -> Result<SqliteConnection, ConnectionError> {
    let mut conn = SqliteConnection::establish(path)?;
    let busy_timeout_ms = SQLITE_BUSY_TIMEOUT.as_millis();
    // busy_timeout first: switching to WAL takes a lock itself. FULL, since an acked message must survive
    // the machine losing power.
    conn.batch_execute(&format!(
        "PRAGMA busy_timeout = {busy_timeout_ms};
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;"
    ))
    .map_err(ConnectionError::CouldntSetupConfiguration)?;
    super::profile::fold_utils::register_impl(&mut conn, |text: String| crate::text::fold(&text))
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}
