//! `GET /api/chats` and `/api/chats/{chatId}`: a user sees their own chats and no others.

use crate::support::{Client, Patient, Person, Reply, Server, client_id};
use app::protocol::{ChatId, FieldCode};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn each_member_sees_the_chat_from_their_side() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let empty = nora.get(&format!("/api/chats/{chat}")).await.expect(200).json();
    let updated_at = empty["updatedAt"].clone();
    let expected = json!({
        "chatId": chat,
        "peer": { "id": okafor.id(), "name": "Dr. Okafor", "role": "doctor", "specialty": "Cardiology" },
        "lastSeq": 0, "lastMessage": null, "readSeq": 0, "peerReadSeq": 0, "peerDeliveredSeq": 0, "unread": 0,
        "standing": { "brief": { "revision": 0, "turn": "patient" } }, "updatedAt": updated_at,
    });
    assert_eq!(empty, expected);

    let message = nora.send(chat, "hello").await;
    let seen_by_doctor = okafor.get(&format!("/api/chats/{chat}")).await.expect(200).json();
    let overdue_at = message.created_at.0 + 8 * 3_600_000;
    let status = json!({
        "brief": { "revision": 0, "turn": "doctor" }, "waitingSince": message.created_at,
        "overdueAt": app::protocol::Timestamp(overdue_at),
    });
    let expected = json!({
        "standing": status,
        "chatId": chat,
        "peer": { "id": nora.id(), "name": "Nora", "role": "patient" },
        "lastSeq": 1, "lastMessage": message, "readSeq": 0, "peerReadSeq": 1, "peerDeliveredSeq": 1, "unread": 1,
        "updatedAt": message.created_at,
    });
    assert_eq!(seen_by_doctor, expected);
    assert_eq!(okafor.get("/api/chats").await.expect(200).json(), json!({ "chats": [seen_by_doctor], "next": null }));
}

#[tokio::test(flavor = "multi_thread")]
async fn list_is_sorted_by_newest_activity() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let first = nora.initiate(&okafor).await;
    let second = nora.initiate_with(server.listed_doctor("Dr. B", "Neurology").await.id).await;
    let third = nora.initiate_with(server.listed_doctor("Dr. C", "Neurology").await.id).await;
    let order = async || nora.chats("").await.chats.iter().map(|chat| chat.chat_id).collect::<Vec<_>>();
    assert_eq!(order().await, [third, second, first]);
    okafor.send(first, "news").await;
    assert_eq!(order().await, [first, third, second]);
    nora.send(second, "a later message").await;
    assert_eq!(order().await, [second, first, third]);
    nora.read(first, 1).await;
    assert_eq!(order().await, [second, first, third], "a receipt does not move the chat up");
}

async fn in_pages_of(person: &Person, limit: usize) -> Vec<ChatId> {
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let page = person.chats(&format!("?limit={limit}&after={after}")).await;
        assert!(page.chats.len() <= limit);
        seen.extend(page.chats.iter().map(|chat| chat.chat_id));
        match page.next {
            Some(next) => after = next,
            None => return seen,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn list_pages_continue_without_gaps_or_repeats() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    let mut chats = Vec::new();
    for n in 0..11 {
        let doctor = server.listed_doctor(&format!("Dr. {n}"), "Neurology").await;
        chats.insert(0, nora.initiate_with(doctor.id).await);
    }
    for limit in [1, 4, 10, 11, 100] {
        assert_eq!(in_pages_of(&nora, limit).await, chats, "in pages of {limit}");
    }
    // All times are equal, so that only the ids distinguish the chats.
    server.database().execute("UPDATE doctor_patient_chat SET updated_at = '2026-01-01 00:00:00.001'");
    assert_eq!(in_pages_of(&nora, 3).await, chats);
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_limits_and_cursors_are_rejected() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    for limit in ["0", "-1", "101"] {
        let reply = nora.get(&format!("/api/chats?limit={limit}")).await;
        reply.expect_invalid(&[("limit", FieldCode::OutOfRange)]);
    }
    for position in ["x", "1", "1-", "-1", "1-x", "1-2-3"] {
        let reply = nora.get(&format!("/api/chats?after={position}")).await;
        reply.expect_invalid(&[("after", FieldCode::Malformed)]);
    }
    // Times beyond any calendar are valid cursors after which there is nothing.
    let page = nora.get(&format!("/api/chats?after={}-1", i64::MAX)).await;
    assert!(matches!(page.status, 200 | 422), "{page:?}");
}

/// Every call on one chat, with a body that a member could send.
async fn calls(client: &Client, chat: &str) -> Vec<Reply> {
    let message = json!({ "clientId": client_id(), "content": "let me in" });
    vec![
        client.get(&format!("/api/chats/{chat}")).await,
        client.get(&format!("/api/chats/{chat}/messages")).await,
        client.get(&format!("/api/chats/{chat}/messages?after=0&limit=200")).await,
        client.post(&format!("/api/chats/{chat}/messages"), &message).await,
        client.post(&format!("/api/chats/{chat}/read"), &json!({ "seq": 1 })).await,
    ]
}

/// What a caller can see of an answer: status, body and headers.
fn visible(reply: &Reply) -> (u16, String, Vec<(String, String)>) {
    let mut headers: Vec<(String, String)> = reply
        .headers
        .iter()
        .filter(|(name, _)| *name != http::header::DATE)
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    (reply.status, reply.body.clone(), headers)
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_chat_looks_like_a_missing_chat() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let (tomas, garcia, robin) =
        (server.patient("Tomás").await, server.doctor("Dr. García").await, server.admin("Robin").await);
    let chat = nora.initiate(&okafor).await;
    nora.send(chat, "between us").await;
    let outsiders: [&Client; 3] = [&tomas, &garcia, &robin];
    for outsider in outsiders {
        let (foreign, unknown) = (calls(outsider, &chat.to_string()).await, calls(outsider, "987654321").await);
        for (foreign, unknown) in foreign.into_iter().zip(unknown) {
            assert_eq!(visible(&foreign), visible(&unknown));
            foreign.expect_problem(404, "chat_not_found");
        }
        assert_eq!(outsider.get("/api/chats").await.expect(200).json()["chats"], json!([]));
    }
    let (as_patient, as_doctor) = (nora.chat(chat).await, okafor.chat(chat).await);
    assert_eq!((as_patient.last_seq.0, as_doctor.last_seq.0, as_doctor.read_seq.0), (1, 1, 0), "nothing changed");
    assert_eq!(server.database().number("SELECT COUNT(*) FROM chat_message"), 1);
    assert_eq!(server.database().number("SELECT COUNT(*) FROM chat_member"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_chat_ids_get_404() {
    let server = Server::start().await;
    let nora: Patient = server.patient("Nora").await;
    for id in ["0", "-1", "x", "1.5", "9223372036854775808", "%00", "%FF", "1%20", "..%2F1", "١"] {
        for reply in calls(&nora, id).await {
            reply.expect_problem(404, "chat_not_found");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unread_counts_peer_messages_since_last_read_or_sent() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let unread = async || (nora.chat(chat).await.unread, okafor.chat(chat).await.unread);
    nora.send(chat, "one").await;
    nora.send(chat, "two").await;
    assert_eq!(unread().await, (0, 2));
    okafor.read(chat, 1).await;
    assert_eq!(unread().await, (0, 1));
    okafor.send(chat, "three").await;
    assert_eq!(unread().await, (1, 0), "an answer counts as reading");
    let listed: Value = nora.get("/api/chats").await.expect(200).json();
    assert_eq!(listed["chats"][0]["unread"], 1);
}
