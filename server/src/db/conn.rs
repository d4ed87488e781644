//! A connection to the clinic's database, SQLite or PostgreSQL, and transactions on it.
//!
//! `on_db!` expands one query body into an arm for each database, so each query is written once.

use super::error::DbResult;
use diesel::SqliteConnection;
use diesel_async::{
    AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection, pooled_connection::deadpool::Object,
    sync_connection_wrapper::SyncConnectionWrapper,
};
use std::{future::Future, pin::Pin};

/// Diesel's SQLite connection, used from async code.
pub type AsyncSqlite = SyncConnectionWrapper<SqliteConnection>;

/// A connection from a pool.
pub enum DbConn {
    /// A connection to the SQLite file.
    Sqlite(Object<AsyncSqlite>),
    /// A connection to the PostgreSQL server.
    Postgres(Box<Object<AsyncPgConnection>>),
}

/// Runs one query body on the database of the connection.
macro_rules! on_db {
    ($conn:expr, $db:ident => $body:expr) => {
        match $conn {
            $crate::db::DbConn::Sqlite($db) => $body,
            $crate::db::DbConn::Postgres(boxed) => {
                let $db = &mut **boxed;
                $body
            }
        }
    };
}
pub(crate) use on_db;

/// The future of a transaction's body. It borrows the connection and may fail with `E`.
pub type TransactionBody<'c, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>;

impl DbConn {
    /// Runs `body` in one transaction: commits on `Ok`, rolls back on `Err`. Transactions can't be
    /// nested.
    ///
    /// SQLite takes the write lock at the start (`BEGIN IMMEDIATE`): a transaction that reads first
    /// and writes later would fail with "database is locked" under load. Call this in a task that
    /// can't be cancelled.
    pub async fn transaction<T, E>(
        &mut self,
        body: impl for<'c> FnOnce(&'c mut Self) -> TransactionBody<'c, T, E> + Send,
    ) -> Result<T, E>
    where
        T: Send,
        E: From<super::DbError> + Send,
    {
        let begin = match self {
            Self::Sqlite(_) => "BEGIN IMMEDIATE",
            Self::Postgres(_) => "BEGIN",
        };
        if self.batch(begin).await.is_err() {
            // The previous user of this connection may have panicked inside a transaction. If there
            // is another reason, the second attempt returns its error.
            self.roll_back().await;
            self.batch(begin).await?;
        }
        match body(self).await {
            Ok(value) => {
                if let Err(error) = self.batch("COMMIT").await {
                    // A failed commit may leave the transaction open; the connection's next user
                    // must not get it.
                    self.roll_back().await;
                    return Err(error.into());
                }
                Ok(value)
            }
            Err(error) => {
                self.roll_back().await;
                Err(error)
            }
        }
    }

    /// Runs statements that return no rows.
    pub async fn batch(&mut self, sql: &str) -> DbResult<()> {
        on_db!(self, db => db.batch_execute(sql).await).map_err(Into::into)
    }

    /// How often a change may have ended sessions. SQLite's triggers count these changes.
    pub(super) async fn session_ends(db: &mut Object<AsyncSqlite>) -> DbResult<i64> {
        #[derive(diesel::QueryableByName)]
        struct Ends {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            count: i64,
        }
        let row: Ends = diesel::sql_query("SELECT count FROM __session_ends").get_result(db).await?;
        Ok(row.count)
    }

    async fn roll_back(&mut self) {
        if let Err(error) = self.batch("ROLLBACK").await {
            tracing::warn!(%error, "a transaction could not be rolled back");
        }
    }
}
