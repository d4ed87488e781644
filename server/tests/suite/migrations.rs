//! The schema. Other programs read this database, so its names and constraints must not change.

use crate::support::Database;
use diesel::{Connection, SqliteConnection};
use diesel_migrations::MigrationHarness;
use server::db::migrations::SQLITE;
use tempfile::TempDir;

fn database() -> (TempDir, Database, SqliteConnection) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bedside.db");
    let conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    (folder, Database::at(&path), conn)
}

const SCHEMA: &str = "SELECT type || ' ' || name || ': ' || COALESCE(sql, '') FROM sqlite_master \
                      WHERE name NOT LIKE 'sqlite_%' AND tbl_name <> '__diesel_schema_migrations' ORDER BY 1";

#[test]
fn migrations_up_down_and_up_again_give_the_same_schema() {
    let (_folder, database, mut conn) = database();
    let ran = conn.run_pending_migrations(SQLITE).unwrap().len();
    assert!(ran > 0);
    let schema = database.texts(SCHEMA);
    for _ in 0..ran {
        conn.revert_last_migration(SQLITE).unwrap();
    }
    assert_eq!(database.texts(SCHEMA), [""; 0], "nothing is left behind");
    conn.run_pending_migrations(SQLITE).unwrap();
    assert_eq!(database.texts(SCHEMA), schema);
    for _ in 0..ran {
        conn.revert_last_migration(SQLITE).unwrap();
        conn.run_pending_migrations(SQLITE).unwrap();
        assert_eq!(database.texts(SCHEMA), schema);
    }
    assert!(conn.run_pending_migrations(SQLITE).unwrap().is_empty(), "running them again does nothing");
}

/// The migration from which on the database rejects odd rows.
pub(crate) const REFUSES_ODD_ROWS: &str = "20261130000012";

/// Rows that later versions reject, and one valid row, in a database of an older version.
pub(crate) const ODD_ROWS: &str = r#"
    INSERT INTO "user" (id, name, email, role, password_hash, created_at, disabled_at) VALUES
        (1, 'P', 'p@x', 'patient', '-', '2026-01-01', NULL), (2, 'D', 'd@x', 'doctor', '-', '2026-01-01', 'infinity');
    INSERT INTO doctor_patient_chat
        (chat_id, doctor_id, patient_id, created_at, updated_at, waiting_since, notice_at, last_seq)
        VALUES (1, 2, 1, '2026-01-01', '2037-01-01', '2037-01-01', '2037-01-01', 5);
    INSERT INTO chat_message (user_id, chat_id, content, created_at, seq, client_id) VALUES
        (1, 1, 'fine', '2026-01-01 08:00:00.123', 1, '7c0e3f2a-3a7e-4a52-9d0b-6a1f5a0c1d11'),
        (1, 1, 'a program''s', '2026-01-01 08:00:01', 2, 'bot-1'),
        (1, 1, 'in capitals', '2026-01-01 08:00:02', 3, '7C0E3F2A-3A7E-4A52-9D0B-6A1F5A0C1D11'),
        (1, 1, 'at no time', 'infinity', 4, '7c0e3f2a-3a7e-4a52-9d0b-6a1f5a0c1d12'),
        (1, 1, 'in 2037', '2037-01-01', 5, '7c0e3f2a-3a7e-4a52-9d0b-6a1f5a0c1d13'),
        (1, 1, 'further on', '2026-01-01 08:00:03', 7, '7C0E3F2A-3A7E-4A52-9D0B-6A1F5A0C1D14');
    INSERT INTO chat_member (chat_id, user_id) VALUES (1, 1), (1, 2) ON CONFLICT DO NOTHING;
    UPDATE chat_member SET read_at = '2037-01-01';
"#;

