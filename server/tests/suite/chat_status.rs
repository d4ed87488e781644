//! The chat status: who has to answer, no reply needed, closed, blocked, archived, reported; and
//! who is notified.

use crate::support::{Admin, Doctor, Patient, Person, Server, client_id};
use app::protocol::{AdminOverview, Awaiting, BlockedBy, Chat, ChatId, FieldCode, Seq, ServerFrame, Timestamp};
use serde_json::{Value, json};

struct Clinic {
    server: Server,
    nora: Patient,
    okafor: Doctor,
    chat: ChatId,
}

async fn clinic() -> Clinic {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    Clinic { server, nora, okafor, chat }
}

impl Clinic {
    fn path(&self, what: &str) -> String {
        format!("/api/chats/{}/{what}", self.chat)
    }

    async fn act(&self, person: &Person, act: Value) -> Chat {
        person.post(&self.path("standing"), &act).await.expect(200).parse()
    }

    async fn waits_since(&self) -> Option<Timestamp> {
        self.okafor.chat(self.chat).await.status.waiting_since
    }

    /// Who has to answer, as both members' accounts see it.
    async fn turn(&self) -> Awaiting {
        let [his, hers] = [self.okafor.chat(self.chat).await, self.nora.chat(self.chat).await];
        assert_eq!(his.status.brief.awaiting, hers.status.brief.awaiting);
        assert_eq!(his.status.waiting_since, hers.status.waiting_since);
        his.status.brief.awaiting
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn awaiting_follows_from_the_messages() {
    let clinic = clinic().await;
    assert_eq!(clinic.turn().await, Awaiting::Patient, "nothing was asked yet");
    let first = clinic.nora.send(clinic.chat, "Is it serious?").await;
    clinic.nora.send(clinic.chat, "Please").await;
    assert_eq!(clinic.turn().await, Awaiting::Doctor);
    let chat = clinic.okafor.chat(clinic.chat).await;
    assert_eq!(chat.status.waiting_since, Some(first.created_at), "since the first that was not answered");
    assert!(chat.status.overdue_at.is_some(), "and the doctor knows until when");
    assert!(clinic.nora.chat(clinic.chat).await.status.overdue_at.is_none());
    clinic.okafor.send(clinic.chat, "No.").await;
    assert_eq!(clinic.turn().await, Awaiting::Patient);
    clinic.nora.send(clinic.chat, "Thank you!").await;
    assert_eq!(clinic.turn().await, Awaiting::Doctor);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_reply_needed_lasts_until_next_message_and_can_be_undone() {
    let clinic = clinic().await;
    let thanks = clinic.nora.send(clinic.chat, "Thank you!").await;
    let mut hers = clinic.nora.socket().await;
    let chat = clinic.act(&clinic.okafor, json!({ "act": "done", "seq": 1 })).await;
    assert_eq!(chat.status.brief.awaiting, Awaiting::Nobody);
    let is_done = |frame| match frame {
        ServerFrame::Chat { chat } if chat.status.brief.awaiting == Awaiting::Nobody => Some(chat),
        _ => None,
    };
    hers.until(is_done).await;
    let chat = clinic.act(&clinic.okafor, json!({ "act": "notDone" })).await;
    assert_eq!(chat.status.waiting_since, Some(thanks.created_at), "as if it had not been said");
    clinic.act(&clinic.okafor, json!({ "act": "done", "seq": 1 })).await;
    clinic.nora.send(clinic.chat, "One more thing").await;
    assert_eq!(clinic.turn().await, Awaiting::Doctor);
    // "No reply needed" for an older message does not cover messages sent since.
    let chat = clinic.act(&clinic.okafor, json!({ "act": "done", "seq": 1 })).await;
    assert_eq!(chat.status.brief.awaiting, Awaiting::Doctor);
    for act in [json!({ "act": "done", "seq": 2 }), json!({ "act": "notDone" })] {
        clinic.nora.post(&clinic.path("standing"), &act).await.expect_problem(403, "doctors_only");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_chat_rejects_messages_with_the_reason() {
    let clinic = clinic().await;
    let id = client_id();
    let before = clinic.nora.send_as(clinic.chat, id, "before").await;
    clinic
        .nora
        .post(&clinic.path("standing"), &json!({ "act": "close", "reason": "x" }))
        .await
        .expect_problem(403, "doctors_only");
    clinic.act(&clinic.okafor, json!({ "act": "close", "reason": "  Better seen in person. " })).await;
    let chat = clinic.nora.chat(clinic.chat).await;
    let closed = chat.status.closed.unwrap();
    assert_eq!((closed.reason.as_str(), closed.may_reopen), ("Better seen in person.", false));
    assert_eq!(chat.status.brief.awaiting, Awaiting::Nobody);
    for person in [&*clinic.nora as &Person, &*clinic.okafor] {
        let body = json!({ "clientId": client_id(), "content": "after" });
        person.try_send(clinic.chat, &body).await.expect_problem(409, "chat_closed");
    }
    assert_eq!(clinic.nora.send_as(clinic.chat, id, "before").await, before, "what was stored before is stored");
    clinic.nora.post(&clinic.path("standing"), &json!({ "act": "reopen" })).await.expect_problem(403, "doctors_only");
    let chat = clinic.act(&clinic.okafor, json!({ "act": "reopen" })).await;
    assert_eq!(chat.status.closed, None);
    clinic.nora.send(clinic.chat, "after").await;
    // A doctor must give the patient a reason.
    for silent in [json!({ "act": "close" }), json!({ "act": "close", "reason": " " })] {
        let reply = clinic.okafor.post(&clinic.path("standing"), &silent).await;
        reply.expect_invalid(&[("reason", FieldCode::Required)]);
    }
    // If the doctor allows it, the patient can reopen the chat.
    clinic.act(&clinic.okafor, json!({ "act": "close", "reason": "All well.", "mayReopen": true })).await;
    assert!(clinic.nora.chat(clinic.chat).await.status.closed.unwrap().may_reopen);
    clinic.act(&clinic.nora, json!({ "act": "reopen" })).await;
    clinic.nora.send(clinic.chat, "once more").await;
    let long = json!({ "act": "close", "reason": "x".repeat(501) });
    let reply = clinic.okafor.post(&clinic.path("standing"), &long).await;
    reply.expect_invalid(&[("reason", FieldCode::TooLong)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_member_can_write_while_one_blocks_the_other() {
    let clinic = clinic().await;
    clinic.nora.send(clinic.chat, "hello").await;
    let chat = clinic.act(&clinic.nora, json!({ "act": "block" })).await;
    assert_eq!(chat.status.blocked, Some(BlockedBy::Me));
    assert_eq!(clinic.okafor.chat(clinic.chat).await.status.blocked, Some(BlockedBy::Peer));
    for person in [&*clinic.nora as &Person, &*clinic.okafor] {
        let body = json!({ "clientId": client_id(), "content": "x" });
        person.try_send(clinic.chat, &body).await.expect_problem(409, "chat_blocked");
    }
    let his = clinic.okafor.chat(clinic.chat).await.status;
    assert_eq!((his.brief.awaiting, his.waiting_since), (Awaiting::Nobody, None), "no answer is awaited");
    // The other member cannot remove the block, but can also block.
    let before = clinic.nora.chat(clinic.chat).await;
    clinic.act(&clinic.okafor, json!({ "act": "unblock" })).await;
    assert_eq!(clinic.nora.chat(clinic.chat).await.status, before.status, "nothing was changed");
    clinic.act(&clinic.okafor, json!({ "act": "block" })).await;
    clinic.act(&clinic.nora, json!({ "act": "unblock" })).await;
    assert_eq!(clinic.nora.chat(clinic.chat).await.status.blocked, Some(BlockedBy::Peer));
    clinic.act(&clinic.okafor, json!({ "act": "unblock" })).await;
    assert_eq!(clinic.turn().await, Awaiting::Doctor, "what was asked before still is");
    clinic.nora.send(clinic.chat, "hello again").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chat_is_archived_for_one_member_until_the_next_message() {
    let clinic = clinic().await;
    clinic.nora.send(clinic.chat, "hello").await;
    let archived = async |person: &Person| person.chat(clinic.chat).await.status.brief.is_archived;
    assert!(clinic.act(&clinic.okafor, json!({ "act": "archive", "seq": 1 })).await.status.brief.is_archived);
    assert!(!archived(&clinic.nora).await, "it is private");
    clinic.nora.send(clinic.chat, "are you there?").await;
    assert!(!archived(&clinic.okafor).await);
    clinic.act(&clinic.okafor, json!({ "act": "archive", "seq": 1 })).await;
    assert!(!archived(&clinic.okafor).await, "a message arrived in the meantime");
    clinic.act(&clinic.okafor, json!({ "act": "archive", "seq": 2 })).await;
    clinic.act(&clinic.okafor, json!({ "act": "unarchive" })).await;
    assert!(!archived(&clinic.okafor).await);
    let chats = clinic.okafor.socket().await.chats;
    assert_eq!(chats[0].brief.awaiting, Awaiting::Doctor, "a page that connects receives every chat");
}

#[tokio::test(flavor = "multi_thread")]
async fn urgent_message_is_flagged_for_the_doctor_until_answered() {
    let clinic = clinic().await;
    let send = async |person: &Person, text: &str| {
        let body = json!({ "clientId": client_id(), "content": text, "isUrgent": true });
        person.try_send(clinic.chat, &body).await.expect(200);
    };
    send(&clinic.nora, "my chest hurts").await;
    clinic.nora.send(clinic.chat, "since noon").await;
    let page = clinic.okafor.history(clinic.chat, "").await;
    assert_eq!(page.messages.iter().map(|message| message.is_urgent).collect::<Vec<_>>(), [true, false]);
    assert!(clinic.okafor.chat(clinic.chat).await.status.brief.is_urgent);
    send(&clinic.okafor, "Call 112 now").await;
    assert!(!clinic.okafor.history(clinic.chat, "").await.messages[2].is_urgent, "a doctor's is never");
    assert!(!clinic.okafor.chat(clinic.chat).await.status.brief.is_urgent);
}

#[tokio::test(flavor = "multi_thread")]
async fn retracted_messages_do_not_affect_awaiting() {
    let clinic = clinic().await;
    let retract = async |person: &Person, seq: i64| {
        person.post(&clinic.path(&format!("messages/{seq}/retract")), &json!({})).await.expect(200);
    };
    let waits = async || {
        assert_eq!(
            clinic.turn().await,
            if clinic.waits_since().await.is_some() { Awaiting::Doctor } else { Awaiting::Patient }
        );
        clinic.waits_since().await
    };
    let first = clinic.nora.send(clinic.chat, "Is it serious?").await;
    let body = json!({ "clientId": client_id(), "content": "my chest hurts", "isUrgent": true });
    clinic.nora.try_send(clinic.chat, &body).await.expect(200);
    let third = clinic.nora.send(clinic.chat, "since noon").await;
    let mut his = clinic.okafor.socket().await;
    assert!(his.chats[0].brief.is_urgent);
    retract(&clinic.nora, 2).await;
    let chat_update = his.chat_where(|chat| chat.status.brief.revision == 1).await;
    assert!(!chat_update.status.brief.is_urgent, "the remaining messages are not urgent");
    assert_eq!(waits().await, Some(first.created_at));
    retract(&clinic.nora, 1).await;
    assert_eq!(waits().await, Some(third.created_at), "since the oldest that is left");
    retract(&clinic.nora, 3).await;
    assert_eq!(his.chat_where(|chat| chat.status.brief.awaiting == Awaiting::Patient).await.status.waiting_since, None);
    assert_eq!(waits().await, None, "nothing is left");
    let revision = clinic.okafor.chat(clinic.chat).await.status.brief.revision;
    retract(&clinic.nora, 3).await;
    assert_eq!(clinic.okafor.chat(clinic.chat).await.status.brief.revision, revision, "once is enough");
    // A retracted answer does not count as an answer.
    let fourth = clinic.nora.send(clinic.chat, "It is back").await;
    clinic.okafor.send(clinic.chat, "Wrong chat").await;
    assert_eq!(waits().await, None);
    retract(&clinic.okafor, 5).await;
    assert_eq!(waits().await, Some(fourth.created_at));
    // After "no reply needed", a retraction does not make the chat await an answer.
    clinic.act(&clinic.okafor, json!({ "act": "done", "seq": 5 })).await;
    retract(&clinic.nora, 4).await;
    assert_eq!(clinic.turn().await, Awaiting::Nobody);
    clinic.nora.send(clinic.chat, "Thank you").await;
    retract(&clinic.nora, 6).await;
    assert_eq!(waits().await, None, "not back to what needed none");
    let chat = clinic.act(&clinic.okafor, json!({ "act": "notDone" })).await;
    assert_eq!(chat.status.brief.awaiting, Awaiting::Patient, "no part of it is stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn message_sent_during_a_retraction_still_awaits_an_answer() {
    let clinic = clinic().await;
    for seq in (1..40).step_by(2) {
        clinic.nora.send(clinic.chat, "a slip").await;
        let path = clinic.path(&format!("messages/{seq}/retract"));
        let nothing = json!({});
        let (sent, retracted) = tokio::join!(clinic.nora.send(clinic.chat, "meant"), clinic.nora.post(&path, &nothing));
        retracted.expect(200);
        assert_eq!(clinic.waits_since().await, Some(sent.created_at));
        clinic.act(&clinic.okafor, json!({ "act": "done", "seq": seq + 1 })).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_members_can_change_the_chat_status() {
    let clinic = clinic().await;
    clinic.nora.send(clinic.chat, "hello").await;
    let (other, lin, robin) = (
        clinic.server.patient("Other").await,
        clinic.server.doctor("Dr. Lin").await,
        clinic.server.admin("Robin").await,
    );
    for person in [&*other as &Person, &*lin, &*robin] {
        for act in ["notDone", "close", "reopen", "block", "unblock", "unarchive"] {
            person.post(&clinic.path("standing"), &json!({ "act": act })).await.expect_problem(404, "chat_not_found");
        }
        let report = json!({ "reason": "x" });
        person.post(&clinic.path("report"), &report).await.expect_problem(404, "chat_not_found");
    }
    assert_eq!(clinic.okafor.chat(clinic.chat).await.status.brief.revision, 0);
    for bad in [json!({}), json!({ "act": "burn" }), json!({ "act": "done" })] {
        let reply = clinic.okafor.post(&clinic.path("standing"), &bad).await;
        assert!((400..500).contains(&reply.status), "{reply:?}");
    }
}

async fn overview(robin: &Admin) -> AdminOverview {
    robin.get("/api/oversight").await.expect(200).parse()
}

#[tokio::test(flavor = "multi_thread")]
async fn admin_sees_overdue_chats_and_reports_without_texts() {
    let clinic = clinic().await;
    let robin = clinic.server.admin("Robin").await;
    clinic.nora.send(clinic.chat, "a private question").await;
    assert!(overview(&robin).await.waiting.is_empty(), "not too long yet");
    clinic.server.database().execute(
        "UPDATE doctor_patient_chat SET waiting_since = '2026-01-05 08:00:00', updated_at = '2026-01-05 08:00:00'",
    );
    let reply = robin.get("/api/oversight").await.expect(200);
    assert!(!reply.body.contains("private question"));
    let waiting = &reply.parse::<AdminOverview>().waiting[0];
    assert_eq!((waiting.patient_name.as_str(), waiting.doctor_name.as_str()), ("Nora", "Dr. Okafor"));
    clinic.nora.post(&clinic.path("report"), &json!({ "reason": " He was rude. " })).await.expect(204);
    let report = overview(&robin).await.reports.remove(0);
    assert_eq!((report.reason.as_str(), report.is_by_doctor, report.settled_at), ("He was rude.", false, None));
    robin.post(&format!("/api/reports/{}/settle", report.id), &json!({})).await.expect(204);
    assert!(overview(&robin).await.reports[0].settled_at.is_some());
    robin.post("/api/reports/999/settle", &json!({})).await.expect_problem(404, "not_found");
    for person in [&*clinic.nora as &Person, &*clinic.okafor] {
        person.get("/api/oversight").await.expect_problem(403, "admins_only");
        let settle = format!("/api/reports/{}/settle", report.id);
        person.post(&settle, &json!({})).await.expect_problem(403, "admins_only");
    }
    clinic.okafor.send(clinic.chat, "Sorry for the delay").await;
    assert!(overview(&robin).await.waiting.is_empty());
    for more in 1..=3 {
        clinic.nora.post(&clinic.path("report"), &json!({ "reason": format!("{more}") })).await.expect(204);
    }
    let flood = clinic.nora.post(&clinic.path("report"), &json!({ "reason": "4" })).await;
    flood.expect_problem(429, "rate_limited");
    let empty = clinic.nora.post(&clinic.path("report"), &json!({ "reason": " " })).await;
    empty.expect_invalid(&[("reason", FieldCode::Required)]);
    assert_eq!(clinic.nora.chat(clinic.chat).await.last_seq, Seq(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn admin_sees_patients_who_wait_for_disabled_doctors() {
    let clinic = clinic().await;
    let robin = clinic.server.admin("Robin").await;
    clinic.nora.send(clinic.chat, "hello").await;
    let is_said = async |is_disabled: bool| {
        let waiting = overview(&robin).await.waiting;
        assert_eq!(waiting.len(), 1, "{waiting:?}");
        assert_eq!(waiting[0].is_doctor_disabled, is_disabled);
    };
    let days = |days: i64| Timestamp(server::db::time::now().0 + days * 86_400_000);
    let away = json!({ "acceptingChats": true, "away": { "from": days(-2), "until": days(500), "note": "" } });
    clinic.okafor.put("/api/doctor/settings", &away).await.expect(200);
    let ago = clinic.server.database().hours_ago(9);
    let set = format!("UPDATE doctor_patient_chat SET waiting_since = {ago}");
    clinic.server.database().execute(&set);
    let status = clinic.okafor.chat(clinic.chat).await.status;
    let waited = status.overdue_at.zip(status.waiting_since).map(|(due, since)| due.0 - since.0);
    assert_eq!(waited, Some(8 * 3_600_000), "no working hour is in sight: all count");
    is_said(false).await;
    let gone = clinic.okafor.id();
    let disable = format!(r#"UPDATE "user" SET disabled_at = '2026-01-01 00:00:00' WHERE id = {gone}"#);
    clinic.server.database().execute(&disable);
    is_said(true).await;
    // The chat is listed even if it is not overdue, because no doctor will answer it.
    clinic.server.database().execute(&format!("UPDATE \"user\" SET disabled_at = NULL WHERE id = {gone}"));
    let an_hour = |weekday: u8| json!({ "weekday": weekday, "opens": "03:00", "closes": "04:00" });
    let hours: Vec<Value> = (1..=7).map(an_hour).collect();
    clinic.okafor.put("/api/doctor/settings", &json!({ "acceptingChats": true, "hours": hours })).await.expect(200);
    assert_eq!(overview(&robin).await.waiting, [], "eight working hours are far away");
    clinic.server.database().execute(&disable);
    is_said(true).await;
    // Chats that a doctor can still answer come first.
    let lin = clinic.server.doctor("Dr. Lin").await;
    let chat = clinic.nora.initiate(&lin).await;
    clinic.nora.send(chat, "hello").await;
    let ago = clinic.server.database().hours_ago(9);
    let set = format!("UPDATE doctor_patient_chat SET waiting_since = {ago} WHERE chat_id = {chat}");
    clinic.server.database().execute(&set);
    let waiting = overview(&robin).await.waiting;
    assert_eq!(waiting.iter().map(|chat| chat.is_doctor_disabled).collect::<Vec<_>>(), [false, true]);
    // Many of those do not push out the chat that only the admin can close.
    clinic.server.database().add_chats(lin.id(), 250);
    let everybody = format!("UPDATE doctor_patient_chat SET waiting_since = {ago} WHERE doctor_id = {}", lin.id());
    clinic.server.database().execute(&everybody);
    let waiting = overview(&robin).await.waiting;
    assert_eq!((waiting.len(), waiting.last().map(|chat| chat.is_doctor_disabled)), (201, Some(true)));
}
