//! Checks a database file before it is opened: whether the log beside it belongs to it, and whether
//! the file is intact.
//!
//! After a clean stop, this only reads the first page. If the last stop was a crash, or if the file
//! is not as the last stop left it, SQLite reads all of it.

use super::{
    DbResult,
    error::{DbError, FileFault},
    sqlite_log::{FirstPage, Fit, Log},
};
use diesel::{Connection, RunQueryDsl, SqliteConnection, sql_types::Text};
use rustix::fs::{FlockOperation, fcntl_lock};
use std::{
    fmt::{self, Display},
    fs::{self, File, OpenOptions},
    io::{BufReader, ErrorKind, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    str::FromStr,
    time::{Duration, Instant},
};
use url::Url;

/// How often a file that is in use is checked before its log counts as foreign, with a pause of
/// [`CHECK_AGAIN_AFTER`] in between.
const TRIES_IN_USE: u32 = 5;
const CHECK_AGAIN_AFTER: Duration = Duration::from_millis(20);
/// How much of a log is read at a time, in bytes.
const READ_BYTES: usize = 256 * 1_024;

/// The result of a check of the first page and the log.
#[derive(Debug, Clone, Copy)]
struct Seen {
    /// Whether the log belongs to the file; `None` if there is no log or an empty one.
    log: Option<Fit>,
    /// Whether the file is a database.
    is_database: bool,
    file: Identity,
    /// Whether another program has the file open.
    is_in_use: bool,
}

/// The values by which the next start recognizes a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    inode: u64,
    bytes: u64,
    /// [`FirstPage::mark`]; 0 without a first page.
    mark: u32,
}

impl Identity {
    fn read(file: &fs::Metadata, page: Option<&FirstPage>) -> Self {
        Self { inode: file.ino(), bytes: file.len(), mark: page.map_or(0, FirstPage::mark) }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.inode, self.bytes, self.mark)
    }
}

impl FromStr for Identity {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut words = text.split_whitespace();
        let mut word = || words.next().ok_or(());
        Ok(Self {
            inode: word()?.parse().map_err(drop)?,
            bytes: word()?.parse().map_err(drop)?,
            mark: word()?.parse().map_err(drop)?,
        })
    }
}

/// Fails if the file is damaged, or if the log beside it would damage it. This process must not
/// have the file open: when the check closes the file, the process loses its locks on it.
pub(super) fn before_opening(path: &Path) -> DbResult<()> {
    let Some(seen) = check(path)? else { return Ok(()) };
    let reason = match seen {
        Seen { is_database: false, .. } => None,
        Seen { log: Some(Fit::Unknown), .. } => Some("what a crash left does not say whether it belongs to the file"),
        // Another program changes the other values while it runs.
        Seen { is_in_use: true, file, .. } => {
            (noted(path).map(|noted| noted.inode) != Some(file.inode)).then_some("it is not the file of the last start")
        }
        Seen { log: Some(_), .. } => Some("the last stop was a crash"),
        Seen { file, .. } => (noted(path) != Some(file)).then_some("it is not as the last stop left it"),
    };
    if let Some(reason) = reason {
        let begun = Instant::now();
        tracing::info!(reason, mebibytes = seen.file.bytes >> 20, "SQLite checks the whole database file");
        check_all(path, seen.log.is_some())?;
        tracing::info!(seconds = begun.elapsed().as_secs_f64(), "the database's file is not damaged");
    }
    Ok(())
}

/// Fails if the log beside the file does not belong to it. It checks nothing else: it is for a file
/// that was replaced while the program runs.
pub(super) fn refuse_foreign_log(path: &Path) -> DbResult<()> {
    check(path).map(drop)
}

/// Checks a file and its log; `None` if there is neither. The writes of another program can make a
/// log look foreign during a check, so a file that is in use is checked several times.
fn check(path: &Path) -> DbResult<Option<Seen>> {
    let mut tries = TRIES_IN_USE;
    loop {
        match check_once(path) {
            Err(DbError::File(FileFault::ForeignLog { is_in_use: true, .. })) if tries > 1 => tries -= 1,
            seen => return seen,
        }
        std::thread::sleep(CHECK_AGAIN_AFTER);
    }
}

