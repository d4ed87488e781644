//! The SQLite file: its connections, and detecting that it was removed or replaced.
//!
//! A process can go on writing to a file that was removed or replaced, and everything that it
//! stores there is lost. So each use checks the path first. A missing file is an error until it is
//! back. Another file (a restored backup) gets its own connections and a new epoch.

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
/// Connections for reading. Readers run beside the writer (WAL); more of them gain nothing on a
/// small machine.
const READERS: usize = 8;
/// How long a caller waits for a free connection before it gets "unavailable".
const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(10);
/// How long a change of the mark waits for the writer's connection. After that, the next checkpoint
/// tries again soon.
const WAIT_TO_MARK: Duration = Duration::from_millis(200);
/// How long a stop waits for connections that are still in use.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);
/// How often a stop checks whether connections are in use.
const CLOSE_POLL: Duration = Duration::from_millis(10);
/// How long a refused file is not checked again.
const CHECK_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Page cache of the writer, in KiB.
const WRITER_CACHE_KIB: u32 = 16_384;
/// Page cache of each reader, in KiB. It is small because there are several readers, and the
/// operating system caches the file too.
const READER_CACHE_KIB: u32 = 2_048;

/// Pages in the log (256 MiB) after which a commit copies them into the database. A page that many
/// commits have written is copied once, so a long log is cheap. This limits the disk space of the
/// log, and the time of a start after a crash. The log keeps its size on disk, because overwriting
/// it is faster than growing it. When there are few writes,
/// [`DbPool::checkpoint`](super::DbPool::checkpoint) copies the log earlier.
const LOG_MAX_PAGES: u32 = 65_536;

/// The database file and its connections.
pub struct SqliteFile {
    path: PathBuf,
    pools: RwLock<Arc<Pools>>,
    /// The last file that was refused as a replacement of the open one, and when. It is kept
    /// because a check is slow.
    refused: Mutex<Option<(FileId, Instant)>>,
}

/// Connections to one file.
pub(super) struct Pools {
    /// Connections for reading.
    pub(super) readers: Pool<AsyncSqlite>,
    /// The connection for writing. SQLite has one writer at a time, so writers queue here, fairly,
    /// instead of polling its lock.
    pub(super) writer: Pool<AsyncSqlite>,
    /// Created together with these connections.
    pub(super) epoch: Epoch,
    file: FileId,
    /// The write counters when the mark was last changed.
    marked: Mutex<Option<Written>>,
}

/// Identifies the file at a path: device and inode.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FileId(u64, u64);

impl FileId {
    fn at(path: &Path) -> DbResult<Self> {
        let found = fs::metadata(path).map_err(DbError::Gone)?;
        Ok(Self(found.dev(), found.ino()))
    }
}

impl SqliteFile {
    /// Opens the file at `path`, or creates it. Fails if the file is damaged or the log beside it
    /// belongs to another file.
    pub(super) fn open(path: &Path) -> DbResult<Self> {
        sqlite_check::before_opening(path)?;
        let mut conn = open_sqlite(&path.to_string_lossy(), READER_CACHE_KIB)?;
        if let Err(error) = sqlite_mark::change(&mut conn, BUSY_TIMEOUT.as_millis()) {
            tracing::info!(%error, "the database could not be marked at the start");
        }
        // Closing the connection copies what a crash left in the log into the file.
        drop(conn);
        sqlite_check::note(path);
        let pools = RwLock::new(Arc::new(Pools::open(path, FileId::at(path)?)?));
        Ok(Self { path: path.to_owned(), pools, refused: Mutex::default() })
    }

    /// The connections to the file that is at the path now. Fails if there is no file, or if it was
    /// replaced and the log beside it does not belong to it.
    pub(super) fn pools(&self) -> DbResult<Arc<Pools>> {
        let file = FileId::at(&self.path)?;
        let held = Arc::clone(&self.pools.read().unwrap_or_else(PoisonError::into_inner));
        if held.file == file {
            return Ok(held);
        }
        let mut pools = self.pools.write().unwrap_or_else(PoisonError::into_inner);
        if pools.file != file {
            let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            if refused.is_some_and(|(refused, at)| refused == file && at.elapsed() < CHECK_AGAIN_AFTER) {
                return Err(DbError::Gone(std::io::ErrorKind::InvalidData.into()));
            }
            if let Err(error) = sqlite_check::refuse_foreign_log(&self.path) {
                *refused = Some((file, Instant::now()));
                return Err(error);
            }
            tracing::warn!("the database's file was replaced; its connections are opened again");
            *pools = Arc::new(Pools::open(&self.path, file)?);
        }
        Ok(Arc::clone(&pools))
    }

    /// Copies the log into the file while others read and write. If there were writes since the
    /// last checkpoint, the mark is changed before and after it, because SQLite may restart the log
    /// here.
    pub(super) async fn checkpoint(&self) -> DbResult<()> {
        let pools = self.pools()?;
        // Without the first change of the mark, two logs could start over the same mark. The next
        // checkpoint then copies the log.
        let Some(is_marked) = pools.mark(Mark::IfWritten).await? else { return Ok(()) };
        pools.readers.get().await?.batch_execute("PRAGMA wal_checkpoint(PASSIVE)").await?;
        if is_marked {
            pools.mark(Mark::Anyway).await?;
        }
        Ok(())
    }

    /// Closes the connections and stores the file's identity, so that the next start recognizes it.
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
            tracing::warn!("the database is still in use at the stop; the next start checks the whole file");
        }
    }
}

/// When to change the mark.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// If there were writes since the last change.
    IfWritten,
    /// Always.
    Anyway,
}

impl Pools {
    fn open(path: &Path, file: FileId) -> DbResult<Self> {
        let pool = |size, cache_kib| -> Result<Pool<AsyncSqlite>, BuildError> {
            let mut config = ManagerConfig::<AsyncSqlite>::default();
            // The wrapped connection is a file handle: it has no network connection that could
            // break.
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

    /// Changes the mark and returns whether it did; `None` if the writer's connection is busy.
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

    /// The writer's connection; `None` if it is not free within [`WAIT_TO_MARK`].
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
    // `busy_timeout` comes first, because switching to WAL takes a lock. `synchronous` is FULL,
    // because an acknowledged message must survive a power failure.
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
    async fn checkpoint_is_skipped_while_mark_cannot_change() {
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
