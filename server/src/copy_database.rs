//! Moves a clinic from SQLite to PostgreSQL in one transaction. All rows are read back and compared
//! before the commit.

mod rows;

use crate::db::{DbConn, DbError, DbPool, DbResult, conn::AsyncSqlite, migrations, schema};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use indicatif::{ProgressBar, ProgressStyle};
use rows::{
    ChatRow, HoursRow, KeyRow, MemberRow, MessageRow, ProfileRow, ReportRow, RetractedRow, SavedReplyRow, ServerKeyRow,
    SessionRow, SettingRow, UserRow,
};
use sha2::{Digest, Sha256};
use std::fmt::Debug;

/// Rows read and written at a time.
const PAGE: i64 = 1_000;

/// The reason why a clinic was not moved. The target is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The source is not SQLite, or the target is not PostgreSQL.
    #[error("--from must be a sqlite: file and --to a postgres: server")]
    Kinds,
    /// The target already has rows, with which the data would be mixed.
    #[error("the target is not empty: its table {0} has rows")]
    NotEmpty(&'static str),
    /// The rows read back differ from those copied.
    #[error("table {table} is not the same after the copy: {read} rows were read and {found} were found")]
    Differs {
        /// The table.
        table: &'static str,
        /// Rows in the source.
        read: u64,
        /// Rows in the target.
        found: u64,
    },
    /// An error of one of the databases.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<diesel::result::Error> for CopyError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error.into())
    }
}

/// A fingerprint of a table's rows that does not depend on their order: their count, and the sum of
/// their digests.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Tally {
    count: u64,
    sum: u128,
}

impl Tally {
    fn add(&mut self, rows: &[impl Debug]) {
        for row in rows {
            let digest: [u8; 32] = Sha256::digest(format!("{row:?}").as_bytes()).into();
            let bytes = digest.first_chunk().copied().unwrap_or_default();
            self.sum = self.sum.wrapping_add(u128::from_be_bytes(bytes));
            self.count += 1;
        }
    }
}

/// Runs a body for each page of a table's rows, in the order of the key.
macro_rules! each_page {
    ($db:expr, $table:ident, $row:ty, by $order:expr, |$last:ident| $after:expr, |$rows:ident| $body:expr) => {{
        let mut last: Option<$row> = None;
        loop {
            let mut query = schema::$table::table.select(<$row>::as_select()).order($order).limit(PAGE).into_boxed();
            if let Some($last) = &last {
                query = query.filter($after);
            }
            let mut $rows: Vec<$row> = query.load(&mut *$db).await?;
            if $rows.is_empty() {
                break;
            }
            $body;
            last = $rows.pop();
        }
    }};
}

/// Runs a macro for every table: its name, its row type, its order, and the filter for the rows
/// after a given row. A table comes after those that it refers to.
macro_rules! each_table {
    ($run:ident) => {
        $run!(user, UserRow, by schema::user::id, |last| schema::user::id.gt(last.id));
        $run!(doctor_profile, ProfileRow, by schema::doctor_profile::user_id, |last| {
            schema::doctor_profile::user_id.gt(last.user_id)
        });
        $run!(
            office_hours,
            HoursRow,
            by (schema::office_hours::doctor_id, schema::office_hours::weekday, schema::office_hours::opens),
            |last| {
                let is_later = schema::office_hours::weekday
                    .gt(last.weekday)
                    .or(schema::office_hours::weekday.eq(last.weekday).and(schema::office_hours::opens.gt(last.opens)));
                schema::office_hours::doctor_id
                    .gt(last.doctor_id)
                    .or(schema::office_hours::doctor_id.eq(last.doctor_id).and(is_later))
            }
        );
        $run!(doctor_patient_chat, ChatRow, by schema::doctor_patient_chat::chat_id, |last| {
            schema::doctor_patient_chat::chat_id.gt(last.chat_id)
        });
        $run!(chat_member, MemberRow, by (schema::chat_member::chat_id, schema::chat_member::user_id), |last| {
            schema::chat_member::chat_id
                .gt(last.chat_id)
                .or(schema::chat_member::chat_id.eq(last.chat_id).and(schema::chat_member::user_id.gt(last.user_id)))
        });
        $run!(chat_message, MessageRow, by schema::chat_message::id, |last| schema::chat_message::id.gt(last.id));
        $run!(chat_report, ReportRow, by schema::chat_report::id, |last| schema::chat_report::id.gt(last.id));
        $run!(retracted_message, RetractedRow, by schema::retracted_message::message_id, |last| {
            schema::retracted_message::message_id.gt(last.message_id)
        });
        $run!(saved_reply, SavedReplyRow, by schema::saved_reply::id, |last| schema::saved_reply::id.gt(last.id));
        $run!(clinic_setting, SettingRow, by schema::clinic_setting::name, |last| {
            schema::clinic_setting::name.gt(last.name.clone())
        });
        $run!(server_key, ServerKeyRow, by schema::server_key::name, |last| {
            schema::server_key::name.gt(last.name.clone())
        });
        $run!(session, SessionRow, by schema::session::token_hash, |last| {
            schema::session::token_hash.gt(last.token_hash.clone())
        });
        $run!(outbox_key, KeyRow, by schema::outbox_key::user_id, |last| schema::outbox_key::user_id.gt(last.user_id));
    };
}

