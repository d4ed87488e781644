//! The mark in a database's first page that tells which log belongs to it ([`super::sqlite_log`]).
//!
//! SQLite begins its log anew whenever all of it has been copied into the file. Changed right before and right after
//! that, no two logs begin over the same mark, and a backup carries one that no later log begins over.

use diesel::{
    RunQueryDsl, SqliteConnection,
    connection::SimpleConnection,
    result::QueryResult,
    sql_types::{BigInt, Integer},
};

/// How much a connection has seen written, by itself and by others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, diesel::QueryableByName)]
pub(super) struct Written {
    #[diesel(sql_type = BigInt)]
    own: i64,
    #[diesel(sql_type = BigInt)]
    others: i64,
}

/// How much has been written so far, marks aside. The numbers are this connection's own.
pub(super) fn written(conn: &mut SqliteConnection) -> QueryResult<Written> {
    diesel::sql_query("SELECT total_changes() AS own, data_version AS others FROM pragma_data_version").get_result(conn)
}

/// Changes the mark, without waiting for a program that holds the lock; `busy_timeout_ms` holds again afterwards.
pub(super) fn change(conn: &mut SqliteConnection, busy_timeout_ms: u128) -> QueryResult<()> {
    #[derive(diesel::QueryableByName)]
    struct Mark {
        #[diesel(sql_type = Integer)]
        user_version: i32,
    }
    conn.batch_execute("PRAGMA busy_timeout = 0")?;
    let changed = conn.immediate_transaction(|conn| {
        let before: Mark = diesel::sql_query("SELECT user_version FROM pragma_user_version").get_result(conn)?;
        // Never 0, which is what a database has that was never marked.
        let mark = rand::random::<i32>() | 1;
        // In one transaction, and nothing else in it: that is what it is known by.
        conn.batch_execute(&format!("PRAGMA application_id = {}; PRAGMA user_version = {mark}", before.user_version))
    });
    conn.batch_execute(&format!("PRAGMA busy_timeout = {busy_timeout_ms}"))?;
    changed
}
