//! A database file that is missing, replaced, or locked by another program. No message is acked
//! that is not stored, and the server recovers by itself when the cause is gone.

mod restore;

use crate::support::{DEADLINE, Server, client_id};
use app::protocol::ServerFrame;
use futures::{StreamExt, stream};
use serde_json::json;
use std::{fs, time::Duration};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_acked_while_the_file_is_missing() {
    let server = Server::on_file().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    nora.send(chat, "before").await;
    let mut socket = nora.socket().await;
    let (path, away) = (server.database().path(), server.database().path().with_extension("away"));
    fs::rename(path, &away).unwrap();

    let sent = socket.push_send(chat, "meanwhile").await;
    let refused = socket
        .until(|frame| match frame {
            ServerFrame::Error { client_id, code, .. } => Some((client_id, code.as_str())),
            ServerFrame::Ack { .. } => panic!("acked into a missing file"),
            _ => None,
        })
        .await;
    assert_eq!(refused, (Some(sent), "unavailable"));
    let body = json!({ "clientId": client_id(), "content": "x" });
    let reply = nora.try_send(chat, &body).await.expect_problem(503, "unavailable");
    assert_eq!(reply.header("retry-after"), "2");
    server.stranger().get("/readyz").await.expect(503);
    assert!(!path.exists(), "no empty database replaces it");

    fs::rename(&away, path).unwrap();
    assert_eq!(nora.send_as(chat, sent, "meanwhile").await.seq.0, 2, "the same message is stored once");
    server.stranger().get("/readyz").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn replaced_file_gets_a_new_epoch_and_pages_reconnect() {
    let server = Server::on_file().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    nora.send(chat, "in the backup").await;
    let path = server.database().path();
    let copy = path.with_extension("copy");
    server.database().execute(&format!("VACUUM INTO '{}'", copy.display()));
    nora.send(chat, "after the backup").await;
    let mut socket = nora.socket().await;
    let epoch = socket.epoch;
    fs::rename(&copy, path).unwrap();
    for end in ["-wal", "-shm"] {
        fs::remove_file(format!("{}{end}", path.display())).unwrap();
    }
    socket.expect_close(1001).await;
    let again = nora.socket().await;
    assert_ne!(again.epoch, epoch);
    assert_eq!(again.chats[0].last_seq.0, 1);
    assert_eq!(nora.send(chat, "goes on").await.seq.0, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_start_has_a_new_epoch_and_sends_the_protocol_version() {
    let (one, two) = (Server::on_file().await, Server::on_file().await);
    let (a, b) = (one.patient("Nora").await.socket().await, two.patient("Nora").await.socket().await);
    assert_ne!(a.epoch, b.epoch);
    let frame = one.patient("Tomas").await.socket().await.ready;
    assert_eq!(frame["protocol"], app::protocol::PROTOCOL_VERSION);
}

/// One lock covers two cases: a send that waits longer than the limit is refused, and a send over
/// the number that can wait is refused at once.
#[tokio::test(flavor = "multi_thread")]
async fn locked_database_delays_or_refuses_sends_and_loses_none() {
    // The limit is low enough for all calls to be under way before the first one times out, even on
    // a slow machine.
    let server = Server::on_file_with_calls(64).await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let lock = server.database().lock();
    let patient = &nora;
    let ids: Vec<_> = (0..100).map(|_| client_id()).collect();
    let send = async |id| {
        let reply = patient.try_send(chat, &json!({ "clientId": id, "content": "x" })).await;
        (id, reply.status, reply.body)
    };
    let all = stream::iter(ids.iter().copied().map(send)).buffer_unordered(100).collect::<Vec<_>>();
    let replies = tokio::time::timeout(DEADLINE * 3, all).await.expect("no send waits forever");
    let of = |code: &str| replies.iter().filter(|(_, status, body)| *status == 503 && body.contains(code)).count();
    assert!(of("overloaded") > 0, "more calls under way than are let in are refused");
    assert!(of("unavailable") > 0, "what waited for the lock is refused in the end");
    assert_eq!(of("overloaded") + of("unavailable"), replies.len(), "none is acked");
    drop(lock);
    assert_eq!(server.database().number("SELECT COUNT(*) FROM chat_message"), 0);
    let begun = std::time::Instant::now();
    nora.send(chat, "goes on").await;
    assert!(begun.elapsed() < Duration::from_secs(10));
}
