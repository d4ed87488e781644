//! SQLite alone, with rows and durability like the server's.

use crate::{
    error::BenchError,
    frame::CONTENT,
    ids::ClientIds,
    stats::{Recorder, Summary, per_second},
};
use diesel::{Connection, ExpressionMethods, RunQueryDsl, SqliteConnection, connection::SimpleConnection};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// The number of chats that the rows are spread over, as in a usual run with pairs.
const CHATS: u64 = 100;

/// The message table and its indexes as the server's migrations create them, a log as long as the
/// server's, and the referenced tables with only the columns that the foreign keys need.
const SCHEMA: &str = r#"
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA wal_autocheckpoint = 65536;
    CREATE TABLE "user" (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT);
    CREATE TABLE doctor_patient_chat (chat_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT);
    CREATE TABLE chat_message (
        id         INTEGER   NOT NULL PRIMARY KEY AUTOINCREMENT,
        user_id    INTEGER   NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
        chat_id    INTEGER   REFERENCES doctor_patient_chat (chat_id) ON DELETE CASCADE,
        content    TEXT      NOT NULL CHECK (length(content) BETWEEN 1 AND 10000),
        is_ai      BOOLEAN   NOT NULL DEFAULT FALSE CHECK (is_ai IN (FALSE, TRUE)),
        created_at TIMESTAMP NOT NULL,
        seq        INTEGER   NOT NULL CHECK (seq > 0),
        client_id  TEXT      NOT NULL,
        UNIQUE (chat_id, seq),
        UNIQUE (user_id, chat_id, client_id)
    );
"#;

diesel::table! {
    chat_message (id) {
        id -> BigInt,
        user_id -> BigInt,
        chat_id -> BigInt,
        content -> Text,
        created_at -> Text,
        seq -> BigInt,
        client_id -> Text,
    }
}

/// The result for one size of transaction.
#[derive(Debug)]
pub(crate) struct CommitResult {
    /// Transactions per second.
    pub(crate) commits: f64,
    /// Rows per second.
    pub(crate) rows: f64,
    /// The duration of a transaction.
    pub(crate) latency: Summary,
}

/// Commits transactions of `batch` rows, one INSERT per row, to a new database in this folder for
/// `length`.
pub(crate) async fn measure(folder: &Path, batch: u64, length: Duration) -> Result<CommitResult, BenchError> {
    let folder = tempfile::tempdir_in(folder).map_err(BenchError::io("making a folder for a bare database"))?;
    tokio::task::spawn_blocking(move || commit(folder.path(), batch, length)).await?
}

fn commit(folder: &Path, batch: u64, length: Duration) -> Result<CommitResult, BenchError> {
    let path = folder.join("bare.db");
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).map_err(BenchError::sql)?;
    conn.batch_execute(SCHEMA).map_err(BenchError::sql)?;
    for chat in 1..=CHATS {
        let parents = format!(
            r#"INSERT INTO "user" (id) VALUES ({chat}); INSERT INTO doctor_patient_chat (chat_id) VALUES ({chat})"#
        );
        conn.batch_execute(&parents).map_err(BenchError::sql)?;
    }
    let latency = Recorder::new()?;
    let begin = Instant::now();
    let (mut start, mut rows, mut commits) = (begin, 0, 0);
    while start < begin + length {
        conn.immediate_transaction(|conn| {
            for _ in 0..batch {
                insert(conn, rows)?;
                rows += 1;
            }
            Ok(())
        })
        .map_err(|error: diesel::result::Error| BenchError::sql(error))?;
        commits += 1;
        let now = Instant::now();
        latency.record(now - start);
        start = now;
    }
    let elapsed = start - begin;
    Ok(CommitResult {
        commits: per_second(commits, elapsed),
        rows: per_second(rows, elapsed),
        latency: latency.summary(),
    })
}

fn insert(conn: &mut SqliteConnection, row: u64) -> diesel::QueryResult<usize> {
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let chat = row % CHATS + 1;
    diesel::insert_into(chat_message::table)
        .values((
            chat_message::user_id.eq(number(chat)),
            chat_message::chat_id.eq(number(chat)),
            chat_message::content.eq(CONTENT),
            chat_message::created_at.eq("2026-01-01 00:00:00.000"),
            chat_message::seq.eq(number(row / CHATS + 1)),
            chat_message::client_id.eq(ClientIds::new(chat).id(row).to_string()),
        ))
        .execute(conn)
}
