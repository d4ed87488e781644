//! `POST /api/chats/{chatId}/read`: moves the read receipt, and the peer sees it.

use crate::support::{Doctor, Patient, Server};
use app::protocol::{ChatId, FieldCode};
use serde_json::json;

async fn room_of(server: &Server, messages: i64) -> (Patient, Doctor, ChatId) {
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    nora.send_many(chat, messages).await;
    (nora, okafor, chat)
}

#[tokio::test(flavor = "multi_thread")]
async fn read_receipt_moves_only_forward_up_to_newest_message() {
    let server = Server::start().await;
    let (nora, okafor, chat) = room_of(&server, 5).await;
    for (sent, expected) in [(0, 0), (2, 2), (1, 2), (0, 2), (4, 4), (1_000_000, 5), (i64::MAX, 5), (3, 5)] {
        okafor.read(chat, sent).await;
        let (own, theirs) = (okafor.chat(chat).await, nora.chat(chat).await);
        assert_eq!((own.read_seq.0, own.unread), (expected, 5 - expected), "after {sent}");
        assert_eq!(
            (theirs.peer_read_seq.0, theirs.peer_delivered_seq.0),
            (expected, expected),
            "what is read has arrived"
        );
    }
    nora.send(chat, "message 6").await;
    assert_eq!(okafor.chat(chat).await.unread, 1, "reading ahead of time doesn't count");
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_marks_own_and_earlier_messages_as_read() {
    let server = Server::start().await;
    let (nora, okafor, chat) = room_of(&server, 3).await;
    assert_eq!((nora.chat(chat).await.read_seq.0, okafor.chat(chat).await.read_seq.0), (3, 0));
    okafor.send(chat, "answer").await;
    assert_eq!((okafor.chat(chat).await.read_seq.0, okafor.chat(chat).await.unread), (4, 0));
    assert_eq!((nora.chat(chat).await.read_seq.0, nora.chat(chat).await.unread), (3, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn read_receipts_are_separate_for_each_member() {
    let server = Server::start().await;
    let (nora, okafor, chat) = room_of(&server, 2).await;
    okafor.send(chat, "answer").await;
    let body = json!({ "seq": 3, "userId": nora.id(), "senderId": nora.id() });
    okafor.try_read(chat, &body).await.expect(204);
    assert_eq!(nora.chat(chat).await.read_seq.0, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn answer_is_empty_and_an_invalid_body_is_explained() {
    let server = Server::start().await;
    let (nora, _, chat) = room_of(&server, 1).await;
    assert_eq!(nora.try_read(chat, &json!({ "seq": 1 })).await.expect(204).body, "");
    nora.try_read(chat, &json!({})).await.expect_invalid(&[("seq", FieldCode::Required)]);
    nora.try_read(chat, &json!({ "seq": -1 })).await.expect_invalid(&[("seq", FieldCode::OutOfRange)]);
    for wrong in [json!("1"), json!(1.5), json!([])] {
        nora.try_read(chat, &json!({ "seq": wrong })).await.expect_problem(422, "invalid");
    }
}