/// Asserts what the migration makes of [`ODD_ROWS`].
pub(crate) fn assert_odd_rows_repaired(database: &Database, a_minute_ago: &str, in_a_minute: &str) {
    assert_eq!(database.number("SELECT COUNT(*) FROM chat_message"), 6, "none is lost");
    let kept = "SELECT client_id FROM chat_message WHERE seq IN (1, 4, 5, 7) ORDER BY seq";
    let id = |end: u8| format!("7c0e3f2a-3a7e-4a52-9d0b-6a1f5a0c1d{end}");
    assert_eq!(database.texts(kept), [id(11), id(12), id(13), id(14)]);
    assert_eq!(database.number("SELECT last_seq FROM doctor_patient_chat"), 7, "the chat can be written in");
    let replaced = database.texts("SELECT client_id FROM chat_message WHERE seq IN (2, 3)");
    assert!(replaced.iter().all(|id| id.parse::<app::protocol::ClientId>().is_ok_and(|read| read.to_string() == *id)));
    assert!(replaced[0] != replaced[1] && !replaced.contains(&id(11)), "{replaced:?}");
    let early = "SELECT COUNT(*) FROM chat_message WHERE seq < 4 AND created_at < '2026-01-02'";
    assert_eq!(database.number(early), 3, "what is right stays as it is");
    for moment in [
        "(SELECT min(created_at) FROM chat_message WHERE seq IN (4, 5))",
        "(SELECT max(created_at) FROM chat_message WHERE seq IN (4, 5))",
        "(SELECT updated_at FROM doctor_patient_chat)",
        "(SELECT waiting_since FROM doctor_patient_chat)",
        "(SELECT disabled_at FROM \"user\" WHERE id = 2)",
    ] {
        let is_now = format!("SELECT CASE WHEN {moment} BETWEEN {a_minute_ago} AND {in_a_minute} THEN 1 ELSE 0 END");
        assert_eq!(database.number(&is_now), 1, "{moment}");
    }
    assert_eq!(database.number("SELECT COUNT(*) FROM doctor_patient_chat WHERE notice_at IS NULL"), 1);
    assert_eq!(database.number("SELECT COUNT(*) FROM chat_member WHERE read_at > '2036-01-01'"), 0);
}

#[test]
fn migration_repairs_old_invalid_rows_without_failing() {
    let (_folder, database, mut conn) = database();
    for migration in conn.pending_migrations(SQLITE).unwrap() {
        if migration.name().version() == REFUSES_ODD_ROWS.into() {
            database.execute(ODD_ROWS);
        }
        conn.run_migration(&migration).unwrap();
    }
    let at = |shift: &str| format!("strftime('%Y-%m-%d %H:%M:%f', 'now', '{shift}')");
    assert_odd_rows_repaired(&database, &at("-1 minute"), &at("+1 minute"));
}

/// The migration that indexes the chats with letters outside Latin again.
pub(crate) const FOLDS_SEARCH: &str = "20261201000014";

/// A Latin and a Cyrillic chat that are indexed, except for their rows of `message_search`.
pub(crate) const INDEXED_CHATS: &str = r#"
    INSERT INTO "user" (id, name, email, role, password_hash, created_at) VALUES
        (1, 'P', 'p@x', 'patient', '-', '2026-01-01'), (2, 'D', 'd@x', 'doctor', '-', '2026-01-01'),
        (3, 'E', 'e@x', 'doctor', '-', '2026-01-01');
    INSERT INTO doctor_patient_chat (chat_id, doctor_id, patient_id, created_at, updated_at) VALUES
        (1, 2, 1, '2026-01-01', '2026-01-01'), (2, 3, 1, '2026-01-01', '2026-01-01');
    INSERT INTO chat_message (id, user_id, chat_id, content, created_at, seq, client_id) VALUES
        (1, 1, 1, '¡Sí! 😀', '2026-01-01', 1, '7c0e3f2a-3a7e-4a52-9d0b-6a1f5a0c1d11'),
        (2, 1, 2, 'Ещё болит', '2026-01-01', 1, '7c0e3f2a-3a7e-4a52-9d0b-6a1f5a0c1d12');
    INSERT INTO chat_search (chat_id, seq) VALUES (1, 1), (2, 1);
"#;

