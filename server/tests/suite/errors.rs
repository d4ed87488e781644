//! Rejected requests: their status, and the common form of their bodies.

use crate::support::{Ask, Server};
use http::{Method, header};

const POSTS: [&str; 3] = ["/api/accounts", "/api/session", "/api/chats/initiate"];

#[tokio::test(flavor = "multi_thread")]
async fn body_that_is_not_json_is_400() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    for path in POSTS {
        for body in ["{", "", "name=Ana&email=a", r#"{"a": 1} trailing"#, "\u{feff}{}"] {
            nora.post_raw(path, body).await.expect_problem(400, "invalid_json");
        }
        nora.post_raw(path, b"{\xff\xfe}".to_vec()).await.expect_problem(400, "invalid_json");
        let deep = nora.post_raw(path, "[".repeat(20_000)).await;
        assert!(matches!(deep.status, 400 | 422), "{deep:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn body_without_a_json_content_type_is_415() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    for path in POSTS {
        nora.request(Method::POST, path).body("{}").reply().await.expect_problem(415, "unsupported_media_type");
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json"] {
            let request = nora.request(Method::POST, path).header(header::CONTENT_TYPE, kind).body("{}");
            request.reply().await.expect_problem(415, "unsupported_media_type");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn json_of_the_wrong_shape_is_422() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    for path in POSTS {
        for body in ["null", "5", "true", r#""text""#] {
            nora.post_raw(path, body).await.expect_problem(422, "invalid");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn body_of_64_kib_is_read_and_a_larger_one_is_413() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let messages = format!("/api/chats/{chat}/messages");
    let padded = |size: usize| {
        let body = serde_json::json!({ "clientId": crate::support::client_id(), "content": "hello" }).to_string();
        format!("{body}{}", " ".repeat(size - body.len()))
    };
    nora.post_raw(&messages, padded(64 * 1024)).await.expect(200);
    for path in POSTS.into_iter().chain([messages.as_str()]) {
        nora.post_raw(path, padded(64 * 1024 + 1)).await.expect_problem(413, "too_large");
    }
    assert_eq!(nora.chat(chat).await.last_seq.0, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn form_over_160_kib_is_413_at_every_form_address() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let form = |size: usize| {
        let body = format!("chat={chat}&client_id={}&content=hello&padding=", crate::support::client_id());
        format!("{body}{}", "x".repeat(size - body.len()))
    };
    let post = async |client: &crate::support::Client, path: &str, size: usize| {
        let request = client.request(Method::POST, path);
        request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form(size)).reply().await
    };
    post(&nora, "/fn/message/send", 160 * 1024).await.expect(200);
    for path in ["/fn/message/send", "/fn/account/sign-in", "/fn/doctor/save-settings", "/fn/nothing"] {
        post(&nora, path, 160 * 1024 + 1).await.expect_problem(413, "too_large");
        post(&server.stranger(), path, 300_000).await.expect_problem(413, "too_large");
    }
    assert_eq!(nora.chat(chat).await.last_seq.0, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_address_is_404() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    for path in ["/api/nothing", "/api/chats/1/nothing", "/api/chats/1/messages/1", "/api/Session"] {
        nora.get(path).await.expect_problem(404, "not_found");
        server.stranger().get(path).await.expect_problem(404, "not_found");
        nora.post(path, &serde_json::json!({})).await.expect_problem(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unsupported_method_is_405_with_an_allow_header() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    for (method, path, allowed) in [
        (Method::DELETE, "/api/accounts", "POST"),
        (Method::PUT, "/api/session", "DELETE"),
        (Method::POST, "/api/doctors", "GET"),
        (Method::GET, "/api/chats/initiate", "POST"),
        (Method::DELETE, "/api/chats/1", "GET"),
        (Method::PATCH, "/api/chats/1/messages", "POST"),
        (Method::GET, "/api/chats/1/read", "POST"),
        (Method::POST, "/healthz", "GET"),
        (Method::POST, "/ws", "GET"),
    ] {
        let reply = nora.request(method.clone(), path).reply().await;
        if path == "/api/chats/initiate" {
            // This includes the address of a chat named "initiate", which does not exist.
            assert!(matches!(reply.status, 404 | 405), "{reply:?}");
            continue;
        }
        let reply = reply.expect_problem(405, "method_not_allowed");
        assert!(reply.header("allow").contains(allowed), "{method} {path}: {reply:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn socket_address_answers_plain_requests_with_a_problem() {
    let server = Server::start().await;
    let reply = server.patient("Nora").await.get("/ws").await;
    assert!((400..500).contains(&reply.status), "{reply:?}");
    assert_eq!(reply.header("content-type"), "application/problem+json", "{reply:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn error_body_never_repeats_the_request() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    let canary = "canary7f3a";
    let replies = [
        nora.post_raw("/api/accounts", format!(r#"{{"name": "{canary}", "email": "{canary}", "password": 5}}"#)).await,
        nora.post_raw("/api/accounts", format!(r#"{{"name": "{canary}", "email": "{canary}"}}"#)).await,
        nora.post_raw("/api/session", format!(r#"{{"email": "{canary}@example.org", "password": "{canary}"}}"#)).await,
        nora.post_raw("/api/session", format!("{{{canary}")).await,
        nora.post_raw("/api/chats/initiate", format!(r#"{{"doctorId": "{canary}"}}"#)).await,
        nora.get(&format!("/api/doctors?limit={canary}")).await,
        nora.get(&format!("/api/chats?after={canary}")).await,
        nora.get(&format!("/api/chats/{canary}/messages")).await,
        nora.get(&format!("/api/{canary}")).await,
    ];
    for reply in replies {
        assert!(reply.status >= 400);
        assert!(!reply.body.contains(canary), "{reply:?}");
    }
}
