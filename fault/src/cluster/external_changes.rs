//! Another program on the nodes' database. It writes valid and invalid messages, and locks a chat
//! for some time.

use super::Postgres;
use crate::{Failure, counts::Counts};
use rand::{Rng, rngs::StdRng, seq::IndexedRandom};
use std::time::Duration;
use tokio_postgres::Client;

/// How long a chat is locked, in milliseconds: some sends are refused in the end, others wait and
/// succeed.
const HELD_MS: std::ops::Range<u64> = 100..7_000;
/// Number of messages in a bulk insert.
const BULK: std::ops::Range<u32> = 50..400;

/// Rows that the database must reject: the name in the report, the column and the odd value.
const ODD: [(&str, &str, &str); 5] = [
    ("rows with an odd client id refused", "client_id", "'bot-1'"),
    ("rows at no time refused", "created_at", "'infinity'"),
    ("rows from the future refused", "created_at", "'2037-01-01'"),
    ("rows with a seq that is not the next refused", "seq", "1000000"),
    ("rows with a change of their own refused", "change_seq", "1000000"),
];

/// Makes one change. Skips it if the database or the connection to it fails at the moment.
pub(super) async fn change_from_outside(postgres: &Postgres, counts: &Counts, rng: &mut StdRng) -> Result<(), Failure> {
    let Ok(client) = postgres.connect().await else { return Ok(()) };
    let one = "SELECT chat_id, doctor_id, patient_id FROM doctor_patient_chat ORDER BY random() LIMIT 1";
    let Ok(row) = client.query_one(one, &[]).await else { return Ok(()) };
    let (chat, people): (i64, [i64; 2]) = (row.get(0), [row.get(1), row.get(2)]);
    let user = people.choose(rng).copied().unwrap_or_default();
    // Every text of a run is unique.
    let text = format!("outside {}", rng.random::<u64>());
    let insert = "INSERT INTO chat_message (chat_id, user_id, content";
    match rng.random_range(0..6) {
        0 => {
            let Some((name, column, value)) = ODD.choose(rng) else { return Ok(()) };
            let sql = format!("{insert}, {column}) VALUES ({chat}, {user}, '{text}', {value})");
            if client.batch_execute(&sql).await.is_ok() {
                return Err(Failure::Program(format!("the database took a row that is odd in {column}")));
            }
            counts.add(name);
        }
        1 => {
            let next = format!("SELECT chat_id, {user}, '{text}', last_seq + 1 FROM doctor_patient_chat");
            let sql = format!("{insert}, seq) {next} WHERE chat_id = {chat}");
            count(&client, &sql, "rows of another program with a seq", counts).await;
        }
        2 => {
            let sql = format!("{insert}, is_ai) VALUES ({chat}, {user}, '{text}', TRUE)");
            count(&client, &sql, "rows that a machine wrote for somebody", counts).await;
        }
        3 => {
            let rows = rng.random_range(BULK);
            let sql = format!("{insert}) SELECT {chat}, {user}, '{text} ' || n FROM generate_series(1, {rows}) AS n");
            count(&client, &sql, "rows in bulk of another program", counts).await;
        }
        4 => {
            counts.add("chats held by another program");
            let held = Duration::from_millis(rng.random_range(HELD_MS));
            let sql = format!("BEGIN; {insert}) VALUES ({chat}, {user}, '{text}')");
            tokio::spawn(async move {
                if client.batch_execute(&sql).await.is_ok() {
                    tokio::time::sleep(held).await;
                    // The commit may fail, because the server may have died meanwhile.
                    let _ = client.batch_execute("COMMIT").await;
                }
            });
        }
        _ => {
            let sql = format!("{insert}) VALUES ({chat}, {user}, '{text}')");
            count(&client, &sql, "rows of another program", counts).await;
        }
    }
    Ok(())
}

/// Counts a statement that succeeded. It fails when the chat is closed or blocked.
async fn count(client: &Client, sql: &str, kind: &'static str, counts: &Counts) {
    if client.batch_execute(sql).await.is_ok() {
        counts.add(kind);
    }
}
