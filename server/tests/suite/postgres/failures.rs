//! A database server that cuts its connections, holds a lock for long, or is replaced by another
//! one.

use crate::support::{Patient, Server, client_id, eventually};
use app::protocol::{ChatId, Seq};
use futures::future::join_all;
use serde_json::json;

/// Cuts every connection to the current database but its own.
const CUT_ALL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn server_recovers_from_cut_connections_without_loss() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let mut sent = Vec::new();
    for round in 1..=3 {
        server.database().execute(CUT_ALL);
        let id = client_id();
        sent.push(id);
        let body = json!({ "clientId": id, "content": format!("round {round}") });
        // A connection that was cut fails once. The same send may be repeated.
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
async fn database_listener_listens_again_after_a_cut() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let mut before = nora.socket().await;
    server.database().execute(CUT_ALL);
    // The server published nothing in the meantime, so pages have to reconnect and compare.
    before.expect_close(1001).await;
    let mut again = nora.socket().await;
    let insert = "INSERT INTO chat_message (chat_id, user_id, content) VALUES";
    server.database().execute(&format!("{insert} ({chat}, {}, 'from a program')", okafor.id()));
    assert_eq!(again.message().await.content, "from a program");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn sends_to_a_locked_chat_are_refused_until_it_is_unlocked() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let lock = format!("SELECT 1 FROM doctor_patient_chat WHERE chat_id = {chat} FOR UPDATE");
    let holding = server.database().hold_on_server(&lock);
    let id = client_id();
    let body = json!({ "clientId": id, "content": "x" });
    nora.try_send(chat, &body).await.expect_problem(503, "unavailable");
    holding.commit();
    assert_eq!(nora.send_as(chat, id, "x").await.seq.0, 1);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn restored_dump_gets_a_new_epoch_and_pages_reconnect() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    nora.send(chat, "in the dump").await;
    let mut socket = nora.socket().await;
    let epoch = socket.epoch;
    // The statements that pg_restore --clean runs for a table.
    server.database().execute(
        "BEGIN; CREATE TABLE restored (LIKE chat_message INCLUDING ALL); INSERT INTO restored SELECT * FROM chat_message; \
         DROP TABLE chat_message CASCADE; ALTER TABLE restored RENAME TO chat_message; COMMIT",
    );
    socket.expect_close(1001).await;
    assert_ne!(nora.socket().await.epoch, epoch);
}