#[test]
fn migration_makes_non_latin_chats_be_indexed_again() {
    let (_folder, database, mut conn) = database();
    for migration in conn.pending_migrations(SQLITE).unwrap() {
        if migration.name().version() == FOLDS_SEARCH.into() {
            database.execute(INDEXED_CHATS);
            database.execute("INSERT INTO message_search (rowid, words) VALUES (1, 'si'), (2, 'eshchio bolit')");
        }
        conn.run_migration(&migration).unwrap();
    }
    assert_eq!(database.texts("SELECT chat_id || '' FROM chat_search"), ["1"]);
    let found = "SELECT rowid || '' FROM message_search WHERE message_search MATCH 'si OR bolit'";
    assert_eq!(database.texts(found), ["1"]);
}

#[test]
fn tables_and_columns_have_their_documented_names() {
    let (_folder, database, mut conn) = database();
    conn.run_pending_migrations(SQLITE).unwrap();
    let expected = [
        ("user", "id name email role password_hash created_at disabled_at"),
        (
            "doctor_patient_chat",
            "chat_id doctor_id patient_id created_at updated_at last_seq last_change revision waiting_since is_urgent \
             done_seq closed_at closed_reason may_reopen blocked_by notice_at disabled_member closed_by_clinic",
        ),
        (
            "doctor_profile",
            "user_id specialty bio languages accepting_chats time_zone away_from away_until away_note usual_reply_ms \
             usual_reply_at revised_at",
        ),
        ("office_hours", "doctor_id weekday opens closes"),
        (
            "chat_message",
            "id user_id chat_id content is_ai created_at seq client_id reply_to_seq corrects_seq retracted_at retracted_read \
             change_seq is_urgent is_automatic",
        ),
        ("retracted_message", "message_id content"),
        ("chat_member", "chat_id user_id read_seq delivered_seq read_at delivered_at archived_seq revised_at"),
        ("chat_report", "id chat_id reporter_id reason created_at settled_at"),
        ("saved_reply", "id owner_id title content created_at"),
        ("clinic_setting", "name value"),
        ("chat_search", "chat_id seq"),
        ("session", "token_hash user_id created_at last_seen_at expires_at user_agent name"),
        ("outbox_key", "user_id key"),
        ("server_key", "name key"),
    ];
    for (table, columns) in expected {
        let found = database.texts(&format!("SELECT name FROM pragma_table_info('{table}')"));
        assert_eq!(found.join(" "), columns, "{table}");
    }
    let nullable = "SELECT m.name || '.' || i.name FROM sqlite_master m, pragma_table_info(m.name) i \
                    WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%' \
                    AND m.name NOT LIKE 'message\\_search%' ESCAPE '\\' AND i.\"notnull\" = 0 ORDER BY 1";
    assert_eq!(
        database.texts(nullable),
        [
            "chat_member.archived_seq",
            "chat_member.delivered_at",
            "chat_member.read_at",
            "chat_member.revised_at",
            "chat_message.change_seq",
            "chat_message.chat_id",
            "chat_message.corrects_seq",
            "chat_message.reply_to_seq",
            "chat_message.retracted_at",
            "chat_message.retracted_read",
            "chat_report.settled_at",
            "doctor_patient_chat.blocked_by",
            "doctor_patient_chat.closed_at",
            "doctor_patient_chat.closed_reason",
            "doctor_patient_chat.disabled_member",
            "doctor_patient_chat.notice_at",
            "doctor_patient_chat.waiting_since",
            "doctor_profile.away_from",
            "doctor_profile.away_until",
            "doctor_profile.revised_at",
            "doctor_profile.usual_reply_at",
            "doctor_profile.usual_reply_ms",
            "saved_reply.owner_id",
            "session.name",
            "user.disabled_at"
        ]
    );
    let indexed = "SELECT DISTINCT m.name || '.' || c.name FROM sqlite_master m, pragma_index_list(m.name) l, \
                   pragma_index_info(l.name) c WHERE c.seqno = 0 ORDER BY 1";
    let indexed = database.texts(indexed);
    for column in [
        "doctor_patient_chat.doctor_id",
        "doctor_patient_chat.patient_id",
        "chat_message.user_id",
        "chat_message.chat_id",
    ] {
        assert!(indexed.iter().any(|known| known == column), "{column} in {indexed:?}");
    }
}

/// The kind of constraint that rejects a row.
#[derive(Clone, Copy)]
pub(crate) enum Reason {
    Unique,
    Check,
    ForeignKey,
}

