//! A database server that cuts its connections, holds a lock for long, or is another one than before.

use crate::support::{Server, client_id, eventually};
use serde_json::json;

/// Cuts every connection to the database this is run in but its own.
const CUT_ALL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn after_its_connections_were_cut_all_goes_on_by_itself_and_nothing_is_lost() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let mut sent = Vec::new();
    for round in 1..=3 {
        server.database().execute(CUT_ALL);
        let id = client_id();
        sent.push(id);
        let body = json!({ "clientId": id, "content": format!("round {round}") });
        // A connection that was cut fails once; the same send may be tried again.
        eventually("the send goes through", async || {
            let reply = nora.try_send(chat, &body).await;
            assert!(matches!(reply.status, 200 | 201 | 503), "{} {}", reply.status, reply.body);
            reply.status < 300
        })
        .await;
    }
    let stored = nora.history(chat, "").await.messages;
    assert_eq!(stored.iter().map(|message| message.client_id).collect::<Vec<_>>(), sent);
    server.stranger().get("/readyz").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn whoever_listens_to_the_database_listens_again_after_a_cut() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let mut before = nora.socket().await;
    server.database().execute(CUT_ALL);
    // What happened meanwhile was told to nobody: pages have to come back and look.
    before.expect_close(1001).await;
    let mut again = nora.socket().await;
    let insert = "INSERT INTO chat_message (chat_id, user_id, content) VALUES";
    server.database().execute(&format!("{insert} ({chat}, {}, 'from a program')", okafor.id()));
    assert_eq!(again.message().await.content, "from a program");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn while_another_program_holds_a_chat_sends_are_refused_in_the_end_and_go_on_after() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let database = server.database().clone();
    let holding = tokio::task::spawn_blocking(move || {
        database.execute(&format!(
            "BEGIN; SELECT 1 FROM doctor_patient_chat WHERE chat_id = {chat} FOR UPDATE; SELECT pg_sleep(7); COMMIT"
        ));
    });
    eventually("the chat is held", async || {
        server.database().number(
            "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()",
        ) == 1
    })
    .await;
    let id = client_id();
    let body = json!({ "clientId": id, "content": "x" });
    nora.try_send(chat, &body).await.expect_problem(503, "unavailable");
    holding.await.unwrap();
    assert_eq!(nora.send_as(chat, id, "x").await.seq.0, 1);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn a_restored_dump_is_another_epoch_and_pages_come_back() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    nora.send(chat, "in the dump").await;
    let mut socket = nora.socket().await;
    let epoch = socket.epoch;
    // What pg_restore --clean does to a table.
    server.database().execute(
        "BEGIN; CREATE TABLE restored (LIKE chat_message INCLUDING ALL); INSERT INTO restored SELECT * FROM chat_message; \
         DROP TABLE chat_message CASCADE; ALTER TABLE restored RENAME TO chat_message; COMMIT",
    );
    socket.expect_close(1001).await;
    assert_ne!(nora.socket().await.epoch, epoch);
}
