//! Brings the schema up to date; the migrations are inside the binary.

use super::{DbError, DbPool, DbResult};
use crate::db::DbConn;
use diesel_async::AsyncMigrationHarness;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

/// The SQLite migrations, by name.
pub const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");

/// Runs what has not run yet; answers the names of what it ran.
///
/// Must be called on a multi-thread runtime (the harness blocks in place).
pub async fn run(pool: &DbPool) -> DbResult<Vec<String>> {
    match pool.write().await? {
        DbConn::Sqlite(conn) => {
            let mut harness = AsyncMigrationHarness::new(conn);
            let ran = harness.run_pending_migrations(SQLITE).map_err(|error| DbError::Migration(error.to_string()))?;
            Ok(ran.iter().map(ToString::to_string).collect())
        }
    }
}
