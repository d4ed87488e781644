//! Replies to messages, corrections and retractions.

use crate::support::{Doctor, Patient, Person, Server, client_id, eventually};
use app::protocol::{ChangePage, ChangeSeq, ChatId, Message, Seq, ServerFrame};
use serde_json::json;

struct Talk {
    server: Server,
    nora: Patient,
    okafor: Doctor,
    chat: ChatId,
}

async fn talk() -> Talk {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    Talk { server, nora, okafor, chat }
}

impl Talk {
    fn path(&self, seq: i64) -> String {
        format!("/api/chats/{}/messages/{seq}/retract", self.chat)
    }

    async fn retract(&self, seq: i64) -> Message {
        let reply = self.nora.post(&self.path(seq), &json!({})).await.expect(200);
        serde_json::from_value(reply.json()["message"].clone()).unwrap()
    }

    async fn changes(&self, query: &str) -> ChangePage {
        self.okafor.get(&format!("/api/chats/{}/changes{query}", self.chat)).await.expect(200).parse()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn retracted_message_disappears_everywhere_for_both_members() {
    let talk = talk().await;
    talk.nora.send_many(talk.chat, 3).await;
    talk.okafor.read(talk.chat, 2).await;
    let mut his = talk.okafor.socket().await;
    let mut hers = talk.nora.socket().await;
    let left = talk.retract(2).await;
    assert!(left.retracted.unwrap().was_read, "and whether it had been read");
    for socket in [&mut his, &mut hers] {
        let received = socket
            .until(|frame| match frame {
                ServerFrame::Changed { message } => Some(message),
                _ => None,
            })
            .await;
        assert_eq!(received, left);
    }
    assert!(!talk.retract(3).await.retracted.unwrap().was_read);
    for person in [&*talk.nora as &Person, &*talk.okafor] {
        let page = person.history(talk.chat, "").await;
        assert_eq!(page.messages[1], left);
        assert_eq!(page.last_change, ChangeSeq(2));
        let chat = person.chat(talk.chat).await;
        assert_eq!((chat.last_seq, chat.last_change), (Seq(3), ChangeSeq(2)), "seqs do not change");
        for path in ["messages", "changes"] {
            let body = person.get(&format!("/api/chats/{}/{path}", talk.chat)).await.expect(200).body;
            assert!(!body.contains("message 2") && !body.contains("message 3"), "{body}");
        }
        let list = person.get("/api/chats").await.expect(200).body;
        assert!(!list.contains("message 3"), "{list}");
    }
    let page = talk.okafor.get(&format!("/doctor/chat/{}", talk.chat)).await.expect(200).body;
    assert!(page.contains("message 1") && !page.contains("message 2") && !page.contains("message 3"), "{page}");
    let database = talk.server.database();
    assert_eq!(database.number("SELECT COUNT(*) FROM chat_message WHERE content LIKE 'message %'"), 1);
    assert_eq!(database.texts("SELECT content FROM retracted_message ORDER BY content"), ["message 2", "message 3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_retraction_or_resend_changes_nothing() {
    let talk = talk().await;
    let id = client_id();
    talk.nora.send_as(talk.chat, id, "a slip").await;
    let first = talk.retract(1).await;
    assert_eq!(talk.retract(1).await, first);
    assert_eq!(talk.nora.send_as(talk.chat, id, "a slip").await, first, "a page that has not received it");
    assert_eq!(talk.changes("").await.messages, [first]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_sender_can_retract_and_only_within_the_limit() {
    let talk = talk().await;
    talk.nora.send(talk.chat, "hers").await;
    talk.okafor.post(&talk.path(1), &json!({})).await.expect_problem(403, "not_ones_message");
    talk.nora.post(&talk.path(9), &json!({})).await.expect_problem(404, "message_not_found");
    let tomas = talk.server.patient("Tomás").await;
    tomas.post(&talk.path(1), &json!({})).await.expect_problem(404, "chat_not_found");
    talk.server.database().execute("UPDATE chat_message SET created_at = '2020-01-01 00:00:00.000'");
    talk.nora.post(&talk.path(1), &json!({})).await.expect_problem(409, "too_late_to_change");
    assert_eq!(talk.nora.history(talk.chat, "").await.messages[0].content, "hers");
    let never = Server::with(|settings| settings.change_hours = 0).await;
    let (nora, okafor) = (never.patient("Nora").await, never.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    nora.send(chat, "for good").await;
    let path = format!("/api/chats/{chat}/messages/1/retract");
    nora.post(&path, &json!({})).await.expect_problem(409, "too_late_to_change");
}

#[tokio::test(flavor = "multi_thread")]
async fn reconnecting_page_fetches_missed_changes_in_order() {
    let talk = talk().await;
    talk.nora.send_many(talk.chat, 5).await;
    for seq in [4, 1, 3] {
        talk.retract(seq).await;
    }
    let seqs = |page: &ChangePage| page.messages.iter().map(|message| message.seq.0).collect::<Vec<_>>();
    let first = talk.changes("?limit=2").await;
    assert_eq!((seqs(&first), first.complete_to, first.last_change), (vec![4, 1], ChangeSeq(2), ChangeSeq(3)));
    let rest = talk.changes("?after=2&limit=2").await;
    assert_eq!((seqs(&rest), rest.complete_to, rest.last_change), (vec![3], ChangeSeq(3), ChangeSeq(3)));
    let none = talk.changes("?after=3").await;
    assert_eq!((none.messages.len(), none.complete_to), (0, ChangeSeq(3)));
    let beyond = talk.changes("?after=9223372036854775807").await;
    assert_eq!((beyond.complete_to, beyond.last_change), (ChangeSeq(3), ChangeSeq(3)), "not what was asked for");
    assert_eq!(talk.okafor.socket().await.chats[0].last_change, ChangeSeq(3), "`ready` says how far they go");
    talk.okafor.get(&format!("/api/chats/{}/changes?after=-1", talk.chat)).await.expect_problem(422, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_retractions_get_distinct_change_positions() {
    let talk = talk().await;
    talk.nora.send_many(talk.chat, 12).await;
    futures::future::join_all((1..=12).map(|seq| talk.retract(seq))).await;
    let changes: Vec<i64> = talk.changes("").await.messages.iter().map(|message| message.change.0).collect();
    assert_eq!(changes, (1..=12).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn page_includes_answered_messages_from_outside_it() {
    let talk = talk().await;
    talk.nora.send_many(talk.chat, 3).await;
    let body = json!({ "clientId": client_id(), "content": "to the first", "replyTo": 1 });
    let mut hers = talk.nora.socket().await;
    let stored = talk.okafor.try_send(talk.chat, &body).await.expect(200).json()["message"].clone();
    assert_eq!(stored["replyTo"], 1);
    assert_eq!(hers.message().await.reply_to, Some(Seq(1)));
    let page = talk.nora.history(talk.chat, "?after=3").await;
    assert_eq!(page.quoted.iter().map(|message| message.seq).collect::<Vec<_>>(), [Seq(1)]);
    assert!(talk.nora.history(talk.chat, "").await.quoted.is_empty(), "it is among them");
    talk.retract(1).await;
    let quoted = talk.nora.history(talk.chat, "?after=3").await.quoted;
    assert!(quoted[0].retracted.is_some() && quoted[0].content != "message 1");
    for nowhere in [0, 5, 99] {
        let body = json!({ "clientId": client_id(), "content": "to nothing", "replyTo": nowhere });
        talk.okafor.try_send(talk.chat, &body).await.expect_problem(404, "message_not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_sender_can_correct_and_only_within_the_limit() {
    let talk = talk().await;
    talk.nora.send(talk.chat, "left").await;
    talk.okafor.send(talk.chat, "which side?").await;
    let correct = async |seq: i64| {
        let body = json!({ "clientId": client_id(), "content": "right", "corrects": seq });
        talk.nora.try_send(talk.chat, &body).await
    };
    assert_eq!(correct(1).await.expect(200).json()["message"]["corrects"], 1);
    correct(2).await.expect_problem(403, "not_ones_message");
    correct(9).await.expect_problem(404, "message_not_found");
    talk.server.database().execute("UPDATE chat_message SET created_at = '2020-01-01 00:00:00.000' WHERE seq = 1");
    correct(1).await.expect_problem(409, "too_late_to_change");
    let known = json!({ "clientId": client_id(), "content": "the very right", "corrects": 3 });
    let stored = talk.nora.try_send(talk.chat, &known).await.expect(200).json();
    talk.retract(3).await;
    correct(3).await.expect_problem(403, "not_ones_message");
    let again = talk.nora.try_send(talk.chat, &known).await.expect(200).json();
    assert_eq!(again, stored, "what was stored while it was fit is only answered again");
    assert_eq!(talk.nora.chat(talk.chat).await.last_seq, Seq(4), "a refused message gets no seq");
}

#[tokio::test(flavor = "multi_thread")]
async fn history_can_be_read_around_a_seq_and_from_a_time() {
    let talk = talk().await;
    talk.nora.send_many(talk.chat, 20).await;
    let seqs = async |query: &str| {
        let page = talk.nora.history(talk.chat, query).await;
        page.messages.iter().map(|message| message.seq.0).collect::<Vec<_>>()
    };
    assert_eq!(seqs("?around=10&limit=4").await, [8, 9, 10, 11]);
    assert_eq!(seqs("?around=1&limit=4").await, [1, 2, 3, 4]);
    assert_eq!(seqs("?around=99&limit=4").await, [19, 20]);
    // The messages are one day apart.
    for seq in 1..=20 {
        let at = format!("UPDATE chat_message SET created_at = '2026-01-{seq:02} 12:00:00.000' WHERE seq = {seq}");
        talk.server.database().execute(&at);
    }
    assert_eq!(seqs("?at=2026-01-10T12:00:00.000Z&limit=4").await, [8, 9, 10, 11]);
    assert_eq!(seqs("?at=2026-01-09T12:00:00.001Z&limit=4").await, [8, 9, 10, 11]);
    assert_eq!(seqs("?at=2020-01-01T00:00:00.000Z&limit=4").await, [1, 2, 3, 4]);
    assert_eq!(seqs("?at=2027-01-01T00:00:00.000Z&limit=4").await, [17, 18, 19, 20], "nothing later: the newest");
    for wrong in ["?around=3&before=2", "?at=2026-01-10T12:00:00.000Z&after=1", "?around=-1"] {
        talk.nora.get(&format!("/api/chats/{}/messages{wrong}", talk.chat)).await.expect_problem(422, "invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_keep_the_time_at_which_they_were_set() {
    let talk = talk().await;
    talk.nora.send(talk.chat, "hello").await;
    talk.okafor.read(talk.chat, 1).await;
    let read_at = talk.nora.chat(talk.chat).await.peer_read_at.unwrap();
    // Sending the same or a lower position again changes nothing.
    talk.okafor.read(talk.chat, 1).await;
    assert_eq!(talk.nora.chat(talk.chat).await.peer_read_at, Some(read_at));
    assert_eq!(talk.nora.socket().await.chats[0].peer_read_at, Some(read_at), "the same on every device");
    talk.nora.send(talk.chat, "and again").await;
    eventually("the next mark has a moment of its own", async || {
        talk.okafor.read(talk.chat, 2).await;
        talk.nora.chat(talk.chat).await.peer_read_at.is_some_and(|at| at >= read_at)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn read_time_does_not_change_when_the_reader_writes_later() {
    let talk = talk().await;
    talk.nora.send(talk.chat, "hello").await;
    talk.okafor.read(talk.chat, 1).await;
    let read_at = talk.nora.chat(talk.chat).await.peer_read_at.unwrap();
    let mut hers = talk.nora.socket().await;
    eventually("time goes on", async || server::db::time::now() > read_at).await;
    for (seq, text) in [(2, "good morning"), (3, "how are you?")] {
        assert_eq!(talk.okafor.send(talk.chat, text).await.seq, Seq(seq));
        let seen = talk.nora.chat(talk.chat).await;
        assert_eq!((seen.peer_read_seq, seen.peer_read_at), (Seq(seq), Some(read_at)), "an answer is no reading");
    }
    hers.chat_where(|chat| chat.peer_read_seq == Seq(3) && chat.peer_read_at == Some(read_at)).await;
    // A member who answers an unread message has read it from then on.
    talk.nora.send(talk.chat, "fine").await;
    let answer = talk.okafor.send(talk.chat, "good").await;
    assert_eq!(talk.nora.chat(talk.chat).await.peer_read_at, Some(answer.created_at));
}
