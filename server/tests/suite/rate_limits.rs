//! Limits on what one user may send, and their effect on other users.

use crate::support::{Client, Doctor, Outbox, Patient, Person, Server, Socket, SocketIo, client_id};
use app::protocol::{ChatId, ClientFrame, Seq, ServerFrame};
use serde_json::{Value, json};

/// A clinic with a tenth of the default limits: three messages at once, then one every five
/// seconds.
async fn with_limits() -> Server {
    Server::with(|settings| settings.limit_scale = 0.1).await
}

/// A chat with a patient who has used up their sending limit.
async fn flooded(server: &Server) -> (Patient, ChatId) {
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    nora.send_many(chat, 3).await;
    (nora, chat)
}

#[track_caller]
fn assert_wait(refusal: &Value) {
    assert_eq!(refusal["code"], "rate_limited", "{refusal}");
    let wait = refusal["retryAfterMs"].as_u64();
    assert!(wait.is_some_and(|wait| (1..=5_001).contains(&wait)), "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sends_are_limited_per_user_over_all_sockets() {
    let server = with_limits().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let (mut laptop, mut phone) = (nora.socket().await, nora.socket().await);
    for n in 0..3 {
        laptop.send(chat, &format!("message {n}")).await;
    }
    let sent = phone.push_send(chat, "one more").await;
    let refused = phone.json_of("error").await;
    assert_wait(&refused);
    assert_eq!(refused["clientId"], json!(sent), "so that it is kept and sent again");
    let stored = format!("SELECT COUNT(*) FROM chat_message WHERE client_id = '{sent}'");
    assert_eq!(server.database().number(&stored), 0);
    okafor.send(chat, "others are not affected").await;
    phone.expect_alive().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn http_refusal_has_retry_after_in_body_and_header() {
    let server = with_limits().await;
    let (nora, chat) = flooded(&server).await;
    let reply = nora.try_send(chat, &json!({ "clientId": client_id(), "content": "x" })).await;
    let reply = reply.expect_problem(429, "rate_limited");
    assert_wait(&reply.json());
    let seconds: u64 = reply.header("retry-after").parse().unwrap();
    assert!((1..=6).contains(&seconds), "{seconds}");
}

#[tokio::test(flavor = "multi_thread")]
async fn socketio_refusal_has_retry_after_in_ack_and_event() {
    let server = with_limits().await;
    let (nora, chat) = flooded(&server).await;
    let mut socket = SocketIo::open(&nora).await;
    let message = json!({ "chatId": chat, "content": "x" });
    let ack = socket.call("message:send", &message).await;
    assert_eq!(ack["ok"], false);
    assert_wait(&ack);
    socket.emit("message:send", &message).await;
    assert_wait(&socket.event("error").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_messages_do_not_count_against_the_limit() {
    let server = with_limits().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    for _ in 0..10 {
        nora.try_send(chat, &json!({ "clientId": client_id(), "content": " " })).await.expect(422);
    }
    nora.send(chat, "hello").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_one_account_share_a_limit_apart_from_its_user() {
    let server = with_limits().await;
    let (nora, chat) = flooded(&server).await;
    let send = async |client: &Client| {
        let body = json!({ "clientId": client_id(), "content": "by a program" });
        client.post(&format!("/api/chats/{chat}/messages"), &body).await
    };
    let one = server.stranger().with_bearer(&server.token(&nora, "one").await);
    let two = server.stranger().with_bearer(&server.token(&nora, "two").await);
    for program in [&one, &two, &one] {
        send(program).await.expect(200);
    }
    for program in [&one, &two] {
        send(program).await.expect_problem(429, "rate_limited");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn outbox_of_a_hundred_messages_is_sent_in_order_under_limits() {
    let server = Server::with(|settings| settings.limit_scale = 1.0).await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let mut outbox = Outbox::new(&nora, nora.id());
    let typed: Vec<String> = (1..=100).map(|n| format!("message {n}")).collect();
    for content in &typed {
        outbox.type_in(chat, content.clone());
    }
    assert!(outbox.empty().await, "it had to wait");
    let stored = okafor.history(chat, "?limit=200").await.messages;
    assert_eq!(stored.into_iter().map(|message| message.content).collect::<Vec<_>>(), typed);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_user_cannot_fill_the_whole_write_queue() {
    let server = Server::on_file().await;
    let (nora, tomas, okafor) = (server.patient("Nora").await, server.patient("T").await, server.doctor("Dr. O").await);
    let (hers, his) = (nora.initiate(&okafor).await, tomas.initiate(&okafor).await);
    let (mut flood, mut honest) = (nora.socket().await, tomas.socket().await);
    let lock = server.database().lock();
    let longest = "🦤".repeat(10_000);
    for _ in 0..40 {
        flood.push_send(hers, &longest).await;
    }
    let refused = flood.json_of("error").await;
    assert_eq!((&refused["code"], &refused["retryAfterMs"]), (&json!("rate_limited"), &json!(1_000)));
    honest.push_send(his, "my knee hurts").await;
    drop(lock);
    assert_eq!(honest.ack().await.seq.0, 1);
}

/// Waits until `socket` gets a typing frame of a user in a chat.
async fn expect_typing(socket: &mut Socket, chat_id: ChatId, by: &Person) {
    let typing = ServerFrame::Typing { chat_id, user_id: by.id() };
    socket.until(|frame| (frame == typing).then_some(())).await;
}

fn is_typing(frame: &ServerFrame) -> bool {
    matches!(frame, ServerFrame::Typing { .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_frames_are_throttled_over_all_sockets_of_a_user() {
    // The limit is one typing frame in ten seconds.
    let server = with_limits().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let mut his = okafor.socket().await;
    let (mut laptop, mut phone) = (nora.socket().await, nora.socket().await);
    laptop.push(&ClientFrame::Typing { chat_id: chat }).await;
    expect_typing(&mut his, chat, &nora).await;
    for _ in 0..9 {
        laptop.push(&ClientFrame::Typing { chat_id: chat }).await;
        phone.push(&ClientFrame::Typing { chat_id: chat }).await;
    }
    laptop.send(chat, "from the laptop").await;
    phone.send(chat, "from the phone").await;
    let received = his.frames_before("from the phone").await;
    assert!(!received.iter().any(is_typing), "{received:?}");
}

/// A patient and a doctor with sockets that have received all pending frames of their chat, and the
/// doctor's socket also a typing frame of the patient.
async fn typing_pair(server: &Server) -> (Patient, Doctor, ChatId, Socket, Socket) {
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let (mut hers, mut his) = (nora.socket().await, okafor.socket().await);
    hers.send(chat, "hello").await;
    hers.chat_where(|chat| chat.last_seq == Seq(1)).await;
    hers.push(&ClientFrame::Typing { chat_id: chat }).await;
    expect_typing(&mut his, chat, &nora).await;
    (nora, okafor, chat, hers, his)
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_in_a_known_chat_causes_no_database_query() {
    let server = Server::on_file().await;
    let (nora, _okafor, chat, mut hers, mut his) = typing_pair(&server).await;
    let (path, away) = (server.database().path(), server.database().path().with_extension("away"));
    std::fs::rename(path, &away).unwrap();
    hers.push(&ClientFrame::Typing { chat_id: chat }).await;
    expect_typing(&mut his, chat, &nora).await;
    std::fs::rename(&away, path).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_in_a_known_chat_is_not_published_after_a_block() {
    let server = Server::start().await;
    let (_nora, okafor, chat, mut hers, mut his) = typing_pair(&server).await;
    let tomas = server.patient("Tomás").await;
    let other = tomas.initiate(&okafor).await;
    okafor.post(&format!("/api/chats/{chat}/standing"), &json!({ "act": "block" })).await.expect(200);
    hers.chat_where(|chat| chat.status.blocked.is_some()).await;
    for _ in 0..3 {
        hers.push(&ClientFrame::Typing { chat_id: chat }).await;
    }
    hers.expect_alive().await;
    tomas.send(other, "my knee hurts").await;
    let received = his.frames_before("my knee hurts").await;
    assert!(!received.iter().any(is_typing), "{received:?}");
}
