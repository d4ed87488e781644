//! Personal data is in the database and on its owner's pages, and nowhere else.

use crate::support::{Ask, Browser, Client, Program, Socket};
use app::protocol::ChatId;
use http::{Method, header};
use serde_json::{Value, json};

/// A word that does not occur by chance.
const TEXT: &str = "canarytext";
const NAME: &str = "Canaryname";
const EMAIL: &str = "canarymail@example.org";
const PASSWORD: &str = "canarypass zebra 41";
const SEARCH: &str = "canarysearch";

async fn sign_up(client: &Client) -> Client {
    let body = json!({ "name": NAME, "email": EMAIL, "password": PASSWORD });
    let reply = client.post("/api/accounts", &body).await.expect(201);
    client.with_cookie(reply.cookie())
}

async fn sign_in(client: &Client, email: &str) -> Client {
    let reply = client.post("/api/session", &json!({ "email": email, "password": PASSWORD })).await.expect(200);
    client.with_cookie(reply.cookie())
}

/// Calls everything that accepts a user's texts, with valid and with invalid input.
async fn use_everything(nora: &Client, chat: ChatId, doctor: i64) -> Vec<String> {
    let messages = format!("/api/chats/{chat}/messages");
    let id = crate::support::client_id();
    let send = |id: &str, content: &str| json!({ "clientId": id, "content": content });
    let stranger = Client::new(nora.base());
    let mut refusals = Vec::new();
    for (path, body) in [
        ("/api/accounts", json!({ "name": NAME, "email": EMAIL, "password": PASSWORD })),
        ("/api/accounts", json!({ "name": NAME, "email": "canarymail", "password": "canarypass" })),
        ("/api/session", json!({ "email": EMAIL, "password": format!("{PASSWORD}!") })),
        ("/api/session", json!({ "email": EMAIL, "password": [PASSWORD] })),
    ] {
        refusals.push(stranger.post(path, &body).await);
    }
    nora.post(&messages, &send(&id.to_string(), TEXT)).await.expect(200);
    for body in [
        send(&id.to_string(), &format!("{TEXT} again")),
        send(TEXT, TEXT),
        send(&crate::support::client_id().to_string(), &format!("{TEXT}\0")),
        send(&crate::support::client_id().to_string(), &TEXT.repeat(1_001)),
        json!({ "clientId": id, "content": [TEXT] }),
    ] {
        refusals.push(nora.post(&messages, &body).await);
    }
    refusals.push(nora.post_raw(&messages, format!(r#"{{"content": "{TEXT}"#)).await);
    refusals.push(nora.post("/api/chats/999/messages", &send(&id.to_string(), TEXT)).await);
    nora.get(&format!("/api/doctors?query={SEARCH}")).await.expect(200);
    refusals.push(nora.get(&format!("/api/doctors?query={SEARCH}&limit=999")).await);

    let mut browser = Browser::of(nora);
    let (room, chat_text) = (format!("/patient/chat/{chat}"), chat.to_string());
    let page = browser.open(&room).await.expect(200);
    assert!(page.body.contains(TEXT), "the canary sings where it should");
    browser.submit("/patient", "/patient", &[("query", SEARCH)]).await.expect(200);
    let form_id = crate::support::client_id().to_string();
    for (chat, id) in [(chat_text.as_str(), form_id.as_str()), ("999", &form_id), ("x", TEXT)] {
        let fields = [("chat", chat), ("client_id", id), ("content", TEXT)];
        browser.submit(&room, "/fn/message/send", &fields).await;
    }
    browser.submit("/patient", "/fn/chat/initiate", &[("doctor", &doctor.to_string())]).await;

    let mut socket = Socket::open(nora).await;
    socket.send(chat, TEXT).await;
    socket.push_send(chat, &format!("{TEXT}\0")).await;
    socket.push_send(ChatId(999), TEXT).await;
    socket.push_text(&format!(r#"{{"type": "send", "content": "{TEXT}""#)).await;
    socket.push_text(&json!({ "type": TEXT, "content": TEXT }).to_string()).await;
    socket.expect_alive().await;
    refusals
        .into_iter()
        .map(|reply| {
            assert!(reply.status >= 400, "{reply:?}");
            reply.body
        })
        .collect()
}

/// Calls everything that accepts texts about messages and chats, and texts of doctors and the
/// admin, first with valid and then with invalid input.
async fn use_the_doctors_day(nora: &Client, [okafor, robin]: [&Client; 2], chat: ChatId) -> Vec<String> {
    let path = |what: &str| format!("/api/chats/{chat}/{what}");
    let messages = path("messages");
    let id = || crate::support::client_id();
    let sent = nora.post(&messages, &json!({ "clientId": id(), "content": TEXT })).await.expect(200).json();
    let seq = sent["message"]["seq"].as_i64().unwrap();
    let correct = |seq: i64| json!({ "clientId": id(), "content": format!("{TEXT} corrected"), "corrects": seq });
    nora.post(&messages, &correct(seq)).await.expect(200);
    nora.post(&path(&format!("messages/{seq}/retract")), &json!({})).await.expect(200);
    nora.post("/api/search", &json!({ "query": SEARCH })).await.expect(200);
    nora.post(&path("report"), &json!({ "reason": TEXT })).await.expect(204);
    okafor.post("/api/saved-replies", &json!({ "title": TEXT, "content": TEXT })).await.expect(201);
    let period = json!({ "from": "2026-01-01T00:00:00Z", "until": "2099-01-01T00:00:00Z", "note": TEXT });
    okafor.put("/api/doctor/settings", &json!({ "acceptingChats": true, "away": period })).await.expect(200);
    nora.post(&messages, &json!({ "clientId": id(), "content": TEXT })).await.expect(200);
    okafor.post(&path("standing"), &json!({ "act": "close", "reason": TEXT })).await.expect(200);
    robin.put("/api/clinic/safety", &json!({ "phrases": { "en": TEXT } })).await.expect(200);
    robin.get("/api/oversight").await.expect(200);
    let refused = [
        nora.post("/api/search", &json!({ "query": SEARCH.repeat(20) })).await,
        nora.post(&messages, &correct(999)).await,
        nora.post(&path("report"), &json!({ "reason": format!("{TEXT}\0") })).await,
        nora.post(&path("standing"), &json!({ "act": "close", "reason": TEXT })).await,
        okafor.post(&path("standing"), &json!({ "act": "close", "reason": TEXT.repeat(100) })).await,
        okafor.post("/api/saved-replies", &json!({ "title": TEXT.repeat(100), "content": TEXT })).await,
        okafor.put("/api/doctor/settings", &json!({ "away": { "from": 0, "note": TEXT } })).await,
        robin.put("/api/clinic/safety", &json!({ "phrases": { "en": format!("{TEXT}*{TEXT}\0") } })).await,
    ];
    refused
        .into_iter()
        .map(|reply| {
            assert!((400..500).contains(&reply.status), "{reply:?}");
            reply.body
        })
        .collect()
}

fn canaries(token: &str) -> [String; 7] {
    // The last letters are missing, so that shortened words are found too.
    ["canarytext", "Canaryname", "canaryname", "canarymail", "canarypass", "canarysearch", token].map(str::to_owned)
}

/// The text as programs print bytes that they do not treat as text.
fn as_numbers(text: &str) -> String {
    text.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(", ")
}

#[track_caller]
fn assert_silent(what: &str, text: &str, token: &str) {
    for canary in canaries(token) {
        let numbers = as_numbers(&canary);
        let line = text.lines().find(|line| line.contains(&canary) || line.contains(&numbers));
        assert!(line.is_none(), "{canary} in {what}: {}", line.unwrap_or_default());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn log_contains_no_personal_data_at_any_level() {
    // These levels include modules that are named explicitly.
    for level in ["trace", "info,tungstenite=trace,tokio_postgres=trace,hyper=trace"] {
        the_log_is_silent(level).await;
    }
}

async fn the_log_is_silent(level: &str) {
    let program = Program::on_either_database().env("BEDSIDE_LOG", level).env("BEDSIDE_LIMIT_SCALE", "1000");
    let add =
        ["user", "add", "--role", "doctor", "--email", "d@example.org", "--name", NAME, "--specialty", "Neurology"];
    let added = program.run(&add, PASSWORD).await;
    assert_silent("the log of user add", std::str::from_utf8(&added.stderr).unwrap(), PASSWORD);
    let add = ["user", "add", "--role", "admin", "--email", "r@example.org", "--name", NAME];
    program.run(&add, PASSWORD).await;
    let serving = program.serve().await;
    let nora = sign_up(&serving.client).await;
    let doctor = nora.get("/api/doctors").await.expect(200).json()["doctors"][0]["id"].as_i64().unwrap();
    let opened: Value = nora.post("/api/chats/initiate", &json!({ "doctorId": doctor })).await.expect(200).json();
    let chat: ChatId = serde_json::from_value(opened["chatId"].clone()).unwrap();
    let refusals = use_everything(&nora, chat, doctor).await;
    let okafor = sign_in(&serving.client, "d@example.org").await;
    let robin = sign_in(&serving.client, "r@example.org").await;
    let more = use_the_doctors_day(&nora, [&okafor, &robin], chat).await;
    for refusal in refusals.into_iter().chain(more) {
        assert_silent("a refusal", &refusal, nora.token());
    }

    // A failing database writes the longest log messages.
    program.database().execute("ALTER TABLE chat_message RENAME TO message_away");
    let send = json!({ "clientId": crate::support::client_id(), "content": TEXT });
    let failed = nora.post(&format!("/api/chats/{chat}/messages"), &send).await.expect_problem(503, "unavailable");
    assert_silent("a failure", &failed.body, nora.token());
    program.database().execute(r#"ALTER TABLE message_away RENAME TO chat_message; ALTER TABLE "user" RENAME TO away"#);
    for path in ["/api/accounts", "/api/session"] {
        let body = json!({ "name": NAME, "email": EMAIL, "password": PASSWORD });
        serving.client.post(path, &body).await.expect_problem(503, "unavailable");
    }
    program.database().execute(r#"ALTER TABLE away RENAME TO "user""#);
    nora.delete("/api/session").await.expect(204);

    let token = nora.token().to_owned();
    let (code, log) = serving.stop("TERM").await;
    assert_eq!(code, Some(0));
    assert!(log.contains("a request failed"), "failures are logged: {log}");
    assert_silent("the log", &log, &token);
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_form_leaves_no_input_in_any_address() {
    let server = crate::support::Server::start().await;
    let mut browser = Browser::of(&server.stranger());
    let form = [("name", NAME), ("email", EMAIL), ("password", "canarypass")];
    let credentials = [("email", EMAIL), ("password", PASSWORD)];
    for (from, action, fields) in [
        ("/create-account", "/fn/account/sign-up", &form[..]),
        ("/sign-in", "/fn/account/sign-in", &credentials[..]),
        ("/sign-in", "/fn/account/sign-in", &credentials[..1]),
    ] {
        let reply = browser.submit(from, action, fields).await;
        assert!((300..400).contains(&reply.status), "{reply:?}");
        assert!(reply.header("location").contains(from), "back to the form: {reply:?}");
        assert_silent("an address", reply.header("location"), PASSWORD);
        assert_silent("a redirect's body", &reply.body, PASSWORD);
    }
    let nora = sign_up(&server.stranger()).await;
    let request = nora.request(Method::POST, "/fn/message/send").header(header::ACCEPT, "text/html");
    let reply = request.form(&[("chat", "x"), ("client_id", TEXT), ("content", TEXT)]).reply().await;
    assert_silent("an address", reply.header("location"), nora.token());
    assert_silent("a body", &reply.body, nora.token());
}
