//! The SQLite file: its connections, and whether it is still the file that they have open.
//!
//! A process goes on writing to a file that was removed or replaced under it, and everything it stores is
//! lost with it. So each use looks at the path first: gone is an error until it is back, and another file
//! (a backup was restored) gets connections of its own and a new epoch.

use super::{
    DbResult,
    conn::AsyncSqlite,
    error::DbError,
    search::TERMS,
    sqlite_check,
    sqlite_mark::{self, Written},
};
use app::protocol::Epoch;
use deadpool::managed::Timeouts;
use diesel::{Connection, ConnectionError, SqliteConnection, connection::SimpleConnection};
use diesel_async::{
    SimpleAsyncConnection,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
        deadpool::{BuildError, Object, Pool, PoolError},
    },
};
use futures::FutureExt;
use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

/// How long a statement waits for another process's lock before it fails.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Readers run beside the writer (WAL); more than this many at once gains nothing on a small machine.
const READERS: usize = 8;
/// How long a caller waits for a free connection before it gets "unavailable".
const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(10);
/// How long a mark waits for those who write; otherwise the next one comes soon.
const WAIT_TO_MARK: Duration = Duration::from_millis(200);
/// How long a stop waits for connections that are still in use.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);
/// How soon a stop looks again whether they are.
const CLOSE_POLL: Duration = Duration::from_millis(10);
/// How soon a file that was refused is looked at again.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Memory of the writer for pages, in KiB.
const WRITER_CACHE_KIB: u32 = 16_384;
/// Memory of each reader for pages, in KiB: there are several, and the system keeps the file in memory as well.
const READER_CACHE_KIB: u32 = 2_048;

/// Pages in the log that make a commit copy them into the database itself: 256 MiB. A page that many commits
/// have written is copied once, so a long log is cheap; this bounds the disk it takes and the time that a start
/// after a crash needs. It keeps its size on the disk: to write over it is quicker than to let it grow. In quieter moments [`DbPool::checkpoint`](super::DbPool::checkpoint) is there first.
const LOG_MAX_PAGES: u32 = 65_536;

/// The file and its connections.
pub struct SqliteFile {
    path: PathBuf,
    pools: RwLock<Arc<Pools>>,
    /// The file that was refused last in place of the one that is open, and when: to look costs time.
    refused: Mutex<Option<(FileId, Instant)>>,
}

/// Connections to one file.
pub(super) struct Pools {
    /// For reading.
    pub(super) readers: Pool<AsyncSqlite>,
    /// SQLite has one writer at a time, so writers queue here, fairly, instead of polling its lock.
    pub(super) writer: Pool<AsyncSqlite>,
    /// Made when these connections were.
    pub(super) epoch: Epoch,
    file: FileId,
    /// What the writer had seen written when it last changed the mark.
    marked: Mutex<Option<Written>>,
}

/// What tells one file from another at the same path: device and inode.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FileId(u64, u64);

impl FileId {
    fn at(path: &Path) -> DbResult<Self> {
        let found = fs::metadata(path).map_err(DbError::Gone)?;
        Ok(Self(found.dev(), found.ino()))
    }
}

impl SqliteFile {
    /// Opens the file at `path`, which is made if there is none. Refuses one that is damaged.
    pub(super) fn open(path: &Path) -> DbResult<Self> {
        sqlite_check::before_opening(path)?;
        let mut conn = open_sqlite(&path.to_string_lossy(), READER_CACHE_KIB)?;
        if let Err(error) = sqlite_mark::change(&mut conn, BUSY_TIMEOUT.as_millis()) {
            tracing::info!(%error, "the database could not be marked at the start");
        }
        // Its end copies what a crash left in the log.
        drop(conn);
        sqlite_check::note(path);
        let pools = RwLock::new(Arc::new(Pools::open(path, FileId::at(path)?)?));
        Ok(Self { path: path.to_owned(), pools, refused: Mutex::default() })
    }

    /// The connections to the file that is at the path now.
    pub(super) fn pools(&self) -> DbResult<Arc<Pools>> {
        let file = FileId::at(&self.path)?;
        let held = Arc::clone(&self.pools.read().unwrap_or_else(PoisonError::into_inner));
        if held.file == file {
            return Ok(held);
        }
        let mut pools = self.pools.write().unwrap_or_else(PoisonError::into_inner);
        if pools.file != file {
            let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            if refused.is_some_and(|(refused, at)| refused == file && at.elapsed() < LOOK_AGAIN_AFTER) {
                return Err(DbError::Gone(std::io::ErrorKind::InvalidData.into()));
            }
            if let Err(error) = sqlite_check::refuse_foreign_log(&self.path) {
                *refused = Some((file, Instant::now()));
                return Err(error);
            }
            tracing::warn!("the database's file was replaced; its connections are opened anew");
            *pools = Arc::new(Pools::open(&self.path, file)?);
        }
        Ok(Arc::clone(&pools))
    }