/// Sends a text as an outbox does: repeats the send while it fails.
async fn send_until_stored(nora: Patient, chat: ChatId, text: String) {
    let body = json!({ "clientId": client_id(), "content": text });
    while nora.try_send(chat, &body).await.status != 200 {}
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn locked_chat_does_not_delay_other_chats() {
    let server = Server::start().await;
    let okafor = server.doctor("Dr. Okafor").await;
    let mut people = Vec::new();
    for name in ["Nora", "Tomás", "Ana", "Luis", "Mei"] {
        let person = server.patient(name).await;
        people.push((person.initiate(&okafor).await, person));
    }
    let (held, nora) = &people[0];
    // Another program's uncommitted row, a lock on a member's row, and a lock on a user's row.
    for lock in [
        format!("INSERT INTO chat_message (chat_id, user_id, content) VALUES ({held}, {}, 'slow')", okafor.id()),
        format!("SELECT 1 FROM chat_member WHERE chat_id = {held} FOR UPDATE"),
        format!("SELECT 1 FROM \"user\" WHERE id = {} FOR UPDATE", nora.id()),
    ] {
        let holding = server.database().hold_on_server(&lock);
        let waiting: Vec<_> =
            (1..=3).map(|n| tokio::spawn(send_until_stored(nora.clone(), *held, format!("waits {n}")))).collect();
        for round in 0..3 {
            let text = format!("round {round}");
            // If the lock delayed these sends, the server would refuse them in the end.
            join_all(people[1..].iter().map(|(chat, person)| person.send(*chat, &text))).await;
        }
        assert!(waiting.iter().all(|send| !send.is_finished()), "the chat is held");
        holding.commit();
        for send in waiting {
            send.await.unwrap();
        }
    }
    let seqs: Vec<i64> = nora.history(*held, "").await.messages.iter().map(|message| message.seq.0).collect();
    assert_eq!(seqs, (1..=10).collect::<Vec<i64>>());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn locked_chat_does_not_prevent_disabling_an_account() {
    let server = Server::start().await;
    let okafor = server.doctor("Dr. Okafor").await;
    let (nora, tomas) = (server.patient("Nora").await, server.patient("Tomás").await);
    let (free, held) = (nora.initiate(&okafor).await, tomas.initiate(&okafor).await);
    let lock = format!("INSERT INTO chat_message (chat_id, user_id, content) VALUES ({held}, {}, 'slow')", tomas.id());
    let holding = server.database().hold_on_server(&lock);
    let disable =
        format!(r#"SET lock_timeout = '10s'; UPDATE "user" SET disabled_at = now() WHERE id = {}"#, okafor.id());
    server.database().execute(&disable);
    let body = json!({ "clientId": client_id(), "content": "Are you there?" });
    nora.try_send(free, &body).await.expect_problem(409, "doctor_not_available");
    holding.commit();
    let body = json!({ "clientId": client_id(), "content": "And you?" });
    eventually("the other chat follows", async || {
        tomas.chat(held).await.status.is_peer_disabled && tomas.try_send(held, &body).await.status == 409
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn lookups_of_made_up_cookies_are_limited_per_address() {
    let server = Server::tuned(|_| {}, |config| config.requests_per_address = 2).await;
    let stranger = server.stranger().with_cookie("bedside_session=made-up");
    let holding = server.database().hold_on_server("LOCK TABLE session IN ACCESS EXCLUSIVE MODE");
    let (answer, mut answers) = tokio::sync::mpsc::unbounded_channel();
    for _ in 0..6 {
        let (stranger, answer) = (stranger.clone(), answer.clone());
        tokio::spawn(async move { answer.send(stranger.get("/api/chats").await) });
    }
    for _ in 0..4 {
        answers.recv().await.unwrap().expect_problem(503, "overloaded");
    }
    assert!(answers.try_recv().is_err(), "two queries are running");
    holding.commit();
    for _ in 0..2 {
        answers.recv().await.unwrap().expect_problem(401, "unauthenticated");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn sends_that_wait_for_a_locked_chat_keep_their_order() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let (mut hers, mut his) = (nora.socket().await, okafor.socket().await);
    let lock = format!("SELECT 1 FROM doctor_patient_chat WHERE chat_id = {chat} FOR UPDATE");
    let holding = server.database().hold_on_server(&lock);
    for n in 1..=20 {
        hers.push_send(chat, &format!("message {n}")).await;
    }
    // The server has read all earlier frames when it answers a later one.
    hers.expect_alive().await;
    holding.commit();
    for n in 1..=20 {
        assert_eq!(hers.ack().await.seq, Seq(n));
        assert_eq!(his.message().await.content, format!("message {n}"));
    }
    assert_eq!(hers.send(chat, "goes on").await.seq, Seq(21));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn faulty_row_of_one_user_refuses_no_messages_of_others() {
    let server = Server::start().await;
    let (nora, tomas, okafor) =
        (server.patient("Nora").await, server.patient("Tomás").await, server.doctor("Dr. Okafor").await);
    let (broken, chat) = (nora.initiate(&okafor).await, tomas.initiate(&okafor).await);
    nora.send(broken, "hello").await;
    server
        .database()
        .execute(&format!("DELETE FROM chat_member WHERE chat_id = {broken} AND user_id = {}", okafor.id()));
    for round in 0..20 {
        let fault = async {
            okafor.try_read(broken, &json!({ "seq": 1 })).await.expect_problem(500, "internal");
        };
        let text = format!("round {round}");
        let sends = join_all((0..20).map(|_| tomas.send(chat, &text)));
        tokio::join!(fault, sends);
    }
    assert_eq!(tomas.chat(chat).await.last_seq, Seq(400));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn retry_of_a_stored_message_is_published_if_it_was_not_before() {
    let one = Server::start().await;
    let (nora, okafor) = (one.patient("Nora").await, one.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let (mut hers, mut his) = (nora.socket().await, okafor.socket().await);
    let id = client_id();
    // The state after a lost answer to the commit: the message is stored, and was not published.
    one.database().execute(&format!(
        "ALTER TABLE chat_message DISABLE TRIGGER USER; \
         INSERT INTO chat_message (chat_id, user_id, content, seq, client_id) VALUES ({chat}, {}, 'once', 1, '{id}'); \
         UPDATE doctor_patient_chat SET last_seq = 1; ALTER TABLE chat_message ENABLE TRIGGER USER",
        nora.id()
    ));
    assert_eq!(nora.send_as(chat, id, "once").await.seq, Seq(1));
    for socket in [&mut hers, &mut his] {
        let message = socket.message().await;
        assert_eq!((message.seq, message.client_id), (Seq(1), id));
    }
    // Members who have received the message do not receive it again.
    nora.send_as(chat, id, "once").await;
    nora.send(chat, "twice").await;
    assert_eq!(his.message().await.seq, Seq(2));
}
