//! API tokens: programs that act for a user without a cookie.

use crate::support::{Ask, Program, Server, Socket};
use http::Method;
use serde_json::json;
use std::process::Output;

#[tokio::test(flavor = "multi_thread")]
async fn token_authenticates_its_account_over_every_protocol() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let token = server.token(&okafor, "reminders").await;
    let program = server.stranger().with_bearer(&token);
    assert_eq!(program.get("/api/session").await.expect(200).json()["user"]["id"], json!(okafor.id()));
    let mut hers = nora.socket().await;
    let mut socket = Socket::open(&program).await;
    socket.send(chat, "from a program").await;
    assert_eq!(hers.message().await.sender_id, okafor.id());
    program.post("/api/chats/initiate", &json!({ "doctorId": okafor.id() })).await.expect_problem(403, "patients_only");
}

#[tokio::test(flavor = "multi_thread")]
async fn token_and_cookie_are_not_interchangeable() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    let token = server.token(&nora, "export").await;
    let cookie = format!("{}={token}", nora.cookie().unwrap().split_once('=').unwrap().0);
    server.stranger().with_cookie(&cookie).get("/api/session").await.expect_problem(401, "unauthenticated");
    server.stranger().with_bearer(nora.token()).get("/api/session").await.expect_problem(401, "unauthenticated");
    let reply =
        server.stranger().with_bearer("bst_guess").get("/api/chats").await.expect_problem(401, "unauthenticated");
    assert_eq!(reply.header("www-authenticate"), "Bearer");
    let hashes = server.database().texts("SELECT token_hash FROM session WHERE name = 'export'");
    assert!(hashes.len() == 1 && !hashes[0].contains(&token[4..]), "only a hash is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_token_closes_its_sockets() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    let (one, other) = (server.token(&nora, "one").await, server.token(&nora, "other").await);
    let mut socket = Socket::open(&server.stranger().with_bearer(&one)).await;
    server.revoke(&nora, "one").await;
    socket.expect_close(4401).await;
    server.stranger().with_bearer(&one).get("/api/session").await.expect_problem(401, "unauthenticated");
    server.stranger().with_bearer(&other).get("/api/session").await.expect(200);
    nora.get("/api/session").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn token_expires_on_its_date_and_not_by_idleness() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    let token = server.token(&nora, "rarely").await;
    let program = server.stranger().with_bearer(&token);
    let mut socket = Socket::open(&program).await;
    let long_ago = server.database().hours_ago(2_000);
    server.database().execute(&format!("UPDATE session SET last_seen_at = {long_ago} WHERE name = 'rarely'"));
    program.get("/api/session").await.expect(200);
    socket.expect_alive().await;
    let past = server.database().hours_ago(1);
    server.database().execute(&format!("UPDATE session SET expires_at = {past} WHERE name = 'rarely'"));
    socket.expect_close(4401).await;
    program.get("/api/session").await.expect_problem(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn token_requests_are_limited_apart_from_the_users() {
    let server = Server::with(|settings| settings.limit_scale = 0.5).await;
    let nora = server.patient("Nora").await;
    let program = server.stranger().with_bearer(&server.token(&nora, "hasty").await);
    let mut refused = None;
    for _ in 0..1_000 {
        let reply = program.request(Method::GET, "/api/session").reply().await;
        if reply.status != 200 {
            refused = Some(reply.expect_problem(429, "rate_limited"));
            break;
        }
    }
    let wait: u64 = refused.expect("there is a limit").header("retry-after").parse().unwrap();
    assert!(wait >= 1);
    nora.get("/api/session").await.expect(200);
    let other = server.stranger().with_bearer(&server.token(&nora, "patient").await);
    other.get("/api/session").await.expect(200);
}

fn said(output: &Output) -> (bool, String) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn command_line_creates_lists_and_revokes_tokens() {
    let program = Program::new();
    let user = ["user", "add", "--role", "patient", "--email", "nora@example.org", "--name", "Nora"];
    assert!(program.run(&user, "").await.status.success());
    let of = ["--email", "Nora@example.org", "--name", "export"];
    let (is_done, made) = said(&program.run(&[&["token", "add"], &of[..]].concat(), "").await);
    assert!(is_done, "{made}");
    let token = made.trim().strip_prefix("token: ").unwrap().to_owned();
    let (is_done, again) = said(&program.run(&[&["token", "add"], &of[..]].concat(), "").await);
    assert!(!is_done && again.contains("name: This already exists."), "{again}");
    let (_, unknown) = said(&program.run(&["token", "add", "--email", "no@example.org", "--name", "x"], "").await);
    assert!(unknown.contains("email: This was not found."), "{unknown}");
    let (_, listed) = said(&program.run(&["token", "list"], "").await);
    assert!(listed.starts_with("nora@example.org\texport\tmade ") && !listed.contains(&token), "{listed}");
    let (_, others) = said(&program.run(&["token", "list", "--email", "else@example.org"], "").await);
    assert_eq!(others, "");
    let serving = program.serve().await;
    let caller = serving.client.with_bearer(&token);
    caller.get("/api/session").await.expect(200);
    let (is_done, revoked) = said(&program.run(&[&["token", "revoke"], &of[..]].concat(), "").await);
    assert!(is_done, "{revoked}");
    caller.get("/api/session").await.expect_problem(401, "unauthenticated");
    let (is_done, gone) = said(&program.run(&[&["token", "revoke"], &of[..]].concat(), "").await);
    assert!(!is_done && gone.contains("name: This was not found."), "{gone}");
    serving.stop("TERM").await;
}
