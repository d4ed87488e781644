//! Direct access to the database: what other programs and operators see and change.

use super::postgres::{self, Scratch};
use app::protocol::UserId;
use diesel::{
    Connection, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection,
    sql_types::{BigInt, Text},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

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

/// A database of either kind.
#[derive(Clone)]
pub(crate) enum Database {
    /// A SQLite file.
    File(PathBuf),
    /// A database on a PostgreSQL server. It is dropped with its last handle.
    Server(Arc<Scratch>),
}

impl Database {
    /// The file at `path`.
    pub(crate) fn at(path: &Path) -> Self {
        Self::File(path.to_owned())
    }

    /// The path of the file.
    #[track_caller]
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Server(_) => panic!("no file: the test has to ask for a server on one"),
        }
    }

    /// Takes SQLite's write lock, and holds it until the returned connection is dropped.
    pub(crate) fn lock(&self) -> SqliteConnection {
        self.hold("BEGIN IMMEDIATE")
    }

    /// Runs statements and keeps the connection open, and with it the file's log, until it is
    /// dropped.
    pub(crate) fn hold(&self, sql: &str) -> SqliteConnection {
        let mut conn = connect(self.path());
        conn.batch_execute(sql).unwrap();
        conn
    }

    /// Runs statements in a transaction of another program, which stays open until the test commits
    /// it.
    pub(crate) fn hold_on_server(&self, sql: &str) -> postgres::Held {
        match self {
            Self::File(_) => panic!("no server: the test runs on PostgreSQL only"),
            Self::Server(database) => database.hold(sql),
        }
    }

    /// The time `hours` ago, as an SQL expression.
    pub(crate) fn hours_ago(&self, hours: u32) -> String {
        match self {
            Self::File(_) => format!("strftime('%Y-%m-%d %H:%M:%f', 'now', '-{hours} hours')"),
            Self::Server(_) => format!("(now() AT TIME ZONE 'UTC' - interval '{hours} hours')"),
        }
    }

    /// Adds `count` patients with an empty chat each to a doctor.
    pub(crate) fn add_chats(&self, doctor: UserId, count: usize) {
        let add = |_| {
            let email = format!("{}@example.org", super::client_id());
            format!(
                "INSERT INTO \"user\" (name, email, role, password_hash, created_at) \
                 VALUES ('Somebody', '{email}', 'patient', '!', '2026-01-01 00:00:00'); \
                 INSERT INTO doctor_patient_chat (doctor_id, patient_id, created_at, updated_at) \
                 SELECT {doctor}, id, created_at, created_at FROM \"user\" WHERE email = '{email}';"
            )
        };
        self.execute(&(0..count).map(add).collect::<String>());
    }

    /// Runs statements.
    #[track_caller]
    pub(crate) fn execute(&self, sql: &str) {
        self.run(sql).unwrap();
    }

    /// Runs statements that the database must reject. Returns the error.
    #[track_caller]
    pub(crate) fn refuse(&self, sql: &str) -> String {
        self.run(sql).expect_err(&format!("refused: {sql:.200}"))
    }

    fn run(&self, sql: &str) -> Result<(), String> {
        match self {
            Self::File(path) => connect(path).batch_execute(sql).map_err(|error| error.to_string()),
            Self::Server(database) => database.run(sql).map(drop),
        }
    }

    /// The single number that `sql` selects.
    #[track_caller]
    pub(crate) fn number(&self, sql: &str) -> i64 {
        let sql = format!("SELECT CAST(({sql}) AS BIGINT) AS value");
        match self {
            Self::File(path) => diesel::sql_query(sql).get_result::<Number>(&mut connect(path)).unwrap().value,
            Self::Server(database) => database.run(&sql).unwrap()[0].parse().unwrap(),
        }
    }

    /// The texts of the single column that `sql` selects.
    #[track_caller]
    pub(crate) fn texts(&self, sql: &str) -> Vec<String> {
        let sql = format!("WITH found(value) AS ({sql}) SELECT CAST(value AS TEXT) AS value FROM found");
        match self {
            Self::File(path) => {
                let rows = diesel::sql_query(sql).load::<Words>(&mut connect(path)).unwrap();
                rows.into_iter().map(|row| row.value).collect()
            }
            Self::Server(database) => database.run(&sql).unwrap(),
        }
    }
}

fn connect(path: &Path) -> SqliteConnection {
    let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    conn.batch_execute("PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON;").unwrap();
    conn
}
