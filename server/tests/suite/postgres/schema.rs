//! The schema on PostgreSQL: the same tables, columns and constraints as on SQLite.

use crate::{
    migrations::{FOLDS_SEARCH, INDEXED_CHATS, ODD_ROWS, REFUSES_ODD_ROWS, SOME_DATA, assert_odd_rows_repaired, wrong},
    support::{Database, postgres::Scratch},
};
use diesel::{Connection, SqliteConnection};
use diesel_migrations::MigrationHarness;
use server::db::{
    DbPool,
    migrations::{self, POSTGRES, SQLITE},
};
use std::{collections::BTreeSet, sync::Arc};

/// What is compared: a name, a query for SQLite and one for PostgreSQL that return the same lines.
const ALIKE: [(&str, &str, &str); 4] = [
    (
        "columns",
        "SELECT m.name || '.' || c.name || ' ' || CASE c.type WHEN 'INTEGER' THEN 'bigint' WHEN 'TEXT' THEN 'text'
             WHEN 'BOOLEAN' THEN 'boolean' WHEN 'TIMESTAMP' THEN 'timestamp without time zone' ELSE c.type END
             || CASE c.\"notnull\" WHEN 0 THEN ' null' ELSE '' END
         FROM sqlite_master m, pragma_table_info(m.name) c
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'
             AND m.name NOT LIKE 'message\\_search%' ESCAPE '\\'",
        "SELECT table_name || '.' || column_name || ' ' || data_type
             || CASE is_nullable WHEN 'YES' THEN ' null' ELSE '' END
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%' AND table_name <> 'message_search'",
    ),
    (
        "keys and unique constraints",
        "SELECT m.name || '(' || (SELECT group_concat(name, ',') FROM pragma_index_info(l.name)) || ')'
         FROM sqlite_master m, pragma_index_list(m.name) l
         WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'
             AND m.name NOT LIKE 'message\\_search%' ESCAPE '\\' AND l.\"unique\"
         UNION SELECT m.name || '(' || group_concat(c.name, ',') || ')' FROM sqlite_master m, pragma_table_info(m.name) c
         WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'
             AND m.name NOT LIKE 'message\\_search%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%' AND c.pk > 0
         GROUP BY m.name",
        "SELECT t.relname || '(' || string_agg(a.attname, ',' ORDER BY k.n) || ')'
         FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid, unnest(i.indkey) WITH ORDINALITY AS k (attnum, n),
              pg_attribute a
         WHERE i.indisunique AND a.attrelid = t.oid AND a.attnum = k.attnum
             AND t.relnamespace = 'public'::regnamespace AND t.relname NOT LIKE '\\_\\_%' AND t.relname <> 'message_search'
         GROUP BY i.indexrelid, t.relname",
    ),
    (
        "other indexes",
        "SELECT m.name || '(' || (SELECT group_concat(name, ',') FROM pragma_index_info(l.name)) || ')'
         FROM sqlite_master m, pragma_index_list(m.name) l
         WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'
             AND m.name NOT LIKE 'message\\_search%' ESCAPE '\\' AND NOT l.\"unique\"",
        "SELECT t.relname || '(' || string_agg(a.attname, ',' ORDER BY k.n) || ')'
         FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid, unnest(i.indkey) WITH ORDINALITY AS k (attnum, n),
              pg_attribute a
         WHERE NOT i.indisunique AND a.attrelid = t.oid AND a.attnum = k.attnum
             AND t.relnamespace = 'public'::regnamespace AND t.relname NOT LIKE '\\_\\_%' AND t.relname <> 'message_search'
         GROUP BY i.indexrelid, t.relname",
    ),
    (
        "foreign keys",
        "SELECT m.name || '.' || f.\"from\" || ' to ' || f.\"table\" || '.' || f.\"to\" || ' ' || f.on_delete
         FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'",
        "SELECT t.relname || '.' || a.attname || ' to ' || u.relname || '.' || b.attname
             || CASE c.confdeltype WHEN 'c' THEN ' CASCADE' ELSE ' other' END
         FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class u ON u.oid = c.confrelid
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]
             JOIN pg_attribute b ON b.attrelid = u.oid AND b.attnum = c.confkey[1]
         WHERE c.contype = 'f' AND t.relname <> 'message_search'",
    ),
];

/// A query that returns the whole schema as text.
const EVERYTHING: &str = "
    SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || coalesce(column_default, '')
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'
    UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE '\\_\\_%'
    UNION ALL SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE '\\_\\_%'
    UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'sequence ' || relname FROM pg_class
        WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace ORDER BY 1";

fn sqlite() -> (tempfile::TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bedside.db");
    let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    conn.run_pending_migrations(SQLITE).unwrap();
    (folder, Database::at(&path))
}