impl Reason {
    const fn in_sqlite(self) -> &'static str {
        match self {
            Self::Unique => "UNIQUE",
            Self::Check => "CHECK",
            Self::ForeignKey => "FOREIGN KEY",
        }
    }

    /// The SQLSTATE that PostgreSQL reports.
    pub(crate) const fn in_postgres(self) -> &'static str {
        match self {
            Self::Unique => "23505",
            Self::Check => "23514",
            Self::ForeignKey => "23503",
        }
    }
}

/// A chat (1) between patient 1 and doctor 2 with one message, and a second doctor (3).
pub(crate) const SOME_DATA: &str = r#"
    INSERT INTO "user" (id, name, email, role, password_hash, created_at) VALUES
        (1, 'P', 'p@x', 'patient', '-', '2026-01-01'), (2, 'D', 'd@x', 'doctor', '-', '2026-01-01'),
        (3, 'E', 'e@x', 'doctor', '-', '2026-01-01');
    INSERT INTO doctor_profile (user_id, specialty) VALUES (2, 'Neurology');
    INSERT INTO office_hours (doctor_id, weekday, opens, closes) VALUES (2, 1, 600, 720);
    INSERT INTO doctor_patient_chat (chat_id, doctor_id, patient_id, created_at, updated_at)
        VALUES (1, 2, 1, '2026-01-01', '2026-01-01');
    INSERT INTO chat_member (chat_id, user_id) VALUES (1, 1), (1, 2) ON CONFLICT DO NOTHING;
    INSERT INTO chat_message (user_id, chat_id, content, created_at, seq, client_id)
        VALUES (1, 1, 'hello', '2026-01-01', 1, '7c0e3f2a-3a7e-4a52-9d0b-6a1f5a0c1d11');
    INSERT INTO saved_reply (owner_id, title, content, created_at)
        VALUES (2, 'Own', 'x', '2026-01-01'), (NULL, 'The clinic''s', 'x', '2026-01-01');
    INSERT INTO clinic_setting (name, value) VALUES ('emergency-number', '112');
    INSERT INTO server_key VALUES ('device', '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef');
    INSERT INTO session VALUES ('hash', 1, '2026-01-01', '2026-01-01', '2026-02-01', '', NULL);
"#;

fn with_data() -> (TempDir, Database) {
    let (folder, database, mut conn) = database();
    conn.run_pending_migrations(SQLITE).unwrap();
    database.execute(SOME_DATA);
    (folder, database)
}

/// The client id of the message of [`SOME_DATA`], and another one.
const A: &str = "7c0e3f2a-3a7e-4a52-9d0b-6a1f5a0c1d11";
const B: &str = "7c0e3f2a-3a7e-4a52-9d0b-6a1f5a0c1d12";

