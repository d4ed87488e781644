//! Everything a user does without JavaScript: plain forms, redirects and pages.

use crate::support::{Browser, PASSWORD, Reply, Server, client_id};
use app::protocol::Seq;
use http::Method;
use serde_json::json;

const SIGN_IN: &str = "/fn/account/sign-in";
const SEND: &str = "/fn/message/send";

#[tokio::test(flavor = "multi_thread")]
async fn patient_signs_up_finds_a_doctor_and_chats_without_script() {
    let server = Server::start().await;
    let okafor = server.doctor("Dr. Samuel Okafor").await;
    let mut patient = Browser::of(&server.stranger());
    let form = [("name", "Nora Lindqvist"), ("email", "nora@example.org"), ("password", PASSWORD)];
    let signed_up = patient.submit("/create-account", "/fn/account/sign-up", &form).await.expect(303);
    let home = patient.follow(&signed_up.expect_redirect("/patient")).await.expect(200);
    assert!(home.body.contains("Chat with Dr. Samuel Okafor"));

    let doctor = okafor.id().to_string();
    let started = patient.submit("/patient", "/fn/chat/initiate", &[("doctor", &doctor)]).await.expect(303);
    let chat = okafor.chats("").await.chats[0].chat_id;
    let room = format!("/patient/chat/{chat}");
    let page = patient.follow(&started.expect_redirect(&room)).await.expect(200);
    assert!(page.page().contains(&format!(r#"name="chat" value="{chat}""#)), "a form to write with");

    let (chat_text, id) = (chat.to_string(), client_id().to_string());
    let fields = [("chat", chat_text.as_str()), ("client_id", id.as_str()), ("content", "Good morning,\r\ndoctor")];
    for _ in 0..2 {
        // Going back and sending the form again stores no second message.
        let sent = patient.submit(&room, SEND, &fields).await;
        assert_eq!(
            sent.header("location").trim_end_matches('?'),
            format!("{}{room}", server.base()),
            "back to the room"
        );
        assert!(patient.follow(&sent).await.expect(200).page().contains("Good morning,"));
    }
    let stored = okafor.history(chat, "").await.messages;
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].content, "Good morning,\ndoctor", "line ends as typed, not as forms send them");

    let mut his = Browser::of(&okafor);
    let his_room = format!("/doctor/chat/{chat}");
    let unread = his.open(&his_room).await.expect(200);
    assert!(unread.body.contains("Mark as read"));
    let read = his.submit(&his_room, "/fn/message/read", &[("chat", &chat_text), ("seq", "1")]).await;
    let back = his.follow(&read).await.expect(200);
    assert!(!back.body.contains("Mark as read"));
    assert_eq!(okafor.chat(chat).await.read_seq, Seq(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_redirects_home_or_back_but_never_to_another_site() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let own_chat = format!("/patient/chat/{chat}");
    for (next, leads_to) in [
        (own_chat.as_str(), own_chat.as_str()),
        ("/patient", "/patient"),
        ("", "/patient"),
        ("/doctor", "/patient"),
        ("/patientevil", "/patient"),
        ("https://evil.example/", "/patient"),
        ("//evil.example", "/patient"),
        ("/\\evil.example", "/patient"),
        ("/patient/../../evil", "/patient"),
        ("/patient\r\nSet-Cookie: x=y", "/patient"),
    ] {
        let mut browser = Browser::of(&server.stranger());
        let fields = [("email", nora.email.as_str()), ("password", PASSWORD), ("next", next)];
        let reply = browser.submit("/sign-in", SIGN_IN, &fields).await.expect(303).expect_redirect(leads_to);
        browser.follow(&reply).await.expect(200);
    }
    let mut his = Browser::of(&server.stranger());
    let fields = [("email", okafor.email.as_str()), ("password", PASSWORD)];
    his.submit("/sign-in", SIGN_IN, &fields).await.expect(303).expect_redirect("/doctor");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_password_redirects_to_the_form_with_an_error() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    let mut browser = Browser::of(&server.stranger());
    let fields = [("email", nora.email.as_str()), ("password", "not-the-password-1")];
    let reply = browser.submit("/sign-in", SIGN_IN, &fields).await;
    let location = reply.header("location");
    assert!(location.starts_with(&format!("{}/sign-in?", server.base())), "{reply:?}");
    for secret in ["not-the-password-1", nora.email.as_str(), "%40"] {
        assert!(!location.contains(secret), "{secret} in {location}");
    }
    assert_eq!(reply.header("set-cookie"), "");
    let page = browser.follow(&reply).await.expect(200).page();
    assert!(page.contains("The email or password is incorrect."), "in words");
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_sign_up_form_shows_each_fault_at_its_field() {
    let server = Server::start().await;
    let mut browser = Browser::of(&server.stranger());
    let form = [("name", "Nora"), ("email", "nobody"), ("password", "short")];
    let reply = browser.submit("/create-account", "/fn/account/sign-up", &form).await;
    let page = browser.follow(&reply).await.expect(200).page();
    assert!(page.contains("Please use 15 characters or more."));
    assert!(page.contains("Please enter an email address, like name@example.org."));
    assert_eq!(server.database().number(r#"SELECT COUNT(*) FROM "user""#), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_out_ends_the_session_and_redirects_to_sign_in() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    let mut browser = Browser::of(&nora);
    let reply = browser.submit("/patient", "/fn/account/sign-out", &[]).await.expect_redirect("/sign-in");
    browser.follow(&reply).await.expect(200);
    nora.get("/api/session").await.expect_problem(401, "unauthenticated");
    browser.client().get("/patient").await.expect_redirect("/sign-in?next=/patient");
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_follow_the_same_rules_as_the_api() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let (tomas, garcia) = (server.patient("Tomás").await, server.doctor("Dr. García").await);
    let chat = nora.initiate(&okafor).await;
    let (chat_text, id, doctor) = (chat.to_string(), client_id().to_string(), garcia.id().to_string());
    let send = [("chat", chat_text.as_str()), ("client_id", id.as_str()), ("content", "let me in")];
    let empty = [("chat", chat_text.as_str()), ("client_id", id.as_str()), ("content", " \r\n ")];
    let too_long = "é".repeat(10_001);
    let too_long = [("chat", chat_text.as_str()), ("client_id", id.as_str()), ("content", too_long.as_str())];
    let read = [("chat", chat_text.as_str()), ("seq", "1")];
    let initiate = [("doctor", doctor.as_str())];
    Browser::of(&tomas).submit("/patient", SEND, &send).await;
    Browser::of(&tomas).submit("/patient", "/fn/message/read", &read).await;
    Browser::of(&garcia).submit("/doctor", SEND, &send).await;
    Browser::of(&server.stranger()).submit("/sign-in", SEND, &send).await;
    Browser::of(&server.stranger()).submit("/sign-in", "/fn/chat/initiate", &initiate).await;
    Browser::of(&okafor).submit("/doctor", "/fn/chat/initiate", &initiate).await;
    let room = format!("/patient/chat/{chat}");
    for fields in [&empty[..], &too_long[..]] {
        let mut browser = Browser::of(&nora);
        let reply = browser.submit(&room, SEND, fields).await;
        assert!(reply.header("location").starts_with(&format!("{}{room}?", server.base())), "{}", reply.status);
        browser.follow(&reply).await.expect(200);
    }
    assert_eq!(server.database().number("SELECT COUNT(*) FROM chat_message"), 0);
    assert_eq!(server.database().number("SELECT COUNT(*) FROM doctor_patient_chat"), 1);
    assert_eq!(server.database().number("SELECT SUM(read_seq) FROM chat_member"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn longest_message_can_be_sent_by_form() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let content = "🦤".repeat(10_000);
    let (chat_text, id) = (chat.to_string(), client_id().to_string());
    let fields = [("chat", chat_text.as_str()), ("client_id", id.as_str()), ("content", content.as_str())];
    Browser::of(&nora).submit(&format!("/patient/chat/{chat}"), SEND, &fields).await;
    assert_eq!(okafor.history(chat, "").await.messages[0].content, content);
}

/// The address that the form on a page is posted to.
fn action(page: &Reply) -> String {
    let (_, rest) = page.body.split_once("action=\"").expect("a form");
    rest.split_once('"').unwrap().0.replace("&amp;", "&")
}

#[tokio::test(flavor = "multi_thread")]
async fn too_large_form_comes_back_with_its_text_to_be_sent_again() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let (room, chat, id) = (format!("/patient/chat/{chat}"), chat.to_string(), client_id().to_string());
    let typed = "It <hurts> & \"burns\".\r\n".repeat(6_500);
    let mut browser = Browser::of(&nora);
    let fields = [("chat", chat.as_str()), ("client_id", id.as_str()), ("content", typed.as_str())];
    let page = browser.submit(&room, SEND, &fields).await.expect(413);
    assert!(page.header("content-type").starts_with("text/html"));
    let shown = typed.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    assert!(page.body.contains(&shown), "all of it");
    assert!(page.body.contains("shorten it") && page.body.contains(&format!("value=\"{id}\"")), "and how to go on");
    let action = action(&page);
    assert!(!action.contains("hurts"), "{action}");
    let shorter = [("chat", chat.as_str()), ("client_id", id.as_str()), ("content", "It hurts")];
    let sent = browser.submit(&action, &action, &shorter).await;
    assert!(browser.follow(&sent).await.expect(200).page().contains("It hurts"), "{}", sent.header("location"));
    assert_eq!(sent.header("location").trim_end_matches('?'), format!("{}{room}", server.base()));
}

#[tokio::test(flavor = "multi_thread")]
async fn shed_form_comes_back_with_its_text_and_call_gets_a_problem() {
    let server = Server::tuned(|_| {}, |config| config.calls_max = 0).await;
    let nora = server.patient("Nora").await;
    let (room, id) = ("/patient/chat/1", client_id().to_string());
    let fields = [("chat", "1"), ("client_id", id.as_str()), ("content", "My knee <hurts>")];
    let page = Browser::of(&nora).submit(room, SEND, &fields).await.expect(503);
    assert!(page.body.contains("My knee &lt;hurts&gt;</textarea>") && page.body.contains("busy"), "{page:?}");
    assert_eq!(page.header("refresh"), "", "a refresh would lose it");
    assert!(action(&page).starts_with(SEND));
    nora.post("/fn/chat/list", &json!({ "query": {} })).await.expect_problem(503, "overloaded");
    let spanish = nora.request(Method::POST, SEND).header("accept", "text/html").header("accept-language", "es");
    let spanish = spanish.form(&fields).send().await.unwrap().text().await.unwrap();
    assert!(spanish.contains("lang=\"es\"") && spanish.contains("Enviar de nuevo"), "{spanish}");
}

#[tokio::test(flavor = "multi_thread")]
async fn form_addresses_answer_script_with_problems() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    let credentials = serde_json::json!({ "chat": 987_654_321 });
    let reply = nora.post("/fn/chat/show", &credentials).await.expect(404);
    assert_eq!(reply.json()["code"], "chat_not_found");
    let reply = server.stranger().post("/fn/chat/show", &credentials).await.expect(401);
    assert_eq!(reply.json()["code"], "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn form_message_with_signs_of_an_emergency_is_urgent() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let chat_text = chat.to_string();
    let send = async |browser: &mut Browser, room: &str, content: &str| {
        let id = client_id().to_string();
        let fields = [("chat", chat_text.as_str()), ("client_id", id.as_str()), ("content", content)];
        browser.submit(room, SEND, &fields).await.expect(302);
    };
    let (mut hers, mut his) = (Browser::of(&nora), Browser::of(&okafor));
    let room = format!("/patient/chat/{chat}");
    send(&mut hers, &room, "I have a rash").await;
    send(&mut hers, &room, "I have chest pain since this morning").await;
    send(&mut his, &format!("/doctor/chat/{chat}"), "Chest pain? Please call 112").await;
    let stored = okafor.history(chat, "").await.messages;
    assert_eq!(stored.iter().map(|message| message.is_urgent).collect::<Vec<_>>(), [false, true, false]);
}