fn check_once(path: &Path) -> DbResult<Option<Seen>> {
    let name = || path.display().to_string();
    let unreadable = |error| FileFault::Unreadable(name(), error);
    let file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => Some(file),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(unreadable(error).into()),
    };
    let is_in_use =
        file.as_ref().is_some_and(|file| fcntl_lock(file, FlockOperation::NonBlockingLockExclusive).is_err());
    let log = match File::open(beside(path, "-wal")) {
        Ok(log) => Log::read(BufReader::with_capacity(READ_BYTES, log)).map_err(unreadable)?,
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(unreadable(error).into()),
    };
    let Some(mut file) = file else {
        return if log.is_some() { Err(FileFault::LogAlone(name()).into()) } else { Ok(None) };
    };
    let about = file.metadata().map_err(unreadable)?;
    let page = FirstPage::read(&mut file).map_err(unreadable)?;
    let log = match (log, page) {
        (Some(_), None) if about.len() == 0 => return Err(FileFault::LogAlone(name()).into()),
        // If the file is not a database, SQLite reports that later.
        (None, _) | (Some(_), None) => None,
        (Some(log), Some(page)) => match log.fits(&page) {
            Fit::Foreign => return Err(FileFault::ForeignLog { file: name(), is_in_use }.into()),
            fit => Some(fit),
        },
    };
    let file = Identity::read(&about, page.as_ref());
    Ok(Some(Seen { log, is_database: page.is_some(), file, is_in_use }))
}

/// Makes SQLite read all of a file and its log. Changes neither.
fn check_all(path: &Path, has_log: bool) -> Result<(), FileFault> {
    #[derive(diesel::QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        integrity_check: String,
    }
    let damaged = |reason: &dyn Display| {
        let (file, reason) = (path.display().to_string(), reason.to_string());
        if has_log { FileFault::DamagedWithLog { file, reason } } else { FileFault::Damaged { file, reason } }
    };
    // Opened read-only: closing a writable connection would copy the log into the file.
    let mut conn = SqliteConnection::establish(&read_only(path)?).map_err(|error| damaged(&error))?;
    let first: Line =
        diesel::sql_query("PRAGMA integrity_check(1)").get_result(&mut conn).map_err(|error| damaged(&error))?;
    if first.integrity_check == "ok" { Ok(()) } else { Err(damaged(&first.integrity_check)) }
}

/// SQLite's URL for opening a file read-only.
fn read_only(path: &Path) -> Result<String, FileFault> {
    let unreadable = |error| FileFault::Unreadable(path.display().to_string(), error);
    let whole = std::path::absolute(path).map_err(unreadable)?;
    let mut url = Url::from_file_path(whole).map_err(|()| unreadable(ErrorKind::InvalidInput.into()))?;
    url.set_query(Some("mode=ro"));
    Ok(url.into())
}

/// The path of the database file with `ending` appended to its name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The file's identity as [`note`] last stored it.
fn noted(path: &Path) -> Option<Identity> {
    fs::read_to_string(beside(path, "-inode")).ok()?.parse().ok()
}

/// Stores the file's identity for the next start, in the file `…-inode` beside it. This process
/// must not have the database file open, as in [`before_opening`].
pub(super) fn note(path: &Path) {
    let noting = || -> std::io::Result<()> {
        let mut file = File::open(path)?;
        let page = FirstPage::read(&mut file)?;
        let now = Identity::read(&file.metadata()?, page.as_ref());
        if noted(path) == Some(now) {
            return Ok(());
        }
        let mut note =
            OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(beside(path, "-inode"))?;
        writeln!(note, "{now}")
    };
    if let Err(error) = noting() {
        tracing::warn!(%error, "the mark of the database's file could not be stored; the next start checks the whole file");
    }
}
