//! Requests that a page of another site starts with the user's own cookie.

use crate::support::{Ask, Browser, Client, PASSWORD, Server, client_id};
use http::{Method, header};
use reqwest::RequestBuilder;
use serde_json::json;

/// Headers of a foreign page's request, in old and new browsers.
const FOREIGN: [(&str, &str); 5] = [
    ("sec-fetch-site", "cross-site"),
    ("sec-fetch-site", "same-site"),
    ("origin", "https://evil.example"),
    ("origin", "null"),
    ("origin", "http://127.0.0.1:1"),
];

/// One request for every change that a page can ask for.
fn changes(client: &Client, chat: &str, doctor: &str) -> Vec<RequestBuilder> {
    let post = |path: &str| client.request(Method::POST, path);
    let (id, form) = (client_id().to_string(), |fields: &[(&str, &str)]| {
        fields.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect::<Vec<_>>()
    });
    vec![
        post("/api/accounts").json(&json!({ "name": "E", "email": "e@example.org", "password": PASSWORD })),
        post("/api/session").json(&json!({ "email": "nora@example.org", "password": PASSWORD })),
        client.request(Method::DELETE, "/api/session"),
        post("/api/chats/initiate").json(&json!({ "doctorId": doctor.parse::<i64>().unwrap() })),
        post(&format!("/api/chats/{chat}/messages")).json(&json!({ "clientId": id, "content": "planted" })),
        post(&format!("/api/chats/{chat}/read")).json(&json!({ "seq": 1 })),
        post("/fn/account/sign-up").form(&form(&[("name", "E"), ("email", "e@example.org"), ("password", PASSWORD)])),
        post("/fn/account/sign-in").form(&form(&[("email", "nora@example.org"), ("password", PASSWORD)])),
        post("/fn/account/sign-out"),
        post("/fn/account/preferences").form(&form(&[("language", "es")])),
        post("/fn/chat/initiate").form(&form(&[("doctor", doctor)])),
        post("/fn/message/send").form(&form(&[("chat", chat), ("client_id", &id), ("content", "planted")])),
        post("/fn/message/read").form(&form(&[("chat", chat), ("seq", "1")])),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_page_cannot_change_anything() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    okafor.send(chat, "hello").await;
    let other = server.listed_doctor("Dr. B", "Neurology").await.id.to_string();
    for (name, value) in FOREIGN {
        for change in changes(&nora, &chat.to_string(), &other) {
            let reply = change.header(name, value).reply().await.expect_problem(403, "cross_origin");
            assert_eq!(reply.header("set-cookie"), "");
        }
    }
    nora.get("/api/session").await.expect(200);
    assert_eq!((nora.chat(chat).await.last_seq.0, nora.chat(chat).await.unread), (1, 1));
    assert_eq!(server.database().number("SELECT COUNT(*) FROM doctor_patient_chat"), 1);
    assert_eq!(server.database().number(r#"SELECT COUNT(*) FROM "user""#), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn own_pages_and_non_browser_programs_are_accepted() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let own: [&[(&str, &str)]; 4] = [
        &[],
        &[("sec-fetch-site", "same-origin"), ("origin", server.base())],
        &[("origin", server.base())],
        &[("sec-fetch-site", "none")],
    ];
    for (n, headers) in own.into_iter().enumerate() {
        let body = json!({ "clientId": client_id(), "content": format!("message {n}") });
        let request = nora.request(Method::POST, &format!("/api/chats/{chat}/messages")).json(&body);
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).reply().await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_public_address_is_own_origin_behind_a_proxy() {
    let server = Server::with(|settings| settings.public_url = Some("https://chat.example.org".parse().unwrap())).await;
    let nora = server.patient("Nora").await;
    let read = |origin: &'static str| {
        let request = nora.request(Method::POST, "/api/chats/1/read").header(header::ORIGIN, origin);
        request.json(&json!({ "seq": 1 })).reply()
    };
    read("https://chat.example.org").await.expect_problem(404, "chat_not_found");
    for foreign in ["http://chat.example.org", "https://chat.example.org:444", "https://evil.chat.example.org"] {
        read(foreign).await.expect_problem(403, "cross_origin");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn link_from_another_site_opens_the_page() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    let request = nora.request(Method::GET, "/patient").header("sec-fetch-site", "cross-site");
    request.header(header::REFERER, "https://mail.example/").reply().await.expect(200);
    Browser::of(&nora).open("/patient").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn get_requests_change_nothing() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let id = client_id();
    for path in [
        "/fn/account/sign-out".to_owned(),
        format!("/fn/chat/initiate?doctor={}", okafor.id()),
        format!("/fn/message/send?chat={chat}&client_id={id}&content=planted"),
        format!("/fn/message/read?chat={chat}&seq=1"),
    ] {
        let reply = nora.get(&path).await;
        assert!((400..500).contains(&reply.status), "{path}: {reply:?}");
    }
    nora.get("/api/session").await.expect(200);
    assert_eq!(nora.chat(chat).await.last_seq.0, 0);
}
