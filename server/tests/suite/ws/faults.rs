//! Invalid frames, and too many of them.

use crate::support::{Server, Socket, client_id};
use serde_json::json;
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

/// The contract's limit for a frame, in bytes.
const FRAME_MAX_BYTES: usize = 64 * 1024;

async fn assert_refused(socket: &mut Socket, message: Message) {
    socket.push_raw(message).await;
    assert_eq!(socket.error().await, "invalid_frame");
    socket.expect_alive().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_frame_gets_an_error_and_the_socket_stays_open() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    let id = client_id();
    let texts = [
        String::new(),
        "hello".to_owned(),
        "{".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        json!({ "type": "shout", "chatId": 1 }).to_string(),
        json!({ "type": "ready", "userId": 1, "serverTime": "2026-01-01T00:00:00.000Z", "chats": [] }).to_string(),
        json!({ "type": "send" }).to_string(),
        json!({ "type": "send", "clientId": "not a uuid", "chatId": 1, "content": "x" }).to_string(),
        json!({ "type": "send", "clientId": id, "chatId": "1", "content": "x" }).to_string(),
        json!({ "type": "send", "clientId": id, "chatId": 1, "content": 5 }).to_string(),
        json!({ "type": "read", "chatId": 1 }).to_string(),
        json!({ "type": "read", "chatId": 1, "seq": 1.5 }).to_string(),
        "[".repeat(30_000),
    ];
    // Each text gets its own socket, so that the limit on faults per socket does not matter.
    for text in texts {
        let mut socket = nora.socket().await;
        assert_refused(&mut socket, Message::text(text)).await;
    }
    for bytes in [b"{\"type\":\"typing\",\"chatId\":1}".to_vec(), vec![0xff, 0xfe, 0x00], Vec::new()] {
        let mut socket = nora.socket().await;
        assert_refused(&mut socket, Message::binary(bytes)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn error_frame_contains_only_its_code() {
    let server = Server::start().await;
    let mut socket = server.patient("Nora").await.socket().await;
    socket.push_text(r#"{"type": "send", "canary7f3a": "canary7f3a""#).await;
    let frame = socket.json_of("error").await;
    assert_eq!(frame["code"], "invalid_frame");
    assert!(frame["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    assert!(!frame.to_string().contains("canary"), "{frame}");
}

/// RFC 6455 (section 8.1) requires that the connection fails. Other sockets must not be affected.
#[tokio::test(flavor = "multi_thread")]
async fn invalid_utf8_closes_only_its_own_socket() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    let (mut bad, mut good) = (nora.socket().await, nora.socket().await);
    let frame = Frame::message(vec![b'"', 0xff, 0xfe, b'"'], OpCode::Data(Data::Text), true);
    bad.push_raw(Message::Frame(frame)).await;
    assert!(matches!(bad.closed().await, None | Some(1007)));
    good.expect_alive().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frame_of_64_kib_is_read_and_a_larger_closes_with_1009() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let frame = json!({ "type": "send", "clientId": client_id(), "chatId": chat, "content": "hello" }).to_string();
    let padded = |size: usize| format!("{frame}{}", " ".repeat(size - frame.len()));
    let (mut socket, mut other) = (nora.socket().await, nora.socket().await);
    socket.push_text(&padded(FRAME_MAX_BYTES)).await;
    assert_eq!(socket.ack().await.seq.0, 1);
    socket.push_text(&padded(FRAME_MAX_BYTES + 1)).await;
    socket.expect_close(1009).await;
    other.expect_alive().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn binary_frame_over_64_kib_closes_with_1009() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    for bytes in [vec![b' '; FRAME_MAX_BYTES + 1], vec![0xff; FRAME_MAX_BYTES * 2]] {
        let mut socket = nora.socket().await;
        socket.push_raw(Message::binary(bytes)).await;
        socket.expect_close(1009).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn huge_frame_closes_only_its_own_socket() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    let (mut huge, mut other) = (nora.socket().await, nora.socket().await);
    huge.push_text(&" ".repeat(2 * 1024 * 1024)).await;
    // The server does not read the frame to its end, so the close frame may get lost.
    assert!(matches!(huge.closed().await, None | Some(1009)));
    other.expect_alive().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fragmented_message_has_the_same_size_limit() {
    let server = Server::start().await;
    let mut socket = server.patient("Nora").await.socket().await;
    let piece = vec![b' '; FRAME_MAX_BYTES / 2 + 1];
    let first = Frame::message(piece.clone(), OpCode::Data(Data::Text), false);
    let second = Frame::message(piece, OpCode::Data(Data::Continue), true);
    socket.push_raw(Message::Frame(first)).await;
    socket.push_raw(Message::Frame(second)).await;
    socket.expect_close(1009).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_abuse_closes_with_1008_and_allows_reconnecting() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    let (mut abused, mut other) = (nora.socket().await, nora.socket().await);
    for _ in 0..100 {
        abused.push_text("nonsense").await;
    }
    abused.expect_close(1008).await;
    other.expect_alive().await;
    nora.socket().await.expect_alive().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn probing_for_foreign_chats_counts_as_abuse() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    let mut socket = nora.socket().await;
    for chat in 1..=100 {
        socket.push_text(&json!({ "type": "typing", "chatId": chat }).to_string()).await;
    }
    socket.expect_close(1008).await;
}
