//! Limits on what one user's sockets may ask for.

use crate::support::{DEADLINE, Server, Socket, client_id};
use app::protocol::{ClientFrame, ServerFrame};
use serde_json::json;

/// A server with the default limits.
async fn with_limits() -> Server {
    Server::with(|settings| settings.limit_scale = 1.0).await
}

#[tokio::test(flavor = "multi_thread")]
async fn flood_of_frames_is_refused_and_closes_only_its_socket() {
    let server = with_limits().await;
    let nora = server.patient("Nora").await;
    let (mut flood, mut other) = (nora.socket().await, nora.socket().await);
    for _ in 0..2_000 {
        flood.push(&ClientFrame::Ping {}).await;
    }
    assert_eq!(flood.error().await, "rate_limited");
    flood.expect_close(1008).await;
    other.expect_alive().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rate_limited_send_is_named_so_that_it_can_be_repeated() {
    // The limit is four frames at once, then one per second.
    let server = Server::with(|settings| settings.limit_scale = 0.02).await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let mut socket = nora.socket().await;
    let mut sent = Vec::new();
    for _ in 0..15 {
        sent.push(socket.push_send(chat, "too fast").await);
    }
    let (refused, code) = socket
        .until(|frame| match frame {
            ServerFrame::Error { client_id: Some(id), code, .. } => Some((id, code.as_str())),
            _ => None,
        })
        .await;
    assert_eq!(code, "rate_limited");
    assert!(sent.contains(&refused));
    let stored = format!("SELECT COUNT(*) FROM chat_message WHERE client_id = '{refused}'");
    assert_eq!(server.database().number(&stored), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_are_limited_per_user_without_affecting_others() {
    let server = with_limits().await;
    let (nora, tomas) = (server.patient("Nora").await, server.patient("Tomas").await);
    let mut sockets = Vec::new();
    for _ in 0..40 {
        sockets.push(nora.socket().await);
    }
    assert_eq!(Socket::try_open(&nora, None).await.err(), Some(429));
    tomas.socket().await.expect_alive().await;
    drop(sockets.pop());
    let again = async { while Socket::try_open(&nora, None).await.is_err() {} };
    tokio::time::timeout(DEADLINE, again).await.expect("a free permit can be used");
}

#[tokio::test(flavor = "multi_thread")]
async fn ping_is_answered_with_pong() {
    let server = Server::start().await;
    let mut socket = server.patient("Nora").await.socket().await;
    socket.push_text(&json!({ "type": "ping" }).to_string()).await;
    assert_eq!(socket.text_of("pong").await, r#"{"type":"pong"}"#);
}

/// The contract for a client that sends without waiting for acks: all messages are stored in order.
#[tokio::test(flavor = "multi_thread")]
async fn sends_over_the_concurrency_limit_are_stored_in_order() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let mut socket = nora.socket().await;
    let mut sent = Vec::new();
    for n in 0..200 {
        sent.push(socket.push_send(chat, &format!("message {n}")).await);
    }
    for (seq, id) in (1..).zip(sent) {
        let stored = socket.ack().await;
        assert_eq!((stored.client_id, stored.seq.0), (id, seq));
    }
    let id = client_id();
    assert_eq!(nora.send_as(chat, id, "one more").await.seq.0, 201);
}
