//! Moving a clinic from SQLite to PostgreSQL.

use crate::support::{Program, postgres::Scratch};

/// A clinic in a SQLite file with a chat, and the arguments of the command that moves it to
/// `target`.
async fn clinic(target: &Scratch) -> (Program, [String; 5]) {
    let program = Program::new();
    let made = program.run(&["bench-clinic", "--pairs", "3", "--history", "2500"], "").await;
    assert!(made.status.success());
    program.database().execute(
        "INSERT INTO office_hours SELECT user_id, 1, 480, 720 FROM doctor_profile;
         INSERT INTO office_hours SELECT user_id, 5, 480, 1440 FROM doctor_profile;
         UPDATE doctor_profile SET time_zone = 'Europe/Berlin', away_from = '2026-12-24 07:00:00',
             away_until = '2026-12-27 07:00:00', away_note = 'Out', usual_reply_ms = 5, usual_reply_at = '2026-11-25 00:00:00'",
    );
    let from = format!("sqlite:{}", program.data_folder().join("bedside.db").display());
    let arguments = ["migrate".to_owned(), "--from".to_owned(), from, "--to".to_owned(), target.url()];
    (program, arguments)
}

async fn run(program: &Program, arguments: &[String]) -> (bool, String) {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = program.run(&arguments, "").await;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.success(), said)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn target_can_be_set_in_the_environment() {
    let target = Scratch::empty();
    let (_program, arguments) = clinic(&target).await;
    let elsewhere = Program::new().env("DATABASE_URL", &target.url());
    let (is_moved, said) = run(&elsewhere, &arguments[..3]).await;
    assert!(is_moved && said.contains("2500  chat_message"), "{said}");
    let (is_moved, said) = run(&Program::new(), &arguments[..3]).await;
    assert!(!is_moved && said.contains("--to"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn clinic_moves_with_all_data_and_continues_there() {
    let target = Scratch::empty();
    let (program, arguments) = clinic(&target).await;
    program.database().execute(
        "INSERT INTO saved_reply (owner_id, title, content, created_at) VALUES (NULL, 'Hours', 'At 8', '2026-01-01 08:00:00');
         INSERT INTO clinic_setting VALUES ('emergency-number', '112');
         UPDATE chat_message SET change_seq = 1, retracted_at = '2026-01-01 08:00:00', retracted_read = 0 WHERE seq = 7;
         UPDATE doctor_patient_chat SET last_change = 1 WHERE chat_id = 1",
    );
    let (is_moved, said) = run(&program, &arguments).await;
    assert!(is_moved && said.contains("2500  chat_message"), "{said}");
    assert_eq!(target.run("SELECT title || content FROM saved_reply").unwrap(), ["HoursAt 8"]);
    assert_eq!(target.run("SELECT name || value FROM clinic_setting").unwrap(), ["emergency-number112"]);
    let everything = "SELECT string_agg(seq || ' ' || user_id || ' ' || content || ' ' || client_id, ',' ORDER BY id) FROM chat_message";
    let in_file = "SELECT group_concat(line, ',') FROM (SELECT seq || ' ' || user_id || ' ' || content || ' ' || client_id AS line FROM chat_message ORDER BY id)";
    assert_eq!(target.run(everything).unwrap(), program.database().texts(in_file));
    let hours = "SELECT count(*) || ' ' || sum(weekday) || ' ' || sum(closes) FROM office_hours";
    assert_eq!(target.run(hours).unwrap(), program.database().texts(hours));
    let away = "SELECT DISTINCT time_zone || ' ' || away_note || ' ' || usual_reply_ms FROM doctor_profile";
    assert_eq!(target.run(away).unwrap(), ["Europe/Berlin Out 5"]);
    let insert =
        "INSERT INTO chat_message (chat_id, user_id, content) VALUES (1, 1, 'goes on') RETURNING id || ' ' || seq";
    assert_eq!(target.run(insert).unwrap(), ["2501 2501"], "ids and seqs continue after the copied ones");
    let (is_moved, said) = run(&program, &arguments).await;
    assert!(!is_moved && said.contains("not empty"), "{said}");
    assert_eq!(target.run("SELECT count(*) FROM chat_message").unwrap(), ["2501"], "and it is as it was");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn ids_of_deleted_rows_are_not_used_again() {
    let target = Scratch::empty();
    let (program, arguments) = clinic(&target).await;
    let last_user = program.database().number("SELECT MAX(id) FROM \"user\"");
    // Deletes the newest users with their chat, and all reports and saved replies.
    program.database().execute(
        "INSERT INTO chat_report (chat_id, reporter_id, reason, created_at)
         SELECT chat_id, patient_id, 'x', created_at FROM doctor_patient_chat;
         INSERT INTO saved_reply (owner_id, title, content, created_at) VALUES (NULL, 'x', 'x', '2026-01-01 08:00:00');
         DELETE FROM chat_report; DELETE FROM saved_reply; DELETE FROM chat_message WHERE seq > 2000;
         DELETE FROM doctor_patient_chat WHERE chat_id = (SELECT MAX(chat_id) FROM doctor_patient_chat);
         DELETE FROM \"user\" WHERE id IN (SELECT id FROM \"user\" ORDER BY id DESC LIMIT 2)",
    );
    let (is_moved, said) = run(&program, &arguments).await;
    assert!(is_moved, "{said}");
    let next = |table: &str, column: &str| {
        let sql = format!("SELECT nextval(pg_get_serial_sequence('\"{table}\"', '{column}'))");
        target.run(&sql).unwrap()[0].parse::<i64>().unwrap()
    };
    assert_eq!(next("user", "id"), last_user + 1);
    assert_eq!(next("doctor_patient_chat", "chat_id"), 4);
    assert_eq!(next("chat_message", "id"), 2_501);
    assert_eq!(next("chat_report", "id"), 4);
    assert_eq!(next("saved_reply", "id"), 2);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn failed_move_leaves_nothing_in_the_target() {
    let target = Scratch::with_schema();
    let (program, arguments) = clinic(&target).await;
    // The target rejects the last message.
    target.run("ALTER TABLE chat_message ADD CHECK (seq <> 2500)").unwrap();
    let (is_moved, said) = run(&program, &arguments).await;
    assert!(!is_moved, "{said}");
    for table in ["\"user\"", "doctor_patient_chat", "chat_message", "session"] {
        assert_eq!(target.run(&format!("SELECT count(*) FROM {table}")).unwrap(), ["0"], "{table}");
    }
    target.run("ALTER TABLE chat_message DROP CONSTRAINT chat_message_seq_check1").unwrap();
    let (is_moved, said) = run(&program, &arguments).await;
    assert!(is_moved, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn impossible_move_is_explained_and_creates_nothing() {
    let target = Scratch::empty();
    let (program, arguments) = clinic(&target).await;
    let [migrate, from, file, to, server] = arguments;
    let nowhere = "sqlite:/nowhere/bedside.db".to_owned();
    for (wrong, reason) in [
        ([&migrate, &from, &nowhere, &to, &server], "does not exist"),
        ([&migrate, &from, &server, &to, &file], "--from must be a sqlite:"),
    ] {
        let (is_moved, said) = run(&program, &wrong.map(Clone::clone)).await;
        assert!(!is_moved && said.contains(reason), "{said}");
    }
}
