//! Rows that a clock far in the future has left behind. The server does not rely on their times.

use crate::support::{Server, client_id};
use app::protocol::{AdminOverview, Chat, Seq};
use serde_json::json;

/// The time that the wrong clock wrote.
const AHEAD: &str = "'2037-01-01 00:00:00'";
/// Tolerance between the test's clock and the server's, in milliseconds.
const ABOUT_NOW_MS: i64 = 60_000;

#[tokio::test(flavor = "multi_thread")]
async fn chat_dated_in_the_future_continues_from_today() {
    let server = Server::start().await;
    let (nora, okafor, tomas) =
        (server.patient("Nora").await, server.doctor("Dr. Okafor").await, server.patient("Tomás").await);
    let (chat, other) = (nora.initiate(&okafor).await, tomas.initiate(&okafor).await);
    nora.send(chat, "in 2037").await;
    server.database().execute(&format!(
        "UPDATE doctor_patient_chat SET updated_at = {AHEAD}, waiting_since = {AHEAD} WHERE chat_id = {chat}"
    ));
    let now = nora.socket().await.server_time.0;
    let message = nora.send(chat, "today").await;
    assert!((message.created_at.0 - now).abs() < ABOUT_NOW_MS, "{:?}", message.created_at);
    let since = okafor.chat(chat).await.status.waiting_since.map_or(0, |since| since.0);
    assert!((since - now).abs() < ABOUT_NOW_MS, "{since}");
    tomas.send(other, "later").await;
    let order: Vec<_> = okafor.chats("").await.chats.iter().map(|chat: &Chat| chat.chat_id).collect();
    assert_eq!(order, [other, chat], "newest activity first");
}

#[tokio::test(flavor = "multi_thread")]
async fn wait_dated_in_the_future_counts_as_overdue() {
    let server = Server::start().await;
    let (nora, okafor, robin) =
        (server.patient("Nora").await, server.doctor("Dr. Okafor").await, server.admin("Robin").await);
    let chat = nora.initiate(&okafor).await;
    nora.send(chat, "in 2037").await;
    server.database().execute(&format!("UPDATE doctor_patient_chat SET updated_at = {AHEAD}, waiting_since = {AHEAD}"));
    let seen: AdminOverview = robin.get("/api/oversight").await.expect(200).parse();
    assert_eq!(seen.waiting.iter().map(|waiting| waiting.chat_id).collect::<Vec<_>>(), [chat]);
    let now = okafor.socket().await.server_time;
    assert!(okafor.chat(chat).await.status.overdue_at.is_some_and(|due| due.0 <= now.0 + ABOUT_NOW_MS));
}

#[tokio::test(flavor = "multi_thread")]
async fn message_dated_in_the_future_cannot_be_changed_forever() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    nora.send(chat, "in 2037").await;
    server.database().execute(&format!("UPDATE chat_message SET created_at = {AHEAD}"));
    let retract = format!("/api/chats/{chat}/messages/1/retract");
    nora.post(&retract, &json!({})).await.expect_problem(409, "too_late_to_change");
    let body = json!({ "clientId": client_id(), "content": "x", "corrects": 1 });
    nora.try_send(chat, &body).await.expect_problem(409, "too_late_to_change");
    assert_eq!(nora.chat(chat).await.last_seq, Seq(1));
}