/// Statements that the database must reject when it contains [`SOME_DATA`], with the constraint
/// that rejects each.
pub(crate) fn wrong() -> Vec<(String, Reason)> {
    let user = r#"INSERT INTO "user" (name, email, role, password_hash, created_at) VALUES"#;
    let chat = "INSERT INTO doctor_patient_chat (doctor_id, patient_id, created_at, updated_at) VALUES";
    let message = "INSERT INTO chat_message (user_id, chat_id, content, created_at, seq, client_id) VALUES";
    let report = "INSERT INTO chat_report (chat_id, reporter_id, reason, created_at) VALUES";
    let too_long = format!("{message} (1, 1, '{}', '2026-01-01', 2, '{B}')", "é".repeat(10_001));
    let reply = "INSERT INTO saved_reply (owner_id, title, content, created_at) VALUES";
    let long_reply = |title: usize, content: usize| {
        format!("{reply} (2, '{}', '{}', '2026-01-01')", "é".repeat(title), "é".repeat(content))
    };
    let hours = "INSERT INTO office_hours (doctor_id, weekday, opens, closes) VALUES";
    let away = "UPDATE doctor_profile SET";
    vec![
        (format!("{reply} (99, 'x', 'x', '2026-01-01')"), Reason::ForeignKey),
        (long_reply(0, 1), Reason::Check),
        (long_reply(101, 1), Reason::Check),
        (long_reply(1, 0), Reason::Check),
        (long_reply(1, 5_001), Reason::Check),
        ("INSERT INTO clinic_setting (name, value) VALUES ('emergency-number', '999')".to_owned(), Reason::Unique),
        ("INSERT INTO server_key VALUES ('device', 'another')".to_owned(), Reason::Check),
        ("INSERT INTO server_key SELECT * FROM server_key".to_owned(), Reason::Unique),
        (format!("{user} ('Q', 'p@x', 'patient', '-', '2026-01-01')"), Reason::Unique),
        (format!("{user} ('Q', 'q@x', 'nurse', '-', '2026-01-01')"), Reason::Check),
        (format!("{chat} (2, 1, '2026-01-01', '2026-01-01')"), Reason::Unique),
        (format!("{chat} (2, 99, '2026-01-01', '2026-01-01')"), Reason::ForeignKey),
        (format!("{chat} (99, 1, '2026-01-01', '2026-01-01')"), Reason::ForeignKey),
        (format!("{chat} (1, 1, '2026-01-01', '2026-01-01')"), Reason::Check),
        (format!("{message} (2, 1, 'x', '2026-01-01', 1, '{B}')"), Reason::Unique),
        (format!("{message} (1, 1, 'x', '2026-01-01', 2, '{A}')"), Reason::Unique),
        (format!("{message} (1, 1, '', '2026-01-01', 2, '{B}')"), Reason::Check),
        (too_long, Reason::Check),
        (format!("{message} (1, 1, 'x', '2026-01-01', 2, 'bot-1')"), Reason::Check),
        (format!("{message} (1, 1, 'x', '2026-01-01', 2, '{}')", B.to_uppercase()), Reason::Check),
        (format!("{message} (1, 1, 'x', '2026-01-01', 2, '{}')", B.replace('-', "")), Reason::Check),
        (format!("{message} (1, 1, 'x', 'infinity', 2, '{B}')"), Reason::Check),
        (format!("{message} (1, 1, 'x', '-infinity', 2, '{B}')"), Reason::Check),
        ("UPDATE chat_message SET client_id = 'x'".to_owned(), Reason::Check),
        ("UPDATE chat_message SET created_at = 'infinity'".to_owned(), Reason::Check),
        ("UPDATE \"user\" SET disabled_at = 'infinity'".to_owned(), Reason::Check),
        (format!("{message} (1, 1, 'x', '2026-01-01', 0, 'b')"), Reason::Check),
        (format!("{message} (99, 1, 'x', '2026-01-01', 2, '{B}')"), Reason::ForeignKey),
        (format!("{message} (1, 99, 'x', '2026-01-01', 2, '{B}')"), Reason::ForeignKey),
        ("INSERT INTO chat_member (chat_id, user_id) VALUES (1, 1)".to_owned(), Reason::Unique),
        ("INSERT INTO chat_member (chat_id, user_id) VALUES (99, 1)".to_owned(), Reason::ForeignKey),
        ("UPDATE chat_member SET read_seq = -1".to_owned(), Reason::Check),
        ("UPDATE doctor_patient_chat SET last_seq = -1".to_owned(), Reason::Check),
        ("UPDATE doctor_patient_chat SET closed_at = '2026-01-01'".to_owned(), Reason::Check),
        ("UPDATE doctor_patient_chat SET closed_reason = 'why'".to_owned(), Reason::Check),
        ("UPDATE doctor_patient_chat SET blocked_by = 'nobody'".to_owned(), Reason::Check),
        ("UPDATE doctor_patient_chat SET disabled_member = 'nobody'".to_owned(), Reason::Check),
        ("UPDATE doctor_patient_chat SET revision = -1".to_owned(), Reason::Check),
        (format!("{report} (1, 1, '', '2026-01-01')"), Reason::Check),
        (format!("{report} (99, 1, 'x', '2026-01-01')"), Reason::ForeignKey),
        (format!("{report} (1, 99, 'x', '2026-01-01')"), Reason::ForeignKey),
        ("INSERT INTO doctor_profile (user_id, specialty) VALUES (99, 'x')".to_owned(), Reason::ForeignKey),
        (format!("{hours} (2, 1, 600, 700)"), Reason::Unique),
        (format!("{hours} (99, 1, 480, 720)"), Reason::ForeignKey),
        (format!("{hours} (2, 0, 480, 720)"), Reason::Check),
        (format!("{hours} (2, 8, 480, 720)"), Reason::Check),
        (format!("{hours} (2, 2, -1, 720)"), Reason::Check),
        (format!("{hours} (2, 2, 480, 480)"), Reason::Check),
        (format!("{hours} (2, 2, 480, 1441)"), Reason::Check),
        (format!("{away} away_from = '2026-01-01'"), Reason::Check),
        (format!("{away} away_until = '2026-01-01'"), Reason::Check),
        (format!("{away} away_from = '2026-01-02', away_until = '2026-01-02'"), Reason::Check),
        (format!("{away} away_note = '{}'", "é".repeat(501)), Reason::Check),
        (format!("{away} usual_reply_ms = -1"), Reason::Check),
        (
            "INSERT INTO session VALUES ('other', 99, '2026-01-01', '2026-01-01', '2026-01-01', '', NULL)".to_owned(),
            Reason::ForeignKey,
        ),
        (
            "INSERT INTO session VALUES ('nameless', 1, '2026-01-01', '2026-01-01', '2026-01-01', '', '')".to_owned(),
            Reason::Check,
        ),
        (
            "INSERT INTO session VALUES ('hash', 2, '2026-01-01', '2026-01-01', '2026-01-01', '', NULL)".to_owned(),
            Reason::Unique,
        ),
    ]
}

