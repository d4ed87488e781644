//! `/api/chats/{chatId}/messages`: which messages are accepted, how they are stored, and how they
//! are read.

use crate::support::{Doctor, Patient, Server, client_id};
use app::protocol::{ChatId, FieldCode, Seq, Timestamp};
use proptest::{
    prelude::any,
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde_json::{Value, json};

async fn room(server: &Server) -> (Patient, Doctor, ChatId) {
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    (nora, okafor, chat)
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_message_has_the_session_user_as_its_sender() {
    let server = Server::start().await;
    let (nora, okafor, chat) = room(&server).await;
    let other_chat = nora.initiate_with(server.listed_doctor("Dr. B", "Neurology").await.id).await;
    let id = client_id();
    let body = json!({
        "clientId": id, "content": "I am the doctor", "senderId": okafor.id(), "userId": okafor.id(), "role": "doctor",
        "chatId": other_chat, "seq": 99, "id": 99, "isAi": true, "createdAt": "2000-01-01T00:00:00.000Z",
    });
    let stored = nora.try_send(chat, &body).await.expect(200).json()["message"].clone();
    let created_at = stored["createdAt"].as_str().unwrap().to_owned();
    let expected = json!({
        "chatId": chat, "seq": 1, "id": stored["id"], "senderId": nora.id(), "clientId": id,
        "content": "I am the doctor", "isAi": false, "createdAt": created_at,
    });
    assert_eq!(stored, expected);
    assert_ne!(stored["id"], 99);
    let moment = Timestamp::parse(&created_at).unwrap();
    assert_eq!(moment.to_rfc3339(), created_at, "RFC 3339 in UTC with milliseconds");
    assert!((server::db::time::now().0 - moment.0).abs() < 60_000, "the server's clock counts");
    assert_eq!(okafor.history(chat, "").await.messages, [serde_json::from_value(stored).unwrap()]);
    assert_eq!(nora.history(other_chat, "").await.messages, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_and_invalid_texts_are_rejected() {
    use FieldCode::{ForbiddenCharacter, Required, TooLong};
    let server = Server::start().await;
    let (nora, _, chat) = room(&server).await;
    let too_long = "a".repeat(10_001);
    let too_many_emoji = "🦤".repeat(10_001);
    for (content, code) in [
        ("", Required),
        ("   ", Required),
        ("\r\n\t\u{a0}\u{2003}", Required),
        ("a\0b", ForbiddenCharacter),
        ("\0", ForbiddenCharacter),
        (too_long.as_str(), TooLong),
        (too_many_emoji.as_str(), TooLong),
    ] {
        let reply = nora.try_send(chat, &json!({ "clientId": client_id(), "content": content })).await;
        reply.expect_invalid(&[("content", code)]);
    }
    let missing = nora.try_send(chat, &json!({ "clientId": client_id() })).await;
    missing.expect_invalid(&[("content", Required)]);
    for wrong in [json!(1), json!(null), json!(["a"])] {
        let reply = nora.try_send(chat, &json!({ "clientId": client_id(), "content": wrong })).await;
        reply.expect_problem(422, "invalid");
    }
    assert_eq!(nora.chat(chat).await.last_seq, Seq(0), "and leaves no hole");
}

async fn assert_kept(patient: &Patient, doctor: &Doctor, chat: ChatId, content: &str) {
    let stored = patient.send(chat, content).await;
    assert_eq!(stored.content, content);
    let after = format!("?after={}", stored.seq.previous());
    assert_eq!(doctor.history(chat, &after).await.messages, [stored]);
}

#[tokio::test(flavor = "multi_thread")]
async fn text_is_stored_byte_for_byte() {
    let server = Server::start().await;
    let (nora, okafor, chat) = room(&server).await;
    let longest = "🦤".repeat(10_000);
    for content in [
        "  leading and trailing \n\n",
        "line\r\nline\rline\nline",
        "\ttab \u{1} control \u{7f} \u{feff}mark",
        "e\u{301} is not é",
        "👩🏽‍⚕️ 👨‍👩‍👧‍👦 🇪🇸",
        "שלום \u{202e}مرحبا\u{202c} 你好",
        r#"{"json": "'quotes' \\ \u0041"}"#,
        "'; DROP TABLE chat_message; --",
        "<script>alert(1)</script>&amp;",
        "%00 + %2B",
        longest.as_str(),
    ] {
        assert_kept(&nora, &okafor, chat, content).await;
    }
    let stored = server.database().texts("SELECT content FROM chat_message WHERE seq = 1");
    assert_eq!(stored, ["  leading and trailing \n\n"], "in the database too");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_valid_text_is_stored_byte_for_byte() {
    let server = Server::start().await;
    let (nora, okafor, chat) = room(&server).await;
    // The runner is deterministic, and a failure shows the text itself.
    let mut runner = TestRunner::deterministic();
    let texts = any::<String>().prop_map(|text| format!("{}.", text.replace('\0', "")));
    for _ in 0..50 {
        let content = texts.new_tree(&mut runner).unwrap().current();
        assert_kept(&nora, &okafor, chat, &content).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_client_id_stores_once_and_returns_the_message() {
    let server = Server::start().await;
    let (nora, okafor, chat) = room(&server).await;
    let id = client_id();
    let first = nora.send_as(chat, id, "once").await;
    nora.send(chat, "in between").await;
    assert_eq!(nora.send_as(chat, id, "once").await, first);
    let shouted = json!({ "clientId": id.to_string().to_uppercase(), "content": "once" });
    assert_eq!(nora.try_send(chat, &shouted).await.expect(200).json()["message"]["seq"], 1, "a UUID has no case");
    let other = json!({ "clientId": id, "content": "once " });
    nora.try_send(chat, &other).await.expect_problem(409, "client_id_reused");
    assert_eq!(nora.chat(chat).await.last_seq, Seq(2));
    // Client ids are separate for each sender within a chat.
    assert_eq!(okafor.send_as(chat, id, "mine").await.seq, Seq(3));
    let elsewhere = nora.initiate_with(server.listed_doctor("Dr. B", "Neurology").await.id).await;
    assert_eq!(nora.send_as(elsewhere, id, "elsewhere").await.seq, Seq(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn client_id_must_be_a_uuid() {
    let server = Server::start().await;
    let (nora, _, chat) = room(&server).await;
    for wrong in ["", "1", "not-a-uuid", "00000000-0000-0000-0000-00000000000g"] {
        let reply = nora.try_send(chat, &json!({ "clientId": wrong, "content": "hello" })).await;
        reply.expect_invalid(&[("clientId", FieldCode::Malformed)]);
    }
    nora.try_send(chat, &json!({ "clientId": 5, "content": "hello" })).await.expect_problem(422, "invalid");
    nora.try_send(chat, &json!({ "content": "hello" })).await.expect_problem(422, "invalid");
    assert_eq!(nora.chat(chat).await.last_seq, Seq(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn history_can_be_read_from_its_end_or_around_any_seq() {
    let server = Server::start().await;
    let (nora, okafor, chat) = room(&server).await;
    let empty: Value = okafor.get(&format!("/api/chats/{chat}/messages")).await.expect(200).json();
    assert_eq!(empty, json!({ "messages": [], "lastSeq": 0 }));
    nora.send_many(chat, 60).await;
    let cases = [
        ("", 11..=60),
        ("?limit=200", 1..=60),
        ("?limit=1", 60..=60),
        ("?before=11", 1..=10),
        ("?before=31&limit=5", 26..=30),
        ("?before=1000&limit=2", 59..=60),
        ("?after=0", 1..=50),
        ("?after=50", 51..=60),
        ("?after=10&limit=3", 11..=13),
    ];
    for (query, expected) in cases {
        let page = okafor.history(chat, query).await;
        let seqs: Vec<i64> = page.messages.iter().map(|message| message.seq.0).collect();
        assert_eq!(seqs, expected.collect::<Vec<_>>(), "{query}");
        assert!(page.messages.iter().all(|message| message.content == format!("message {}", message.seq)));
        assert_eq!(page.last_seq, Seq(60), "{query}");
    }
    for nothing in ["?before=1", "?before=0", "?after=60", "?after=9223372036854775807"] {
        let page = okafor.history(chat, nothing).await;
        assert_eq!((page.messages.len(), page.last_seq), (0, Seq(60)), "{nothing}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_history_ranges_are_rejected() {
    use FieldCode::OutOfRange;
    let server = Server::start().await;
    let (nora, _, chat) = room(&server).await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=-5", "limit"),
        ("limit=201", "limit"),
        ("before=-1", "before"),
        ("after=-1", "after"),
        ("before=5&after=1", "before"),
    ] {
        let reply = nora.get(&format!("/api/chats/{chat}/messages?{query}")).await;
        reply.expect_invalid(&[(field, OutOfRange)]);
    }
    for query in ["limit=x", "before=x", "after=1.5", "after=9223372036854775808"] {
        let reply = nora.get(&format!("/api/chats/{chat}/messages?{query}")).await;
        reply.expect_problem(422, "invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_ordered_by_seq_and_not_by_time() {
    let server = Server::start().await;
    let (nora, okafor, chat) = room(&server).await;
    nora.send_many(chat, 3).await;
    for seq in 1..=3 {
        let sql = format!("UPDATE chat_message SET created_at = '2026-01-0{} 08:00:00' WHERE seq = {seq}", 9 - seq);
        server.database().execute(&sql);
    }
    for query in ["", "?after=0", "?before=4", "?around=2"] {
        let page = okafor.history(chat, query).await;
        let seqs: Vec<i64> = page.messages.iter().map(|message| message.seq.0).collect();
        assert_eq!(seqs, [1, 2, 3], "{query}");
    }
    assert_eq!(okafor.chat(chat).await.last_message.map(|message| message.seq), Some(Seq(3)));
}
