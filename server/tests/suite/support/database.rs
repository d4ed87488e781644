//! The database behind the server's back: what other programs and operators see and do.

use diesel::{
    Connection, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection,
    sql_types::{BigInt, Text},
};
use std::path::{Path, PathBuf};

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

#[derive(diesel::QueryableByName)]
struct Words {
    #[diesel(sql_type = Text)]
    value: String,
}

/// A database file.
#[derive(Clone)]
pub(crate) struct Database(PathBuf);

impl Database {
    /// The one at `path`.
    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Takes the lock that every writer needs, and keeps it until the answer is dropped.
    pub(crate) fn lock(&self) -> SqliteConnection {
        let mut conn = self.connect();
        conn.batch_execute("BEGIN IMMEDIATE").unwrap();
        conn
    }

    fn connect(&self) -> SqliteConnection {
        let mut conn = SqliteConnection::establish(self.0.to_str().unwrap()).unwrap();
        conn.batch_execute("PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON;").unwrap();
        conn
    }

    /// Runs statements.
    #[track_caller]
    pub(crate) fn execute(&self, sql: &str) {
        self.connect().batch_execute(sql).unwrap();
    }

    /// Runs statements that the database has to refuse; answers what it said.
    #[track_caller]
    pub(crate) fn refuse(&self, sql: &str) -> String {
        match self.connect().batch_execute(sql) {
            Ok(()) => panic!("not refused: {sql}"),
            Err(error) => error.to_string(),
        }
    }

    /// The one number that `sql` selects.
    #[track_caller]
    pub(crate) fn number(&self, sql: &str) -> i64 {
        let sql = format!("SELECT ({sql}) AS value");
        diesel::sql_query(sql).get_result::<Number>(&mut self.connect()).unwrap().value
    }

    /// The texts of the one column that `sql` selects.
    #[track_caller]
    pub(crate) fn texts(&self, sql: &str) -> Vec<String> {
        let sql = format!("WITH rows(value) AS ({sql}) SELECT CAST(value AS TEXT) AS value FROM rows");
        let rows = diesel::sql_query(sql).load::<Words>(&mut self.connect()).unwrap();
        rows.into_iter().map(|row| row.value).collect()
    }
}
