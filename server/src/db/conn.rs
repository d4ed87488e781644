//! A connection to whichever database the clinic chose, and transactions on it.
//!
//! `on_db!` expands one query body in an arm per database, so a model function is written once.

use super::error::DbResult;
use diesel::SqliteConnection;
use diesel_async::{
    AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection, pooled_connection::deadpool::Object,
    sync_connection_wrapper::SyncConnectionWrapper,
};
use std::{future::Future, pin::Pin};

/// Diesel's SQLite, driven from async code.
pub type AsyncSqlite = SyncConnectionWrapper<SqliteConnection>;

/// A pooled connection.
pub enum DbConn {
    /// Embedded SQLite.
    Sqlite(Object<AsyncSqlite>),
    /// A PostgreSQL server.
    Postgres(Box<Object<AsyncPgConnection>>),
}

/// Runs one query body on whichever database the connection is to.
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

/// What a transaction's body is: borrows the connection, may fail with `E`.
pub type TransactionBody<'c, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>;

impl DbConn {
    /// Runs `body` in one transaction: commits on `Ok`, rolls back on `Err`. One level, no nesting.
    ///
    /// SQLite takes the write lock at the start (`BEGIN IMMEDIATE`): reading first and writing later
    /// would fail with "database is locked" under load. Run it in a task that can't be cancelled.
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
            // Whoever had this connection last may have panicked inside a transaction. If that isn't the
            // reason, the second attempt says what is.
            self.roll_back().await;
            self.batch(begin).await?;
        }
        match body(self).await {
            Ok(value) => {
                if let Err(error) = self.batch("COMMIT").await {
                    // A commit that failed may leave the transaction open; the next user must not inherit it.
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

    /// Runs statements that answer nothing.
    pub async fn batch(&mut self, sql: &str) -> DbResult<()> {
        on_db!(self, db => db.batch_execute(sql).await).map_err(Into::into)
    }

    /// How often something may have ended sessions (SQLite's triggers count it).
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
