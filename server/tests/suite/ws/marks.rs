//! Read receipts, delivered receipts and typing: who gets the frames.

use crate::support::{Doctor, Patient, Server, Socket};
use app::protocol::{ChatId, ClientFrame, Seq, ServerFrame};

async fn room_of(server: &Server, messages: i64) -> (Patient, Doctor, ChatId) {
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    nora.send_many(chat, messages).await;
    (nora, okafor, chat)
}

async fn read(socket: &mut Socket, chat_id: ChatId, seq: i64) {
    socket.push(&ClientFrame::Read { chat_id, seq: Seq(seq) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn read_receipt_reaches_both_and_updates_the_readers_count() {
    let server = Server::start().await;
    let (nora, okafor, chat) = room_of(&server, 5).await;
    let (mut hers, mut his, mut his_phone) =
        (nora.socket().await, okafor.socket().await, okafor.on_another_device().await.socket().await);
    read(&mut his, chat, 3).await;
    let mark = (chat, okafor.id(), Seq(3));
    assert_eq!(hers.read_mark().await, mark);
    assert_eq!(his_phone.read_mark().await, mark);
    assert_eq!(his_phone.chat_where(|chat| chat.read_seq == Seq(3)).await.unread, 2);
    okafor.read(chat, 4).await;
    assert_eq!(hers.read_mark().await.2, Seq(4), "also when sent over HTTP");
    assert_eq!(nora.chat(chat).await.peer_read_seq, Seq(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn unchanged_receipt_is_not_published_and_high_one_is_capped() {
    let server = Server::start().await;
    let (nora, okafor, chat) = room_of(&server, 5).await;
    let (mut hers, mut his) = (nora.socket().await, okafor.socket().await);
    for seq in [4, 2, 4, 0, i64::MAX] {
        read(&mut his, chat, seq).await;
    }
    assert_eq!(hers.read_mark().await.2, Seq(4));
    assert_eq!(hers.read_mark().await.2, Seq(5));
    read(&mut his, chat, -1).await;
    assert_eq!(his.error().await, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn delivered_receipt_is_separate_from_read_receipt() {
    let server = Server::start().await;
    let (nora, okafor, chat) = room_of(&server, 3).await;
    let (mut hers, mut his) = (nora.socket().await, okafor.socket().await);
    for (sent, expected) in [(2, 2), (i64::MAX, 3)] {
        his.push(&ClientFrame::Delivered { chat_id: chat, seq: Seq(1) }).await;
        his.push(&ClientFrame::Delivered { chat_id: chat, seq: Seq(sent) }).await;
        let mut mark = hers.delivered_mark().await;
        if mark.2 == Seq(1) {
            mark = hers.delivered_mark().await;
        }
        assert_eq!(mark, (chat, okafor.id(), Seq(expected)));
    }
    let seen = nora.chat(chat).await;
    assert_eq!((seen.peer_delivered_seq, seen.peer_read_seq), (Seq(3), Seq(0)));
    assert_eq!(okafor.chat(chat).await.unread, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_reaches_only_the_peer_and_is_not_stored() {
    let server = Server::start().await;
    let (nora, okafor, chat) = room_of(&server, 0).await;
    let tomas = server.patient("Tomás").await;
    let others = tomas.initiate(&okafor).await;
    let (mut hers, mut her_other_tab, mut outsider) = (nora.socket().await, nora.socket().await, tomas.socket().await);
    let (mut his, mut his_phone) = (okafor.socket().await, okafor.on_another_device().await.socket().await);
    hers.push(&ClientFrame::Typing { chat_id: chat }).await;
    for socket in [&mut his, &mut his_phone] {
        let typing = ServerFrame::Typing { chat_id: chat, user_id: nora.id() };
        socket.until(|frame| (frame == typing).then_some(())).await;
    }
    // A typing frame would have arrived before this message.
    hers.push_send(chat, "done typing").await;
    okafor.send(others, "and you").await;
    for (socket, last) in [(&mut hers, "done typing"), (&mut her_other_tab, "done typing"), (&mut outsider, "and you")]
    {
        let received = socket.frames_before(last).await;
        assert!(!received.iter().any(|frame| matches!(frame, ServerFrame::Typing { .. })), "{received:?}");
    }
    assert_eq!(nora.chat(chat).await.last_seq, Seq(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn new_message_updates_the_counts_of_both_members() {
    let server = Server::start().await;
    let (nora, okafor, chat) = room_of(&server, 2).await;
    let (mut hers, mut his) = (nora.socket().await, okafor.socket().await);
    nora.send(chat, "message 3").await;
    let is_new = |chat: &app::protocol::Chat| chat.last_seq == Seq(3);
    let (for_her, for_him) = (hers.chat_where(is_new).await, his.chat_where(is_new).await);
    assert_eq!((for_her.unread, for_her.read_seq), (0, Seq(3)));
    assert_eq!((for_him.unread, for_him.read_seq, for_him.peer_read_seq), (3, Seq(0), Seq(3)));
    assert_eq!(for_him.last_message.map(|message| message.content), Some("message 3".to_owned()));
    assert_eq!(for_him.peer.id, nora.id());
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_and_heartbeats_do_not_keep_a_session_alive() {
    let server = Server::start().await;
    let (nora, _okafor, chat) = room_of(&server, 0).await;
    let mut socket = nora.socket().await;
    let (old, recently) = (server.database().hours_ago(2), server.database().hours_ago(1));
    server.database().execute(&format!("UPDATE session SET last_seen_at = {old}"));
    socket.push(&ClientFrame::Typing { chat_id: chat }).await;
    socket.push_raw(tokio_tungstenite::tungstenite::Message::Ping(Vec::new().into())).await;
    socket.expect_alive().await;
    let recent = format!("SELECT COUNT(*) FROM session WHERE last_seen_at > {recently}");
    assert_eq!(server.database().number(&recent), 0);
}
