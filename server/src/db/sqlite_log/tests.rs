#![expect(clippy::unwrap_used, reason = "tests")]

use super::{FirstPage, Fit, Log};
use crate::db::sqlite_mark;
use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use std::{fs, path::PathBuf};
use tempfile::TempDir;

/// An open database with one table, in a temporary folder.
struct Clinic {
    folder: TempDir,
    conn: SqliteConnection,
}

/// The content of a database file and its log at one moment.
#[derive(Clone)]
struct Disk {
    file: Vec<u8>,
    log: Vec<u8>,
}

impl Disk {
    fn log(&self) -> Option<Log> {
        Log::read(self.log.as_slice()).unwrap()
    }

    /// Whether the log of this moment belongs to the file of another moment.
    fn fits(&self, file: &Self) -> Fit {
        self.log().unwrap().fits(&FirstPage::read(&mut file.file.as_slice()).unwrap().unwrap())
    }
}

impl Clinic {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut conn = SqliteConnection::establish(folder.path().join("a.db").to_str().unwrap()).unwrap();
        conn.batch_execute(
            "PRAGMA journal_mode = WAL; CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT UNIQUE);
             PRAGMA wal_checkpoint(TRUNCATE)",
        )
        .unwrap();
        let mut clinic = Self { folder, conn };
        clinic.mark();
        clinic.copy_log();
        clinic
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn mark(&mut self) {
        sqlite_mark::change(&mut self.conn, 1_000).unwrap();
    }

    /// Runs a checkpoint as the program does it every second.
    fn copy_log(&mut self) {
        self.mark();
        self.conn.batch_execute("PRAGMA wal_checkpoint(PASSIVE)").unwrap();
        self.mark();
    }

    /// Writes a row that fits into the existing pages.
    fn write(&mut self) {
        self.conn.batch_execute("INSERT INTO note (text) VALUES (hex(randomblob(8)))").unwrap();
    }

    /// Writes so much that the file grows. That also writes its first page.
    fn grow(&mut self) {
        self.conn.batch_execute("INSERT INTO note (text) VALUES (hex(randomblob(20000)))").unwrap();
    }

    fn disk(&self) -> Disk {
        Disk { file: fs::read(self.path("a.db")).unwrap(), log: fs::read(self.path("a.db-wal")).unwrap_or_default() }
    }

    /// Makes a backup the way an operator does.
    fn backup(&mut self) -> Disk {
        let path = self.path("backup.db");
        let _ = fs::remove_file(&path);
        self.conn.batch_execute(&format!("VACUUM INTO '{}'", path.display())).unwrap();
        Disk { file: fs::read(path).unwrap(), log: Vec::new() }
    }
}

#[test]
fn log_belongs_to_its_file_at_every_stage_of_copying() {
    let mut clinic = Clinic::open();
    for round in 0..20 {
        match round % 5 {
            0 => clinic.grow(),
            1 => clinic.mark(),
            2 => clinic.conn.batch_execute("PRAGMA wal_checkpoint(PASSIVE)").unwrap(),
            3 => clinic.copy_log(),
            _ => clinic.write(),
        }
        let disk = clinic.disk();
        assert_eq!(disk.fits(&disk), Fit::Belongs, "round {round}");
    }
}

#[test]
fn log_is_foreign_to_every_earlier_backup() {
    let mut clinic = Clinic::open();
    let mut backups = Vec::new();
    for round in 0..10 {
        clinic.write();
        if round % 3 == 0 {
            clinic.grow();
        }
        backups.push(clinic.backup());
        clinic.write();
        clinic.copy_log();
        for (which, backup) in backups.iter().enumerate() {
            assert_eq!(clinic.disk().fits(backup), Fit::Foreign, "backup {which} in round {round}");
        }
        clinic.grow();
        assert_eq!(clinic.disk().fits(backups.last().unwrap()), Fit::Foreign, "and after more of the same log");
    }
}

#[test]
fn log_is_foreign_to_other_file_and_other_page_size() {
    let (mut one, mut other) = (Clinic::open(), Clinic::open());
    one.grow();
    assert_eq!(one.disk().fits(&other.disk()), Fit::Foreign);
    other.conn.batch_execute("PRAGMA journal_mode = DELETE; PRAGMA page_size = 1024; VACUUM").unwrap();
    assert_eq!(one.disk().fits(&other.disk()), Fit::Foreign);
}

#[test]
fn fit_is_unknown_without_marks() {
    let mut clinic = Clinic::open();
    clinic.conn.batch_execute("PRAGMA user_version = 0; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    clinic.grow();
    let disk = clinic.disk();
    assert_eq!(disk.fits(&disk), Fit::Unknown);
    clinic.conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    clinic.write();
    let disk = clinic.disk();
    assert_eq!(disk.fits(&disk), Fit::Unknown, "its first page is not in the log");
}

#[test]
fn incomplete_log_is_ignored() {
    let mut clinic = Clinic::open();
    let before = clinic.disk();
    clinic.conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    assert_eq!(clinic.disk().log(), None, "an empty log");
    clinic.grow();
    let mut disk = clinic.disk();
    let whole = disk.log();
    disk.log.extend_from_slice(&before.log);
    assert_eq!(disk.log(), whole, "frames of an earlier log behind it");
    for cut in [31, 32, 100, 4_000] {
        let torn = Disk { log: disk.log.iter().copied().take(cut).collect(), ..disk.clone() };
        assert_eq!(torn.log(), None, "{cut} bytes");
    }
    let last = disk.log.len() - before.log.len() - 1;
    *disk.log.get_mut(last).unwrap() ^= 1;
    assert_eq!(disk.log(), None, "its only transaction was not written to its end");
    *disk.log.get_mut(20).unwrap() ^= 1;
    assert_eq!(disk.log(), None, "nor was the header");
}
