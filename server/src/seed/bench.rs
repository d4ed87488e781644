//! The benchmark clinic: many pairs of a patient and a doctor with a chat and a session each,
//! inserted without sign-up, and one long history. Its accounts have no password that could be used
//! to sign in; their sessions are printed instead. Only for an empty database.

use crate::{
    db::{self, DbConn, DbResult, profile::NewProfile, time},
    state::AppState,
};
use app::protocol::{ChatId, Problem, Role, UserId};
use clap::Args;
use serde::Serialize;

/// How large a clinic.
#[derive(Debug, Clone, Copy, Args)]
pub struct Size {
    /// Patients, doctors, and chats between them.
    #[arg(long)]
    pub pairs: u32,
    /// Messages in the first chat.
    #[arg(long, default_value_t = 0)]
    pub history: u32,
    /// Messages of many words in each of the other chats.
    #[arg(long, default_value_t = 0)]
    pub spread: u32,
}

/// A patient and a doctor with a chat, and a session token for each.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pair {
    chat_id: ChatId,
    doctor_id: UserId,
    doctor_token: String,
    patient_id: UserId,
    patient_token: String,
}

/// Pairs inserted in one transaction.
const AT_ONCE: u32 = 500;
/// A hash that no password has.
const NO_PASSWORD: &str = "!";

/// Fills an empty database. Returns `None` and changes nothing if the database has accounts.
pub async fn fill(state: &AppState, size: Size) -> Result<Option<Vec<Pair>>, Problem> {
    let mut conn = state.db.write().await?;
    if db::user::is_any(&mut conn).await? {
        return Ok(None);
    }
    let mut members = Vec::new();
    for first in (0..size.pairs).step_by(AT_ONCE as usize) {
        let numbers = first..size.pairs.min(first + AT_ONCE);
        let made = conn.transaction::<_, db::DbError>(|conn| Box::pin(insert_pairs(conn, numbers))).await?;
        members.extend(made);
    }
    if let Some((chat, doctor, patient)) = members.first().filter(|_| size.history > 0) {
        insert_history(&mut conn, *chat, [*doctor, *patient], size.history).await?;
    }
    if size.spread > 0 {
        insert_spread(&mut conn, size.spread).await?;
    }
    drop(conn);
    let mut pairs = Vec::with_capacity(members.len());
    for (chat_id, doctor_id, patient_id) in members {
        let doctor_token = state.accounts.open_session(doctor_id, "bench").await?;
        let patient_token = state.accounts.open_session(patient_id, "bench").await?;
        pairs.push(Pair { chat_id, doctor_id, doctor_token, patient_id, patient_token });
    }
    Ok(Some(pairs))
}

async fn insert_pairs(conn: &mut DbConn, numbers: std::ops::Range<u32>) -> DbResult<Vec<(ChatId, UserId, UserId)>> {
    let now = time::now();
    let mut pairs = Vec::new();
    for n in numbers {
        let mut ids = Vec::new();
        for role in [Role::Doctor, Role::Patient] {
            let role_name = role.as_str();
            let (name, email) = (format!("Bench {role_name} {n}"), format!("{role_name}{n}@bench.example"));
            ids.push(db::user::insert(conn, &name, &email, role, NO_PASSWORD, now).await?.id);
        }
        let [doctor, patient] = ids[..] else { continue };
        let profile =
            NewProfile { user_id: doctor.0, specialty: "Measuring", bio: "", languages: "en", accepting_chats: true };
        db::profile::insert(conn, &profile).await?;
        pairs.push((db::chat::insert(conn, doctor, patient, now).await?, doctor, patient));
    }
    Ok(pairs)
}

/// Inserts messages from both members in turn. The database generates them: a million in seconds.
async fn insert_history(conn: &mut DbConn, chat: ChatId, members: [UserId; 2], count: u32) -> DbResult<()> {
    let [doctor, patient] = members;
    let hex = match conn {
        DbConn::Sqlite(_) => "format('%08x-0000-4000-8000-%012x', n, n)",
        DbConn::Postgres(_) => "lpad(to_hex(n), 8, '0') || '-0000-4000-8000-' || lpad(to_hex(n), 12, '0')",
    };
    let sql = format!(
        "UPDATE doctor_patient_chat SET last_seq = {count} WHERE chat_id = {chat};
         INSERT INTO chat_message (user_id, chat_id, content, is_ai, created_at, seq, client_id)
         WITH RECURSIVE place(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM place WHERE n < {count})
         SELECT CASE n % 2 WHEN 1 THEN {patient} ELSE {doctor} END, {chat},
                'Message ' || n || ' of a long history since Monday, about as long as people write when not urgent.',
                FALSE, '2026-01-01 08:00:00.000', n, {hex}
         FROM place;
         UPDATE chat_member SET read_seq = {count}, delivered_seq = {count} WHERE chat_id = {chat};"
    );
    run_long(conn, sql).await
}

/// Inserts messages of many different words in every chat that has none. Each has words that all
/// messages have, one of fifty words, one of five thousand, and one of half a million.
async fn insert_spread(conn: &mut DbConn, count: u32) -> DbResult<()> {
    let (hex, random) = match conn {
        DbConn::Sqlite(_) => ("format('%08x-0000-4000-8000-%012x', n, n)", "abs(random()) %"),
        DbConn::Postgres(_) => {
            ("lpad(to_hex(n), 8, '0') || '-0000-4000-8000-' || lpad(to_hex(n), 12, '0')", "(random() * 1e9)::bigint %")
        }
    };
    let sql = format!(
        "UPDATE doctor_patient_chat SET last_seq = {count} WHERE last_seq = 0;
         INSERT INTO chat_message (user_id, chat_id, content, is_ai, created_at, seq, client_id)
         WITH RECURSIVE place(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM place WHERE n < {count})
         SELECT CASE n % 2 WHEN 1 THEN patient_id ELSE doctor_id END, chat.chat_id,
                'Since Monday c' || ({random} 50) || ' and m' || ({random} 5000) || ', also r' || ({random} 500000),
                FALSE, '2026-01-01 08:00:00.000', n, {hex}
         FROM place CROSS JOIN doctor_patient_chat AS chat
         WHERE NOT EXISTS (SELECT 1 FROM chat_message AS m WHERE m.chat_id = chat.chat_id);
         UPDATE chat_member SET read_seq = {count}, delivered_seq = {count} WHERE read_seq = 0;"
    );
    run_long(conn, sql).await
}

async fn run_long(conn: &mut DbConn, sql: String) -> DbResult<()> {
    if matches!(conn, DbConn::Postgres(_)) {
        // A million rows take longer than the timeout of a request's statement.
        conn.batch("SET statement_timeout = 0").await?;
    }
    conn.transaction(|conn| Box::pin(async move { conn.batch(&sql).await })).await
}