    /// Copies what the log holds into the file, beside whoever reads and writes. If anything was written since the last
    /// time, the mark changes before and after: the log may begin anew here.
    pub(super) async fn checkpoint(&self) -> DbResult<()> {
        let pools = self.pools()?;
        // Without the first mark two logs could begin over one: then better next time.
        let Some(is_marked) = pools.mark(Mark::IfWritten).await? else { return Ok(()) };
        pools.readers.get().await?.batch_execute("PRAGMA wal_checkpoint(PASSIVE)").await?;
        if is_marked {
            pools.mark(Mark::Anyway).await?;
        }
        Ok(())
    }

    /// Closes the connections and notes what the file is then, so that the next start knows it again.
    pub(super) async fn close(&self) {
        let pools = Arc::clone(&self.pools.read().unwrap_or_else(PoisonError::into_inner));
        pools.readers.close();
        pools.writer.close();
        let is_open = || pools.readers.status().size > 0 || pools.writer.status().size > 0;
        let closed = async {
            while is_open() {
                tokio::time::sleep(CLOSE_POLL).await;
            }
        };
        if tokio::time::timeout(CLOSE_WITHIN, closed).await.is_ok() {
            sqlite_check::note(&self.path);
        } else {
            tracing::warn!("the database is still in use at the stop; the next start checks all of it");
        }
    }
}

/// When the mark is changed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// If anything was written since the last time.
    IfWritten,
    /// Whether or not.
    Anyway,
}

impl Pools {
    fn open(path: &Path, file: FileId) -> DbResult<Self> {
        let pool = |size, cache_kib| -> Result<Pool<AsyncSqlite>, BuildError> {
            let mut config = ManagerConfig::<AsyncSqlite>::default();
            // The wrapped connection is a file handle: there is no link that could have died.
            config.recycling_method = RecyclingMethod::Fast;
            config.custom_setup = Box::new(move |url: &str| {
                let url = url.to_owned();
                async move { open_sqlite(&url, cache_kib).map(AsyncSqlite::new) }.boxed()
            });
            let url = path.to_string_lossy().into_owned();
            Pool::builder(AsyncDieselConnectionManager::new_with_config(url, config))
                .max_size(size)
                .wait_timeout(Some(WAIT_FOR_CONNECTION))
                .runtime(deadpool::Runtime::Tokio1)
                .build()
        };
        Ok(Self {
            readers: pool(READERS, READER_CACHE_KIB)?,
            writer: pool(1, WRITER_CACHE_KIB)?,
            epoch: Epoch::new_v4(),
            file,
            marked: Mutex::new(None),
        })
    }

    /// Changes the mark; answers whether it did, and `None` if others are writing.
    async fn mark(&self, when: Mark) -> DbResult<Option<bool>> {
        let Some(mut writer) = self.writer_soon().await? else { return Ok(None) };
        let held = || self.marked.lock().unwrap_or_else(PoisonError::into_inner);
        let last = held().filter(|_| when == Mark::IfWritten);
        let marked = writer.spawn_blocking(move |conn| {
            let now = sqlite_mark::written(conn)?;
            if last == Some(now) {
                return Ok(None);
            }
            sqlite_mark::change(conn, BUSY_TIMEOUT.as_millis())?;
            Ok(Some(now))
        });
        let marked = marked.await?;
        if marked.is_some() {
            *held() = marked;
        }
        Ok(Some(marked.is_some()))
    }

    /// The writer, unless others are at it for long.
    async fn writer_soon(&self) -> DbResult<Option<Object<AsyncSqlite>>> {
        let timeouts = Timeouts { wait: Some(WAIT_TO_MARK), ..self.writer.timeouts() };
        match self.writer.timeout_get(&timeouts).await {
            Ok(writer) => Ok(Some(writer)),
            Err(PoolError::Timeout(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

fn open_sqlite(path: &str, cache_kib: u32) -> Result<SqliteConnection, ConnectionError> {
    let mut conn = SqliteConnection::establish(path)?;
    let busy_timeout_ms = BUSY_TIMEOUT.as_millis();
    // busy_timeout first: switching to WAL takes a lock itself. FULL, since an acked message must survive
    // the machine losing power.
    conn.batch_execute(&format!(
        "PRAGMA busy_timeout = {busy_timeout_ms};
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA cache_size = -{cache_kib};
         PRAGMA wal_autocheckpoint = {LOG_MAX_PAGES};
         PRAGMA trusted_schema = OFF;
         {TERMS}"
    ))
    .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::{SimpleAsyncConnection, SqliteFile, fs};

    #[tokio::test]
    async fn a_checkpoint_without_its_mark_is_left_to_the_next_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clinic.db");
        let file = SqliteFile::open(&path).unwrap();
        let pools = file.pools().unwrap();
        let mut writer = pools.writer.get().await.unwrap();
        writer.batch_execute("CREATE TABLE note (text); INSERT INTO note VALUES ('in the log')").await.unwrap();
        let before = fs::read(&path).unwrap();
        file.checkpoint().await.unwrap();
        assert_eq!(fs::read(&path).unwrap(), before, "the log is not copied while somebody writes");
        drop(writer);
        file.checkpoint().await.unwrap();
        assert_ne!(fs::read(&path).unwrap(), before);
    }
}
