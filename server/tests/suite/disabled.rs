//! Chats with a disabled account: both members cannot write, no answer is awaited, and the members
//! and the admin see why.

use crate::support::{Doctor, Patient, Person, Server, SocketIo, client_id};
use app::protocol::{AdminOverview, Awaiting, Chat, ChatId, FieldCode, Seq, Timestamp, UserId};
use serde_json::json;

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
    /// Disables an account in the database, as an operator or the clinic's own program does.
    fn disable(&self, user: UserId) {
        self.server
            .database()
            .execute(&format!(r#"UPDATE "user" SET disabled_at = '2026-01-01 00:00:00' WHERE id = {user}"#));
    }

    fn enable(&self, user: UserId) {
        self.server.database().execute(&format!(r#"UPDATE "user" SET disabled_at = NULL WHERE id = {user}"#));
    }

    fn disabled_member(&self) -> Vec<String> {
        self.server.database().texts("SELECT COALESCE(disabled_member, '') FROM doctor_patient_chat")
    }

    /// The problem codes of a message sent by each of the three ways.
    async fn refusals(&self, person: &Person) -> [String; 3] {
        let body = json!({ "clientId": client_id(), "content": "Are you there?" });
        let reply = person.try_send(self.chat, &body).await.expect(409);
        let mut socket = person.socket().await;
        let sent = socket.push_send(self.chat, "Are you there?").await;
        let (refused, code) = socket.rejected().await;
        assert_eq!(refused, sent);
        let mut socket_io = SocketIo::open(person).await;
        let ack = socket_io.call("message:send", &json!({ "chatId": self.chat, "content": "Are you there?" })).await;
        assert_eq!(ack["ok"], false);
        [reply.json()["code"].clone(), json!(code), ack["code"].clone()]
            .map(|code| code.as_str().unwrap_or_default().to_owned())
    }
}

fn is_gone(chat: &Chat) -> bool {
    chat.status.is_peer_disabled
}

#[tokio::test(flavor = "multi_thread")]
async fn patient_of_a_disabled_doctor_awaits_no_answer() {
    let clinic = clinic().await;
    let in_a_day = Timestamp(server::db::time::now().0 + 86_400_000);
    let away = json!({ "from": "2026-01-01T00:00:00.000Z", "until": in_a_day, "note": "Back soon!" });
    let id = client_id();
    let before = clinic.nora.send_as(clinic.chat, id, "Is it serious?").await;
    clinic.okafor.put("/api/doctor/settings", &json!({ "acceptingChats": true, "away": away })).await.expect(200);
    assert!(clinic.nora.chat(clinic.chat).await.peer.availability.is_some());
    let mut hers = clinic.nora.socket().await;
    clinic.disable(clinic.okafor.id());
    // An open page gets the new status.
    let chat_update = hers.chat_where(is_gone).await;
    assert_eq!((chat_update.status.brief.awaiting, chat_update.status.waiting_since), (Awaiting::Nobody, None));
    assert_eq!(chat_update.peer.availability, None, "not back soon");
    // A page that reconnects gets a higher revision, so that it takes the new status.
    let counters = clinic.nora.socket().await.chats[0];
    assert_eq!(counters.brief, chat_update.status.brief);
    assert!(counters.brief.revision > hers.chats[0].brief.revision);
    assert_eq!(clinic.refusals(&clinic.nora).await, ["doctor_not_available"; 3].map(str::to_owned));
    let page = clinic.nora.history(clinic.chat, "").await;
    assert_eq!(
        page.messages,
        std::slice::from_ref(&before),
        "nothing is stored, and nothing is answered for the doctor"
    );
    assert_eq!(clinic.nora.send_as(clinic.chat, id, "Is it serious?").await, before, "what was stored before is");
    clinic.enable(clinic.okafor.id());
    let chat_update = hers.chat_where(|chat| !is_gone(chat)).await;
    assert_eq!(chat_update.status.waiting_since, Some(before.created_at), "the question still waits");
    clinic.nora.send(clinic.chat, "Welcome back").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chat_with_disabled_doctor_cannot_be_started_or_continued() {
    let clinic = clinic().await;
    let tomas = clinic.server.patient("Tomás").await;
    clinic.disable(clinic.okafor.id());
    for patient in [&clinic.nora, &tomas] {
        let reply = patient.post("/api/chats/initiate", &json!({ "doctorId": clinic.okafor.id() })).await;
        reply.expect_problem(409, "doctor_not_available");
    }
    assert_eq!(clinic.server.database().number("SELECT COUNT(*) FROM doctor_patient_chat"), 1);
    assert_eq!(clinic.nora.chat(clinic.chat).await.last_seq, Seq(0), "the old one can be read");
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_sees_a_disabled_patient_and_owes_no_answer() {
    let clinic = clinic().await;
    clinic.nora.send(clinic.chat, "Is it serious?").await;
    let mut his = clinic.okafor.socket().await;
    clinic.disable(clinic.nora.id());
    let chat_update = his.chat_where(is_gone).await;
    assert_eq!((chat_update.status.brief.awaiting, chat_update.status.overdue_at), (Awaiting::Nobody, None));
    assert_eq!(clinic.refusals(&clinic.okafor).await, ["patient_not_available"; 3].map(str::to_owned));
    // A closed chat stays closed, because no member could write in a reopened one.
    let path = format!("/api/chats/{}/standing", clinic.chat);
    clinic.okafor.post(&path, &json!({ "act": "close", "reason": "Account closed." })).await.expect(200);
    assert!(!clinic.okafor.chat(clinic.chat).await.status.closed.unwrap().may_reopen);
    clinic.okafor.post(&path, &json!({ "act": "reopen" })).await.expect_problem(409, "patient_not_available");
}

#[tokio::test(flavor = "multi_thread")]
async fn database_records_disabling_by_any_program() {
    let clinic = clinic().await;
    assert_eq!(clinic.disabled_member(), [""]);
    clinic.disable(clinic.okafor.id());
    assert_eq!(clinic.disabled_member(), ["doctor"]);
    clinic.disable(clinic.okafor.id());
    clinic.disable(clinic.nora.id());
    assert_eq!(clinic.disabled_member(), ["both"]);
    assert_eq!(
        clinic.server.database().number("SELECT revision FROM doctor_patient_chat"),
        2,
        "what was so before is no change"
    );
    clinic.enable(clinic.okafor.id());
    assert_eq!(clinic.disabled_member(), ["patient"]);
    clinic.enable(clinic.nora.id());
    assert_eq!(clinic.disabled_member(), [""]);
    // Another program starts a chat.
    let lin = clinic.server.doctor("Dr. Lin").await;
    clinic.disable(lin.id());
    clinic.server.database().execute(&format!(
        "INSERT INTO doctor_patient_chat (doctor_id, patient_id, created_at, updated_at) \
         VALUES ({}, {}, '2026-01-01 00:00:00', '2026-01-01 00:00:00')",
        lin.id(),
        clinic.nora.id()
    ));
    let of_lin = format!("SELECT disabled_member FROM doctor_patient_chat WHERE doctor_id = {}", lin.id());
    assert_eq!(clinic.server.database().texts(&of_lin), ["doctor"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn account_disabled_and_enabled_again_is_published() {
    let clinic = clinic().await;
    let mut his = clinic.okafor.socket().await;
    let before = clinic.okafor.chat(clinic.chat).await.status.brief.revision;
    clinic.disable(clinic.nora.id());
    clinic.enable(clinic.nora.id());
    let chat_update = his.chat_where(|chat| chat.status.brief.revision == before + 2).await;
    assert!(!chat_update.status.is_peer_disabled);
}

#[tokio::test(flavor = "multi_thread")]
async fn admin_can_close_only_chats_that_nobody_answers() {
    let clinic = clinic().await;
    let robin = clinic.server.admin("Robin").await;
    clinic.nora.send(clinic.chat, "a private question").await;
    let path = format!("/api/chats/{}/close", clinic.chat);
    let reason = json!({ "reason": " Dr. Okafor has left. Please write to Dr. Lin. " });
    robin.post(&path, &reason).await.expect_problem(404, "chat_not_found");
    clinic.disable(clinic.okafor.id());
    let waits = async || {
        let reply = robin.get("/api/oversight").await.expect(200);
        assert!(!reply.body.contains("private question"));
        reply.parse::<AdminOverview>().waiting.len()
    };
    assert_eq!(waits().await, 1, "somebody has asked, and nobody will answer");
    clinic.nora.post(&path, &reason).await.expect_problem(403, "admins_only");
    robin.post(&path, &json!({ "reason": " " })).await.expect_invalid(&[("reason", FieldCode::Required)]);
    robin.post("/api/chats/999/close", &reason).await.expect_problem(404, "chat_not_found");
    let mut hers = clinic.nora.socket().await;
    let reply = robin.post(&path, &reason).await.expect(204);
    assert_eq!(reply.body, "");
    let chat_update = hers.chat_where(|chat| chat.status.closed.is_some()).await;
    let closed = chat_update.status.closed.unwrap();
    assert_eq!(closed.reason, "Dr. Okafor has left. Please write to Dr. Lin.");
    assert!(closed.is_by_clinic && !closed.may_reopen);
    assert_eq!(waits().await, 0, "for ever is over");
    robin.post(&path, &json!({ "reason": "again" })).await.expect(204);
    assert_eq!(clinic.nora.chat(clinic.chat).await.status.closed, Some(closed), "once is enough");
    let status = format!("/api/chats/{}/standing", clinic.chat);
    let reopen = json!({ "act": "reopen" });
    clinic.nora.post(&status, &reopen).await.expect_problem(409, "doctor_not_available");
    // Chats are listed even if no member waits. The list shows one more chat only after the first is
    // closed.
    let unattended = async || robin.get("/api/oversight").await.expect(200).parse::<AdminOverview>().unattended;
    assert!(unattended().await.is_empty());
    let tomas = clinic.server.patient("Tomás").await;
    let lin = clinic.server.doctor("Dr. Lin").await;
    let other = tomas.initiate(&lin).await;
    tomas.send(other, "a private question").await;
    clinic.disable(tomas.id());
    let listed = unattended().await;
    assert_eq!(listed.len(), 1);
    assert!(listed[0].chat_id == other && listed[0].patient_name == "Tomás" && !listed[0].is_doctor_disabled);
    robin.post(&format!("/api/chats/{other}/close"), &json!({ "reason": "Moved away." })).await.expect(204);
    assert!(unattended().await.is_empty());
    // A doctor who comes back can reopen the chat.
    clinic.enable(clinic.okafor.id());
    clinic.okafor.post(&status, &reopen).await.expect(200);
    clinic.nora.send(clinic.chat, "hello again").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_show_disabled_accounts_and_links_without_script() {
    let clinic = clinic().await;
    clinic
        .server
        .admin("Robin")
        .await
        .put("/api/clinic/safety", &json!({ "emergencyNumber": "112" }))
        .await
        .expect(200);
    clinic.nora.send(clinic.chat, "Is it serious?").await;
    let room = format!("/patient/chat/{}", clinic.chat);
    assert!(clinic.nora.get(&room).await.expect(200).page().contains(r#"id="message""#));
    clinic.disable(clinic.okafor.id());
    let page = clinic.nora.get(&room).await.expect(200).page();
    assert!(page.contains("Dr. Okafor no longer answers here"), "{page}");
    assert!(page.contains("No longer answers</span>"), "in the list");
    assert!(page.contains(r#"href="/patient" class="button small""#) || page.contains("Find a doctor"), "{page}");
    assert!(page.contains("tel:112"));
    assert!(!page.contains(r#"id="message""#), "no field to write in");
    assert!(!page.contains("inbox since"), "nobody has an inbox");
}