#[test]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
fn both_databases_have_the_same_tables_columns_and_constraints() {
    let (_folder, sqlite) = sqlite();
    let postgres = Database::Server(Arc::new(Scratch::with_schema()));
    for (what, in_sqlite, in_postgres) in ALIKE {
        let lines = |rows: Vec<String>| rows.into_iter().collect::<BTreeSet<String>>();
        let (one, other) = (lines(sqlite.texts(in_sqlite)), lines(postgres.texts(in_postgres)));
        assert!(!one.is_empty(), "{what}");
        assert_eq!(one, other, "{what}");
    }
}

#[test]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
fn both_databases_have_migrations_with_the_same_names() {
    let names = |folder: &str| {
        let folder = format!("{}/../migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect::<BTreeSet<_>>()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
fn migrations_up_down_and_up_again_give_the_same_schema() {
    let scratch = Arc::new(Scratch::empty());
    let database = Database::Server(Arc::clone(&scratch));
    let mut ran = 0;
    scratch.migrate(|harness| ran = harness.run_pending_migrations(POSTGRES).unwrap().len());
    assert!(ran > 0);
    let schema = database.texts(EVERYTHING);
    scratch.migrate(|harness| {
        for _ in 0..ran {
            harness.revert_last_migration(POSTGRES).unwrap();
        }
    });
    assert_eq!(database.texts(EVERYTHING), [""; 0], "nothing is left behind");
    scratch.migrate(|harness| drop(harness.run_pending_migrations(POSTGRES).unwrap()));
    assert_eq!(database.texts(EVERYTHING), schema);
    scratch.migrate(|harness| {
        harness.revert_last_migration(POSTGRES).unwrap();
        assert_eq!(harness.run_pending_migrations(POSTGRES).unwrap().len(), 1);
        assert!(harness.run_pending_migrations(POSTGRES).unwrap().is_empty(), "running them again does nothing");
    });
    assert_eq!(database.texts(EVERYTHING), schema);
}

#[test]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
fn migration_repairs_old_invalid_rows_without_failing() {
    let scratch = Arc::new(Scratch::empty());
    let database = Database::Server(Arc::clone(&scratch));
    scratch.migrate(|harness| {
        for migration in harness.pending_migrations(POSTGRES).unwrap() {
            if migration.name().version() == REFUSES_ODD_ROWS.into() {
                database.execute(ODD_ROWS);
            }
            harness.run_migration(&migration).unwrap();
        }
    });
    let at = |shift: &str| format!("(now() AT TIME ZONE 'UTC' + interval '{shift}')");
    assert_odd_rows_repaired(&database, &at("-1 minute"), &at("1 minute"));
}

#[test]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
fn migration_makes_non_latin_chats_be_indexed_again() {
    let scratch = Arc::new(Scratch::empty());
    let database = Database::Server(Arc::clone(&scratch));
    scratch.migrate(|harness| {
        for migration in harness.pending_migrations(POSTGRES).unwrap() {
            if migration.name().version() == FOLDS_SEARCH.into() {
                database.execute(INDEXED_CHATS);
                database.execute("INSERT INTO message_search VALUES (1, 'si'), (2, 'eshchio bolit')");
            }
            harness.run_migration(&migration).unwrap();
        }
    });
    assert_eq!(database.texts("SELECT chat_id || '' FROM chat_search"), ["1"]);
    assert_eq!(database.texts("SELECT message_id || '' FROM message_search"), ["1"]);
}

#[test]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
fn database_rejects_invalid_rows() {
    let database = Database::Server(Arc::new(Scratch::with_schema()));
    database.execute(SOME_DATA);
    // The rows above have explicit ids, so the sequences must be advanced past them.
    for (table, column) in [("user", "id"), ("doctor_patient_chat", "chat_id"), ("chat_message", "id")] {
        database.execute(&format!("SELECT setval(pg_get_serial_sequence('\"{table}\"', '{column}'), 100)"));
    }
    for (sql, reason) in wrong() {
        let (said, reason) = (database.refuse(&sql), reason.in_postgres());
        assert!(said.contains(reason), "{reason} refuses {sql:.80}, not: {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn servers_starting_together_migrate_an_empty_database_once() {
    let scratch = Scratch::empty();
    let start = async |url: String| {
        let pool = DbPool::postgres(&url).await.unwrap();
        migrations::run(&pool).await.unwrap().len()
    };
    // Each start runs in its own task, because the migration harness blocks its thread.
    let starts = (0..4).map(|_| {
        let url = scratch.url();
        tokio::spawn(async move { start(url).await })
    });
    let ran: Vec<usize> = futures::future::join_all(starts).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(ran.iter().filter(|&&ran| ran > 0).count(), 1, "{ran:?}");
}
