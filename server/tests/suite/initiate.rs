//! `POST /api/chats/initiate`: patients start chats, one per doctor.

use crate::support::{Ask, Person, Reply, Server};
use app::protocol::{FieldCode, UserId};
use http::Method;
use serde_json::{Value, json};

const PATH: &str = "/api/chats/initiate";

async fn try_initiate(person: &Person, doctor: UserId) -> Reply {
    person.post(PATH, &json!({ "doctorId": doctor })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn initiating_again_returns_the_same_chat() {
    let server = Server::start().await;
    let (nora, tomas) = (server.patient("Nora").await, server.patient("Tomás").await);
    let (okafor, garcia) = (server.doctor("Dr. Okafor").await, server.doctor("Dr. García").await);
    let chat = nora.initiate(&okafor).await;
    nora.send(chat, "hello").await;
    for _ in 0..3 {
        let reply = try_initiate(&nora, okafor.id()).await.expect(200);
        assert_eq!(reply.json(), json!({ "chatId": chat }));
    }
    let (other_doctor, other_patient) = (nora.initiate(&garcia).await, tomas.initiate(&okafor).await);
    assert!(chat != other_doctor && chat != other_patient && other_doctor != other_patient);
    assert_eq!(server.database().number("SELECT COUNT(*) FROM doctor_patient_chat"), 3);
    assert_eq!(server.database().number("SELECT COUNT(*) FROM chat_member"), 6);
    assert_eq!(nora.chat(chat).await.last_seq.0, 1, "what was said is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn initiate_uses_the_signed_in_patient_whatever_is_sent() {
    let server = Server::start().await;
    let (nora, tomas, okafor) =
        (server.patient("Nora").await, server.patient("Tomás").await, server.doctor("Dr. Okafor").await);
    let body = json!({ "doctorId": okafor.id(), "patientId": tomas.id(), "userId": tomas.id(), "role": "admin" });
    nora.post(PATH, &body).await.expect(200);
    assert_eq!(nora.chats("").await.chats.len(), 1);
    assert_eq!(tomas.chats("").await.chats.len(), 0);
}

/// Valid and invalid bodies. A user who is not a patient gets the same answer to all of them.
fn bodies(doctor: UserId) -> Vec<String> {
    let json: [Value; 6] = [
        json!({ "doctorId": doctor }),
        json!({ "doctorId": i64::MAX }),
        json!({ "doctorId": doctor, "role": "patient" }),
        json!({}),
        json!({ "doctorId": "x" }),
        json!([]),
    ];
    json.iter().map(Value::to_string).chain(["not json".to_owned(), String::new()]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn doctors_and_admins_cannot_initiate_chats() {
    let server = Server::start().await;
    let (okafor, garcia, robin) =
        (server.doctor("Dr. Okafor").await, server.doctor("Dr. García").await, server.admin("Robin").await);
    for body in bodies(garcia.id()) {
        okafor.post_raw(PATH, body.clone()).await.expect_problem(403, "patients_only");
        robin.post_raw(PATH, body).await.expect_problem(403, "patients_only");
    }
    try_initiate(&okafor, okafor.id()).await.expect_problem(403, "patients_only");
    okafor.request(Method::POST, PATH).reply().await.expect_problem(403, "patients_only");
    assert_eq!(server.database().number("SELECT COUNT(*) FROM doctor_patient_chat"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn chats_can_be_initiated_only_with_active_doctors() {
    let server = Server::start().await;
    let (nora, tomas, robin) =
        (server.patient("Nora").await, server.patient("Tomás").await, server.admin("Robin").await);
    let gone = server.listed_doctor("Dr. Gone", "Neurology").await;
    server
        .database()
        .execute(&format!(r#"UPDATE "user" SET disabled_at = '2026-01-01 00:00:00' WHERE id = {}"#, gone.id));
    try_initiate(&nora, gone.id).await.expect_problem(409, "doctor_not_available");
    for nobody in [nora.id(), tomas.id(), robin.id(), UserId(0), UserId(-1), UserId(i64::MAX)] {
        try_initiate(&nora, nobody).await.expect_problem(404, "doctor_not_found");
    }
    assert_eq!(server.database().number("SELECT COUNT(*) FROM doctor_patient_chat"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_who_accepts_no_new_chats_keeps_existing_ones() {
    let server = Server::start().await;
    let (nora, tomas, okafor) =
        (server.patient("Nora").await, server.patient("Tomás").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    server.database().execute("UPDATE doctor_profile SET accepting_chats = FALSE");
    try_initiate(&tomas, okafor.id()).await.expect_problem(409, "doctor_not_accepting");
    assert_eq!(nora.initiate(&okafor).await, chat);
    nora.send(chat, "still here").await;
    okafor.send(chat, "so am I").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn initiate_reports_the_faults_of_the_body() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    nora.post(PATH, &json!({})).await.expect_invalid(&[("doctorId", FieldCode::Required)]);
    nora.post(PATH, &json!({ "doctorId": null })).await.expect_invalid(&[("doctorId", FieldCode::Required)]);
    for wrong in [json!("1"), json!(1.5), json!([1]), json!(true)] {
        nora.post(PATH, &json!({ "doctorId": wrong })).await.expect_problem(422, "invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_members_are_notified_once_of_a_new_chat() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let (mut hers, mut his) = (nora.socket().await, okafor.socket().await);
    let chat = nora.initiate(&okafor).await;
    let (for_her, for_him) = (hers.chat().await, his.chat().await);
    assert_eq!((for_her.chat_id, for_him.chat_id), (chat, chat));
    assert_eq!((for_her.peer.name.as_str(), for_him.peer.name.as_str()), ("Dr. Okafor", "Nora"));
    assert_eq!((for_him.last_seq.0, for_him.unread, for_him.last_message), (0, 0, None));
    nora.initiate(&okafor).await;
    nora.send(chat, "hello").await;
    let frames = his.frames_until_message("hello").await;
    assert_eq!(frames.len(), 1, "nothing came before the message: {frames:?}");
}
