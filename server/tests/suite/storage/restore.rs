//! A backup that replaces the database file, and starts after a crash.

use crate::support::{Client, Program, Serving, client_id, eventually};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A clinic with messages, and one of its patients.
struct Clinic {
    program: Program,
    pair: Value,
}

impl Clinic {
    async fn make() -> Self {
        let program = Program::new().env("BEDSIDE_LIMIT_SCALE", "1000000");
        let made = program.run(&["bench-clinic", "--pairs", "30", "--history", "400"], "").await;
        assert!(made.status.success(), "{made:?}");
        let pair = String::from_utf8(made.stdout).unwrap();
        let pair = serde_json::from_str(pair.lines().next().unwrap()).unwrap();
        Self { program, pair }
    }

    fn file(&self, ending: &str) -> PathBuf {
        self.program.data_folder().join(format!("bedside.db{ending}"))
    }

    /// Makes a complete copy, as `VACUUM INTO` and `.backup` do.
    fn back_up(&self) -> PathBuf {
        let path = self.program.data_folder().join("backup");
        let _ = fs::remove_file(&path);
        self.program.database().execute(&format!("VACUUM INTO '{}'", path.display()));
        path
    }

    fn patient(&self, serving: &Serving) -> Client {
        serving.client.with_cookie(&format!("bedside_session={}", self.pair["patientToken"].as_str().unwrap()))
    }

    async fn send(&self, serving: &Serving, content: &str) {
        let body = json!({ "clientId": client_id(), "content": content });
        let path = format!("/api/chats/{}/messages", self.pair["chatId"]);
        self.patient(serving).post(&path, &body).await.expect(200);
    }

    async fn last_seq(&self, serving: &Serving) -> i64 {
        let path = format!("/api/chats/{}", self.pair["chatId"]);
        self.patient(serving).get(&path).await.expect(200).json()["lastSeq"].as_i64().unwrap()
    }

    /// Writes until SQLite has restarted its log from the beginning.
    async fn outlive_the_log(&self, serving: &Serving) {
        let salts = || fs::read(self.file("-wal")).unwrap().get(16..24).map(<[u8]>::to_vec);
        let before = salts();
        eventually("the log was restarted", async || {
            self.send(serving, &"later ".repeat(1_000)).await;
            salts() != before
        })
        .await;
    }

    /// Kills the server so that the log contains something, as after a crash.
    async fn crash(&self, serving: Serving) {
        serving.stop("KILL").await;
        // SQLite may have restarted the log just before.
        while !is_anything_in(&self.file("-wal")) {
            let serving = self.program.serve().await;
            self.send(&serving, "in the log").await;
            serving.stop("KILL").await;
        }
    }

