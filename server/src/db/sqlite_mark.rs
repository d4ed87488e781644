//! The mark in a database's first page, which shows which log belongs to it
//! ([`super::sqlite_log`]).
//!
//! SQLite restarts its log once all of it has been copied into the file. The mark changes right
//! before and right after that. So no two logs start over the same mark, and no later log starts
//! over the mark of a backup.

use diesel::{
    RunQueryDsl, SqliteConnection,
    connection::SimpleConnection,
    result::QueryResult,
    sql_types::{BigInt, Integer},
};

/// Counters of the writes that a connection has seen: its own, and those of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, diesel::QueryableByName)]
pub(super) struct Written {
    #[diesel(sql_type = BigInt)]
    own: i64,
    #[diesel(sql_type = BigInt)]
    others: i64,
}

/// Reads the write counters, which do not count changes of the mark. They are valid for this
/// connection only.
pub(super) fn written(conn: &mut SqliteConnection) -> QueryResult<Written> {
    diesel::sql_query("SELECT total_changes() AS own, data_version AS others FROM pragma_data_version").get_result(conn)
}

/// Changes the mark. Fails at once if another program holds the lock. Sets the busy timeout back to
/// `busy_timeout_ms` afterwards.
pub(super) fn change(conn: &mut SqliteConnection, busy_timeout_ms: u128) -> QueryResult<()> {
    #[derive(diesel::QueryableByName)]
    struct Mark {
        #[diesel(sql_type = Integer)]
        user_version: i32,
    }
    conn.batch_execute("PRAGMA busy_timeout = 0")?;
    let changed = conn.immediate_transaction(|conn| {
        let before: Mark = diesel::sql_query("SELECT user_version FROM pragma_user_version").get_result(conn)?;
        // Never 0: a database without a mark has 0.
        let mark = rand::random::<i32>() | 1;
        // A transaction of its own: `Log::read` recognizes a change of the mark by that.
        conn.batch_execute(&format!("PRAGMA application_id = {}; PRAGMA user_version = {mark}", before.user_version))
    });
    conn.batch_execute(&format!("PRAGMA busy_timeout = {busy_timeout_ms}"))?;
    changed
}
