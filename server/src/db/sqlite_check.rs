//! Looks at a database file before it is opened: whether the log beside it is its own, and whether it is whole.
//!
//! After a clean stop that costs a look at the first page. If the last stop was a crash, or the file is not as the last
//! stop left it, SQLite reads all of it.

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

/// So often a file that is in use is looked at before its log is called foreign, and after this each time.
const LOOKS_IN_USE: u32 = 5;
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(20);
/// Bytes of a log that are read at a time.
const READ_BYTES: usize = 256 * 1_024;

/// What a first look found.
#[derive(Debug, Clone, Copy)]
struct Seen {
    /// How the log fits; `None` where there is none with anything in it.
    log: Option<Fit>,
    /// Whether there is a database at all.
    is_database: bool,
    file: Identity,
    /// Whether another program has it open.
    is_in_use: bool,
}

/// What is compared to know a file again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    inode: u64,
    bytes: u64,
    /// [`FirstPage::mark`]; 0 if it has none.
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

/// Refuses a file that is damaged, or that a log beside it would damage. Nothing of this process may have it open: to
/// close a file that was looked at gives up the process's locks on it.
pub(super) fn before_opening(path: &Path) -> DbResult<()> {
    let Some(seen) = look(path)? else { return Ok(()) };
    let reason = match seen {
        Seen { is_database: false, .. } => None,
        Seen { log: Some(Fit::Unknown), .. } => Some("what a crash left does not say whether it belongs to the file"),
        // Another program changes the rest while it runs.
        Seen { is_in_use: true, file, .. } => {
            (noted(path).map(|noted| noted.inode) != Some(file.inode)).then_some("it is not the file of the last start")
        }
        Seen { log: Some(_), .. } => Some("the last stop was a crash"),
        Seen { file, .. } => (noted(path) != Some(file)).then_some("it is not as the last stop left it"),
    };
    if let Some(reason) = reason {
        let begun = Instant::now();
        tracing::info!(reason, mebibytes = seen.file.bytes >> 20, "SQLite checks all of the database's file");
        check_all(path, seen.log.is_some())?;
        tracing::info!(seconds = begun.elapsed().as_secs_f64(), "the database's file is whole");
    }
    Ok(())
}

/// Refuses a file beside a log that is not its own; no more than that, for a file that was replaced under the program.
pub(super) fn refuse_foreign_log(path: &Path) -> DbResult<()> {
    look(path).map(drop)
}

/// Looks at a file and its log; `None` if there is neither. While another program has it open, what it writes meanwhile
/// must not make a log look foreign: that takes several looks.
fn look(path: &Path) -> DbResult<Option<Seen>> {
    let mut looks = LOOKS_IN_USE;
    loop {
        match look_once(path) {
            Err(DbError::File(FileFault::ForeignLog { is_in_use: true, .. })) if looks > 1 => looks -= 1,
            seen => return seen,
        }
        std::thread::sleep(LOOK_AGAIN_AFTER);
    }
}

fn look_once(path: &Path) -> DbResult<Option<Seen>> {
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
        // If it is no database, SQLite says so.
        (None, _) | (Some(_), None) => None,
        (Some(log), Some(page)) => match log.fits(&page) {
            Fit::Foreign => return Err(FileFault::ForeignLog { file: name(), is_in_use }.into()),
            fit => Some(fit),
        },
    };
    let file = Identity::read(&about, page.as_ref());
    Ok(Some(Seen { log, is_database: page.is_some(), file, is_in_use }))
}

/// Has SQLite read all of a file and its log, and changes neither.
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
    // Opened for reading, or its end would copy the log into the file.
    let mut conn = SqliteConnection::establish(&read_only(path)?).map_err(|error| damaged(&error))?;
    let first: Line =
        diesel::sql_query("PRAGMA integrity_check(1)").get_result(&mut conn).map_err(|error| damaged(&error))?;
    if first.integrity_check == "ok" { Ok(()) } else { Err(damaged(&first.integrity_check)) }
}

/// SQLite's address of a file that is only to be read.
fn read_only(path: &Path) -> Result<String, FileFault> {
    let unreadable = |error| FileFault::Unreadable(path.display().to_string(), error);
    let whole = std::path::absolute(path).map_err(unreadable)?;
    let mut url = Url::from_file_path(whole).map_err(|()| unreadable(ErrorKind::InvalidInput.into()))?;
    url.set_query(Some("mode=ro"));
    Ok(url.into())
}

/// The file of this ending beside the database's.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The file as [`note`] found it last.
fn noted(path: &Path) -> Option<Identity> {
    fs::read_to_string(beside(path, "-inode")).ok()?.parse().ok()
}

/// Notes for the next start what the file is now. Nothing of this process may have it open, as in [`before_opening`].
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
        tracing::warn!(%error, "what the database's file is could not be noted; the next start checks all of it");
    }
}
