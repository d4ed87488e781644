//! Brings the schema up to date. The migrations are part of the binary.

use super::{DbConn, DbError, DbPool, DbResult};
use diesel::migration::MigrationVersion;
use diesel_async::{AsyncMigrationHarness, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

/// The SQLite migrations, by name.
pub const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");
/// The PostgreSQL migrations, by the same names.
pub const POSTGRES: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

/// The key of PostgreSQL's advisory lock for migrations.
const LOCK: i64 = 0x0062_6564_7369_6465;

/// Runs the pending migrations and returns their names. If several nodes start at once, one runs
/// them and the others wait.
///
/// Must be called on a multi-thread runtime (the harness blocks in place).
pub async fn run(pool: &DbPool) -> DbResult<Vec<String>> {
    if let DbPool::Postgres(server) = pool {
        // Closing the connection releases the lock. The connection has no time limits, because the
        // migrations of another node may take long.
        let mut conn = server.connect_without_limits().await?;
        conn.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})")).await?;
        let ran = names(AsyncMigrationHarness::new(conn).run_pending_migrations(POSTGRES))?;
        // The epoch depends on the tables.
        server.load_epoch().await?;
        return Ok(ran);
    }
    match pool.write().await? {
        DbConn::Sqlite(conn) => names(AsyncMigrationHarness::new(conn).run_pending_migrations(SQLITE)),
        DbConn::Postgres(_) => Err(DbError::Unknown("kind of connection")),
    }
}

fn names(ran: diesel::migration::Result<Vec<MigrationVersion<'_>>>) -> DbResult<Vec<String>> {
    let ran = ran.map_err(|error| DbError::Migration(error.to_string()))?;
    Ok(ran.iter().map(ToString::to_string).collect())
}
