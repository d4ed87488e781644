//! Databases on a PostgreSQL server that `scripts/postgres.sh` starts for the tests.

use diesel_async::{AsyncConnection, AsyncMigrationHarness, AsyncPgConnection};
use diesel_migrations::MigrationHarness;
use server::db::migrations::POSTGRES;
use std::{
    future::Future,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tokio::runtime;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// The environment variable with the address of the server and its superuser, without a database:
/// `postgres://postgres@127.0.0.1:5433`.
const VARIABLE: &str = "BEDSIDE_TEST_POSTGRES";
/// The role that owns the tests' databases and may do nothing else, like the role of a clinic.
const ROLE: &str = "bedside_test";
/// The longest wait for the last connection to the template database to close.
const TEMPLATE_FREE_WITHIN: Duration = Duration::from_secs(20);

/// Whether the suite runs on PostgreSQL.
pub(crate) fn is_chosen() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// A database of one test. It is dropped with this value.
pub(crate) struct Scratch {
    name: String,
}

impl Scratch {
    /// Creates a database with the schema.
    pub(crate) fn with_schema() -> Self {
        static TEMPLATE: OnceLock<Scratch> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            let template = Self::empty();
            template.migrate(|harness| drop(harness.run_pending_migrations(POSTGRES).unwrap()));
            template
        });
        let begun = Instant::now();
        let copy = Self { name: Self::next_name() };
        let sql = format!("CREATE DATABASE {} TEMPLATE {} OWNER {ROLE}", copy.name, template.name);
        // The connection that created the template may not be closed yet.
        while let Err(error) = as_superuser(&sql) {
            assert!(begun.elapsed() < TEMPLATE_FREE_WITHIN, "{error}");
            thread::sleep(Duration::from_millis(50));
        }
        copy
    }

    /// Creates an empty database.
    pub(crate) fn empty() -> Self {
        static IS_ROLE_MADE: OnceLock<()> = OnceLock::new();
        IS_ROLE_MADE.get_or_init(|| {
            // Another run on the same server may have created the role.
            let _ = as_superuser(&format!("CREATE ROLE {ROLE} LOGIN"));
        });
        let scratch = Self { name: Self::next_name() };
        as_superuser(&format!("CREATE DATABASE {} OWNER {ROLE}", scratch.name)).unwrap();
        scratch
    }

    fn next_name() -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        format!("bedside_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The database's address, as `DATABASE_URL` takes it.
    pub(crate) fn url(&self) -> String {
        format!("{}?sslmode=disable", url_of(&self.name))
    }

    /// The database's address with this host name and query string.
    pub(crate) fn url_with(&self, host: &str, query: &str) -> String {
        format!("{}?{query}", url_of(&self.name).replace("127.0.0.1", host))
    }

    /// Runs statements. Returns the first column of the rows, or the database's error.
    pub(crate) fn run(&self, sql: &str) -> Result<Vec<String>, String> {
        on_server(&self.url(), sql)
    }

    /// Runs statements in a transaction of another program, which stays open until the test commits
    /// it.
    pub(crate) fn hold(&self, sql: &str) -> Held {
        let (url, sql) = (self.url(), format!("BEGIN; {sql}"));
        let ((begun, has_begun), (end, ends)) = (std::sync::mpsc::channel(), std::sync::mpsc::channel::<()>());
        let program = thread::spawn(move || {
            blocking(async move {
                let (client, link) = tokio_postgres::connect(&url, NoTls).await.unwrap();
                tokio::spawn(link);
                begun.send(ask(&client, &sql).await).unwrap();
                // The thread does nothing else, so it may block.
                let _ = ends.recv();
                ask(&client, "COMMIT").await.unwrap();
            });
        });
        has_begun.recv().unwrap().unwrap();
        Held { end, program }
    }

    /// Runs or reverts migrations.
    pub(crate) fn migrate(&self, work: impl FnOnce(&mut AsyncMigrationHarness<AsyncPgConnection>) + Send) {
        let url = self.url();
        // The harness blocks its thread, which needs a multi-threaded runtime.
        thread::scope(|scope| {
            let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            let task = async move {
                let conn = AsyncPgConnection::establish(&url).await.unwrap();
                work(&mut AsyncMigrationHarness::new(conn));
            };
            scope.spawn(move || runtime.block_on(task)).join().unwrap();
        });
    }
}

/// An open transaction of another program.
pub(crate) struct Held {
    end: std::sync::mpsc::Sender<()>,
    program: thread::JoinHandle<()>,
}

impl Held {
    /// Commits the transaction.
    pub(crate) fn commit(self) {
        drop(self.end);
        self.program.join().unwrap();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The whole server is deleted after the tests. Dropping databases only keeps it small.
        let _ = as_superuser(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

fn server() -> String {
    std::env::var(VARIABLE).unwrap_or_else(|_| panic!("{VARIABLE} is not set"))
}

fn url_of(database: &str) -> String {
    format!("{}/{database}", server().replace("postgres@", &format!("{ROLE}@")))
}

fn as_superuser(sql: &str) -> Result<Vec<String>, String> {
    on_server(&format!("{}/postgres", server()), sql)
}

/// Runs statements over a new connection on a new thread, so that any caller can use it.
fn on_server(url: &str, sql: &str) -> Result<Vec<String>, String> {
    blocking(async {
        let (client, link) = tokio_postgres::connect(url, NoTls).await.map_err(|e| e.to_string())?;
        let link = tokio::spawn(link);
        let done = ask(&client, sql).await;
        drop(client);
        // The task ends when the server has closed the connection.
        let _ = link.await;
        done
    })
}

async fn ask(client: &Client, sql: &str) -> Result<Vec<String>, String> {
    let explain = |error: tokio_postgres::Error| {
        let said = error.as_db_error().map(|error| format!("{}: {}", error.code().code(), error.message()));
        said.unwrap_or_else(|| error.to_string())
    };
    let answers = client.simple_query(sql).await.map_err(explain)?;
    let rows = answers.into_iter().filter_map(|answer| match answer {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
        _ => None,
    });
    Ok(rows.collect())
}

fn blocking<T: Send>(work: impl Future<Output = T> + Send) -> T {
    thread::scope(|scope| {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        scope.spawn(move || runtime.block_on(work)).join().unwrap()
    })
}