#[test]
fn database_rejects_invalid_rows() {
    let (_folder, database) = with_data();
    for (sql, reason) in wrong() {
        let (said, reason) = (database.refuse(&sql), reason.in_sqlite());
        assert!(said.contains(reason), "{reason} refuses {sql:.80}, not: {said}");
    }
}

#[test]
fn database_accepts_valid_rows() {
    let (_folder, database) = with_data();
    let longest = "é".repeat(10_000);
    database.execute(&format!(
        "INSERT INTO chat_message (user_id, chat_id, content, created_at, seq, client_id) VALUES
            (2, 1, '{longest}', '2026-01-01', 2, '{A}'),
            (1, NULL, 'to the assistant', '2026-01-01', 1, '{A}');
         INSERT INTO doctor_patient_chat (doctor_id, patient_id, created_at, updated_at)
            VALUES (3, 1, '2026-01-01', '2026-01-01');
         INSERT INTO office_hours (doctor_id, weekday, opens, closes) VALUES (2, 1, 0, 600), (2, 7, 720, 1440);
         UPDATE doctor_profile SET away_from = '2026-01-01', away_until = '2026-01-02', away_note = '{}';",
        "é".repeat(500)
    ));
    assert_eq!(database.number("SELECT COUNT(*) FROM chat_message WHERE is_ai"), 0, "people, unless said otherwise");
    assert_eq!(database.number("SELECT last_seq FROM doctor_patient_chat WHERE chat_id = 2"), 0);
}

#[test]
fn deleting_a_user_deletes_their_chats_and_dependent_rows() {
    for (id, sessions) in [(1, 0), (2, 1)] {
        let (_folder, database) = with_data();
        database.execute(&format!(r#"DELETE FROM "user" WHERE id = {id}"#));
        assert_eq!(database.number("SELECT COUNT(*) FROM office_hours"), i64::from(id != 2));
        for table in ["doctor_patient_chat", "chat_message", "chat_member"] {
            assert_eq!(database.number(&format!("SELECT COUNT(*) FROM {table}")), 0, "{table} without user {id}");
        }
        assert_eq!(database.number("SELECT COUNT(*) FROM session"), sessions);
        let replies = database.number("SELECT COUNT(*) FROM saved_reply");
        assert_eq!(replies, if id == 2 { 1 } else { 2 }, "a doctor's own go, the clinic's stay");
    }
    let (_folder, database) = with_data();
    database.execute("DELETE FROM doctor_patient_chat");
    assert_eq!(database.number("SELECT COUNT(*) FROM chat_message"), 0);
    assert_eq!(database.number(r#"SELECT COUNT(*) FROM "user""#), 3);
}