    /// Starts the server, which must fail. Returns what it wrote to standard error.
    async fn refused(&self) -> String {
        let output = self.program.run(&["serve"], "").await;
        assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Asserts that the server refuses to start, that its message names the files to remove, and
    /// that it starts without them.
    async fn assert_refused_until_the_log_is_gone(&self, backup: &Path) {
        let is_untouched = || fs::read(self.file("")).unwrap() == fs::read(backup).unwrap();
        let said = self.refused().await;
        assert!(said.contains("remove ./data/bedside.db-wal and ./data/bedside.db-shm"), "{said}");
        assert!(is_untouched() && self.file("-wal").exists(), "nothing is changed");
        self.refused().await;
        assert!(is_untouched(), "nor at the second try");
        fs::remove_file(self.file("-wal")).unwrap();
        let _ = fs::remove_file(self.file("-shm"));
        let serving = self.program.serve().await;
        assert_eq!(self.last_seq(&serving).await, 400, "as it was in the backup");
        self.send(&serving, "goes on").await;
        assert_eq!(serving.stop("TERM").await.0, Some(0));
        assert_eq!(self.program.database().texts("SELECT integrity_check FROM pragma_integrity_check"), ["ok"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn backup_copied_beside_an_old_log_is_refused_with_advice() {
    let clinic = Clinic::make().await;
    let backup = clinic.back_up();
    let serving = clinic.program.serve().await;
    clinic.outlive_the_log(&serving).await;
    clinic.crash(serving).await;
    // The file keeps its inode, so the server must recognize the backup by its content.
    fs::copy(&backup, clinic.file("")).unwrap();
    clinic.assert_refused_until_the_log_is_gone(&backup).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn online_backup_beside_a_later_log_is_refused() {
    let clinic = Clinic::make().await;
    let serving = clinic.program.serve().await;
    clinic.outlive_the_log(&serving).await;
    let backup = clinic.back_up();
    let seq = clinic.last_seq(&serving).await;
    clinic.outlive_the_log(&serving).await;
    clinic.outlive_the_log(&serving).await;
    clinic.crash(serving).await;
    // The backup has another inode.
    fs::rename(&backup, clinic.file("")).unwrap();
    let said = clinic.refused().await;
    assert!(said.contains("does not belong"), "{said}");
    for ending in ["-wal", "-shm"] {
        fs::remove_file(clinic.file(ending)).unwrap();
    }
    let serving = clinic.program.serve().await;
    assert_eq!(clinic.last_seq(&serving).await, seq);
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_log_is_refused_while_the_file_is_open_elsewhere() {
    let clinic = Clinic::make().await;
    let backup = clinic.back_up();
    let serving = clinic.program.serve().await;
    clinic.outlive_the_log(&serving).await;
    let reader = clinic.program.database().hold("BEGIN; SELECT count(*) FROM chat_message");
    clinic.crash(serving).await;
    // Another process copies the file, because a process that closes a file releases all its own
    // locks on it.
    assert!(std::process::Command::new("cp").args([&backup, &clinic.file("")]).status().unwrap().success());
    let said = clinic.refused().await;
    assert!(said.contains("does not belong") && said.contains("end all programs that have it open"), "{said}");
    drop(reader);
}

#[tokio::test(flavor = "multi_thread")]
async fn unmarked_file_is_refused_if_its_log_damages_it() {
    let clinic = Clinic::make().await;
    let database = clinic.program.database();
    // The state that an earlier version leaves: no mark. The backup is made without a log.
    database.execute("PRAGMA user_version = 0; PRAGMA application_id = 0; PRAGMA wal_checkpoint(TRUNCATE)");
    let backup = clinic.back_up();
    let open = database.hold(
        "PRAGMA wal_autocheckpoint = 0;
         INSERT INTO \"user\" (name, email, role, password_hash, created_at)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
         SELECT 'Somebody', i || '@example.net', 'patient', '!', '2026-01-01 00:00:00' FROM n",
    );
    let copies = ["", "-wal"].map(|ending| fs::read(clinic.file(ending)).unwrap());
    drop(open);
    let lay = |file: &[u8], log: &[u8]| {
        let _ = ["-wal", "-shm", "-inode"].map(|ending| fs::remove_file(clinic.file(ending)));
        fs::write(clinic.file(""), file).unwrap();
        fs::write(clinic.file("-wal"), log).unwrap();
    };
    lay(&fs::read(&backup).unwrap(), &copies[1]);
    let said = clinic.refused().await;
    assert!(said.contains("damaged"), "{said}");
    clinic.assert_refused_until_the_log_is_gone(&backup).await;
    lay(&copies[0], &copies[1]);
    let serving = clinic.program.serve().await;
    assert_eq!(clinic.last_seq(&serving).await, 400);
    assert_eq!(serving.stop("TERM").await.0, Some(0));
    assert_eq!(database.number("SELECT COUNT(*) FROM \"user\" WHERE email LIKE '%@example.net'"), 2_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn server_starts_with_all_messages_after_every_crash() {
    let clinic = Clinic::make().await;
    for round in 1..=5 {
        let serving = clinic.program.serve().await;
        assert_eq!(clinic.last_seq(&serving).await, 400 + (round - 1) * 3);
        for _ in 0..3 {
            clinic.send(&serving, &"x".repeat(5_000)).await;
        }
        if round % 2 == 0 {
            let log = clinic.file("-wal");
            eventually("what was sent is copied into the file", async || begins_with_a_mark(&log)).await;
        }
        serving.stop("KILL").await;
        assert!(fs::metadata(clinic.file("-wal")).unwrap().len() > 0, "a crash leaves a log");
    }
}

/// Overwrites a page in the middle of a file with nonsense.
fn damage(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2 / 4_096 * 4_096;
    bytes[middle..middle + 4_096].fill(0xa5);
    fs::write(path, bytes).unwrap();
}

/// Whether SQLite would apply a log: the salts of its first frame match its header.
fn is_anything_in(log: &Path) -> bool {
    let log = fs::read(log).unwrap();
    log.get(16..24).is_some_and(|salts| log.get(40..48) == Some(salts))
}

/// Whether a log begins with a transaction of only the first page, which contains the mark.
fn begins_with_a_mark(log: &Path) -> bool {
    let log = fs::read(log).unwrap();
    log.get(32..36) == Some(&[0, 0, 0, 1]) && log.get(36..40) != Some(&[0, 0, 0, 0])
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_restored_file_is_refused() {
    let clinic = Clinic::make().await;
    let backup = clinic.back_up();
    damage(&backup);
    fs::rename(&backup, clinic.file("")).unwrap();
    let said = clinic.refused().await;
    assert!(said.contains("is damaged") && said.contains("Restore a backup"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_after_a_clean_stop_is_found_with_the_same_inode() {
    let clinic = Clinic::make().await;
    let backup = clinic.back_up();
    damage(&backup);
    let serving = clinic.program.serve().await;
    clinic.send(&serving, "after the backup").await;
    assert_eq!(serving.stop("TERM").await.0, Some(0));
    let serving = clinic.program.serve().await;
    let (_, said) = serving.stop("TERM").await;
    assert!(!said.contains("checks all"), "an unchanged file is not checked as a whole: {said}");
    // This is what `cp` does.
    fs::copy(&backup, clinic.file("")).unwrap();
    let said = clinic.refused().await;
    assert!(said.contains("is damaged"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_after_a_crash_is_found_in_a_file_of_any_size() {
    let clinic = Clinic::make().await;
    let filler = format!("CREATE TABLE filler (x BLOB); INSERT INTO filler VALUES (zeroblob({}))", 40 * 1_024 * 1_024);
    clinic.program.database().execute(&filler);
    let serving = clinic.program.serve().await;
    clinic.send(&serving, "in the log").await;
    clinic.crash(serving).await;
    damage(&clinic.file(""));
    let said = clinic.refused().await;
    assert!(said.contains("damaged database"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn log_without_its_database_file_is_kept() {
    let clinic = Clinic::make().await;
    let serving = clinic.program.serve().await;
    clinic.send(&serving, "in the log").await;
    clinic.crash(serving).await;
    let away = clinic.file("-away");
    fs::rename(clinic.file(""), &away).unwrap();
    let said = clinic.refused().await;
    assert!(said.contains("missing or empty"), "{said}");
    fs::rename(&away, clinic.file("")).unwrap();
    let serving = clinic.program.serve().await;
    assert!(clinic.last_seq(&serving).await >= 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn command_does_not_disturb_the_running_server() {
    let clinic = Clinic::make().await;
    let serving = clinic.program.serve().await;
    for name in ["one", "two", "three"] {
        clinic.send(&serving, &"x".repeat(9_000)).await;
        let email = format!("{name}@example.org");
        let add = ["user", "add", "--role", "admin", "--email", &email, "--name", name];
        let added = clinic.program.run(&add, "").await;
        assert!(added.status.success(), "{added:?}");
    }
    serving.stop("KILL").await;
    let serving = clinic.program.serve().await;
    assert_eq!(clinic.last_seq(&serving).await, 403);
}