/// Moves all data, and returns each table's name and number of rows. Meanwhile the source is locked
/// for writing.
pub async fn run(from: &DbPool, to: &DbPool) -> Result<Vec<(&'static str, u64)>, CopyError> {
    let (DbPool::Sqlite(_), DbPool::Postgres(server)) = (from, to) else { return Err(CopyError::Kinds) };
    migrations::run(from).await?;
    migrations::run(to).await?;
    let DbConn::Sqlite(mut source) = from.write().await? else { return Err(CopyError::Kinds) };
    let mut target = server.connect_without_limits().await?;
    // Prevents writes to the source that the target would miss.
    source.batch_execute("BEGIN IMMEDIATE").await?;
    target.batch_execute("BEGIN").await?;
    let moved = copy_and_compare(&mut source, &mut target).await;
    source.batch_execute("ROLLBACK").await?;
    target.batch_execute(if moved.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    moved
}

async fn copy_and_compare(
    source: &mut AsyncSqlite,
    target: &mut AsyncPgConnection,
) -> Result<Vec<(&'static str, u64)>, CopyError> {
    // The triggers are off, because the source's rows already contain what the triggers would add:
    // members, closed chats and changes. The lock keeps other programs from using the tables
    // meanwhile.
    target
        .batch_execute(
            "LOCK TABLE \"user\", doctor_patient_chat, chat_message, chat_member, session, office_hours, saved_reply, \
             clinic_setting, chat_report, server_key; \
             ALTER TABLE doctor_patient_chat DISABLE TRIGGER USER; ALTER TABLE chat_message DISABLE TRIGGER USER",
        )
        .await?;
    let mut rows = 0;
    macro_rules! count {
        ($table:ident, $row:ty, by $order:expr, |$last:ident| $after:expr) => {
            if schema::$table::table.count().get_result::<i64>(&mut *target).await? > 0 {
                return Err(CopyError::NotEmpty(stringify!($table)));
            }
            rows += schema::$table::table.count().get_result::<i64>(&mut *source).await?;
        };
    }
    each_table!(count);
    let bar = progress(rows);
    let mut copied = Vec::new();
    macro_rules! copy {
        ($table:ident, $row:ty, by $order:expr, |$last:ident| $after:expr) => {
            bar.set_message(concat!("copying ", stringify!($table)));
            let mut tally = Tally::default();
            each_page!(source, $table, $row, by $order, |$last| $after, |rows| {
                diesel::insert_into(schema::$table::table).values(&rows).execute(&mut *target).await?;
                tally.add(&rows);
                bar.inc(rows.len() as u64);
            });
            copied.push((stringify!($table), tally));
        };
    }
    each_table!(copy);
    let mut before = copied.iter();
    macro_rules! compare {
        ($table:ident, $row:ty, by $order:expr, |$last:ident| $after:expr) => {
            bar.set_message(concat!("comparing ", stringify!($table)));
            let mut tally = Tally::default();
            each_page!(target, $table, $row, by $order, |$last| $after, |rows| {
                tally.add(&rows);
                bar.inc(rows.len() as u64);
            });
            let read = before.next().map(|(_, tally)| *tally).unwrap_or_default();
            if read != tally {
                let (table, read, found) = (stringify!($table), read.count, tally.count);
                return Err(CopyError::Differs { table, read, found });
            }
        };
    }
    each_table!(compare);
    bar.finish_and_clear();
    let numbered = [
        ("user", "id"),
        ("doctor_patient_chat", "chat_id"),
        ("chat_message", "id"),
        ("chat_report", "id"),
        ("saved_reply", "id"),
    ];
    for (table, column) in numbered {
        let given = last_given(source, table).await?;
        number_on(target, table, column, given).await?;
    }
    target
        .batch_execute(
            "ALTER TABLE doctor_patient_chat ENABLE TRIGGER USER; ALTER TABLE chat_message ENABLE TRIGGER USER",
        )
        .await?;
    Ok(copied.into_iter().map(|(table, tally)| (table, tally.count)).collect())
}

/// The highest id that the source ever assigned, including ids of deleted rows.
async fn last_given(source: &mut AsyncSqlite, table: &str) -> DbResult<i64> {
    #[derive(QueryableByName)]
    struct Given {
        #[diesel(sql_type = BigInt)]
        seq: i64,
    }
    let given: Option<Given> = diesel::sql_query("SELECT seq FROM sqlite_sequence WHERE name = ?")
        .bind::<Text, _>(table)
        .get_result(source)
        .await
        .optional()?;
    Ok(given.map_or(0, |given| given.seq))
}

/// Sets the sequence so that new rows get ids that were never assigned, neither to copied rows nor
/// to rows deleted earlier.
async fn number_on(target: &mut AsyncPgConnection, table: &str, column: &str, given: i64) -> DbResult<()> {
    #[derive(QueryableByName)]
    struct Next {
        #[expect(dead_code, reason = "setval returns its argument")]
        #[diesel(sql_type = BigInt)]
        next: i64,
    }
    let sql = format!(
        "SELECT setval(pg_get_serial_sequence('\"{table}\"', '{column}'), \
         GREATEST($1, COALESCE((SELECT max({column}) FROM \"{table}\"), 0)) + 1, false) AS next"
    );
    let _: Next = diesel::sql_query(sql).bind::<BigInt, _>(given).get_result(target).await?;
    Ok(())
}

/// The progress bar. Each row counts twice: once copied, once compared. It appears only at a
/// terminal.
fn progress(rows: i64) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(rows).unwrap_or(0) * 2);
    let style = ProgressStyle::with_template("{msg:40} {wide_bar} {percent:>3} %, {eta} left");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
