//! `/api/session`: signing in and out, the cookie, and what ends a session.

use crate::support::{Ask, Client, PASSWORD, Person, Reply, Server, eventually};
use http::{Method, header};
use serde_json::json;

async fn sign_in(client: &Client, email: &str, password: &str) -> Reply {
    client.post("/api/session", &json!({ "email": email, "password": password })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_signs_in_with_email_and_password_as_what_they_are() {
    let server = Server::start().await;
    let (patient, doctor, admin) =
        (server.patient("Nora").await, server.doctor("Dr. Okafor").await, server.admin("Robin").await);
    let people: [&Person; 3] = [&patient, &doctor, &admin];
    for Person { email, user, .. } in people {
        let reply = sign_in(&server.stranger(), &format!(" {} ", email.to_uppercase()), PASSWORD).await.expect(200);
        assert_eq!(reply.json(), json!({ "user": user }));
        let me = server.stranger().with_cookie(reply.cookie()).get("/api/session").await.expect(200);
        assert_eq!(me.json(), json!({ "user": user }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_an_unknown_email_and_a_disabled_account_get_one_answer() {
    let server = Server::start().await;
    let (patient, disabled) = (server.patient("Nora").await, server.patient("Gone").await);
    server
        .database()
        .execute(&format!(r#"UPDATE "user" SET disabled_at = '2026-01-01 00:00:00' WHERE id = {}"#, disabled.id()));
    let stranger = server.stranger();
    let attempts = [
        (patient.email.as_str(), "not-the-password-1"),
        ("nobody@example.org", PASSWORD),
        (disabled.email.as_str(), PASSWORD),
        ("", ""),
        (patient.email.as_str(), ""),
    ];
    let mut bodies = Vec::new();
    for (email, password) in attempts {
        let reply = sign_in(&stranger, email, password).await.expect_problem(401, "invalid_credentials");
        assert_eq!(reply.header("set-cookie"), "", "no session");
        bodies.push(reply.body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_is_kept_from_script_and_from_other_sites() {
    let server = Server::start().await;
    let patient = server.patient("Nora").await;
    let reply = sign_in(&server.stranger(), &patient.email, PASSWORD).await.expect(200);
    let cookie = reply.header("set-cookie");
    let (value, flags) = cookie.split_once("; ").unwrap();
    assert!(value.starts_with("bedside_session="));
    let mut flags: Vec<&str> = flags.split("; ").collect();
    flags.sort_unstable();
    assert_eq!(flags, ["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Lax"], "30 days, and on http not Secure");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_long_random_new_each_time_and_nowhere_in_the_database() {
    let server = Server::start().await;
    let patient = server.patient("Nora").await;
    let again = patient.on_another_device().await;
    for token in [patient.token(), again.token()] {
        assert!(token.len() >= 43, "256 bits need as many characters: {token}");
        let stored = server.database().texts("SELECT token_hash FROM session");
        assert!(stored.iter().all(|hash| !hash.contains(token)), "only a hash is stored");
    }
    assert_ne!(patient.token(), again.token());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_somebody_planted_is_not_taken_over_at_sign_in() {
    let server = Server::start().await;
    let patient = server.patient("Nora").await;
    let planted = "bedside_session=0000000000000000000000000000000000000000000000000000000000000000";
    let victim = server.stranger().with_cookie(planted);
    let reply = sign_in(&victim, &patient.email, PASSWORD).await.expect(200);
    assert_ne!(reply.cookie(), planted);
    victim.get("/api/session").await.expect_problem(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_again_in_one_browser_ends_its_former_session() {
    let server = Server::start().await;
    let (nora, tomas) = (server.patient("Nora").await, server.patient("Tomás").await);
    let mut socket = nora.socket().await;
    let reply = sign_in(&nora, &tomas.email, PASSWORD).await.expect(200);
    nora.get("/api/session").await.expect_problem(401, "unauthenticated");
    socket.expect_close(4401).await;
    let now = server.stranger().with_cookie(reply.cookie()).get("/api/session").await.expect(200);
    assert_eq!(now.json()["user"]["name"], "Tomás");
    tomas.get("/api/session").await.expect(200);
    sign_in(&tomas, &tomas.email, "not-the-password-1").await.expect(401);
    tomas.get("/api/session").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_this_session_and_no_other() {
    let server = Server::start().await;
    let patient = server.patient("Nora").await;
    let elsewhere = patient.on_another_device().await;
    let reply = patient.delete("/api/session").await.expect(204);
    let cleared = reply.header("set-cookie");
    assert!(cleared.starts_with("bedside_session=;") && cleared.contains("Max-Age=0"), "{cleared}");
    assert!(reply.body.is_empty());
    patient.get("/api/session").await.expect_problem(401, "unauthenticated");
    patient.delete("/api/session").await.expect_problem(401, "unauthenticated");
    elsewhere.get("/api/session").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_or_unused_session_and_a_disabled_account_are_strangers_at_once() {
    let server = Server::start().await;
    let long_ago = "'2020-01-01 00:00:00'";
    for ending in [
        format!("UPDATE session SET expires_at = {long_ago}"),
        format!("UPDATE session SET last_seen_at = {long_ago}"),
        "DELETE FROM session".to_owned(),
        format!(r#"UPDATE "user" SET disabled_at = {long_ago}"#),
    ] {
        let patient = server.patient("Nora").await;
        patient.get("/api/session").await.expect(200);
        server.database().execute(&ending);
        patient.get("/api/session").await.expect_problem(401, "unauthenticated");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn using_a_session_keeps_it_alive() {
    let server = Server::start().await;
    let patient = server.patient("Nora").await;
    let database = server.database();
    database.execute(&format!("UPDATE session SET last_seen_at = {}", database.hours_ago(71)));
    patient.get("/api/chats").await.expect(200);
    let recent = format!("SELECT COUNT(*) FROM session WHERE last_seen_at > {}", database.hours_ago(1));
    eventually("the use is noted", async || database.number(&recent) == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_that_are_no_session_are_strangers() {
    let server = Server::start().await;
    let patient = server.patient("Nora").await;
    let token = patient.token();
    let shorter = token.get(1..).unwrap();
    for cookie in [
        "bedside_session=",
        "bedside_session",
        "bedside_session=' OR 1=1 --",
        "other=1",
        &format!("bedside_session={shorter}"),
        &format!("bedside_session={}", token.to_uppercase()),
        &format!("__Host-bedside_session={token}"),
    ] {
        server.stranger().with_cookie(cookie).get("/api/session").await.expect_problem(401, "unauthenticated");
    }
    let among_others = server.stranger().with_cookie(&format!("theme=dark; bedside_session={token}; x=y"));
    among_others.get("/api/session").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_session_every_call_answers_unauthenticated() {
    let server = Server::start().await;
    let (patient, doctor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = patient.initiate(&doctor).await;
    let calls = [
        (Method::GET, "/api/session".to_owned()),
        (Method::DELETE, "/api/session".to_owned()),
        (Method::GET, "/api/doctors".to_owned()),
        (Method::POST, "/api/chats/initiate".to_owned()),
        (Method::GET, "/api/chats".to_owned()),
        (Method::GET, format!("/api/chats/{chat}")),
        (Method::GET, format!("/api/chats/{chat}/messages")),
        (Method::POST, format!("/api/chats/{chat}/messages")),
        (Method::POST, format!("/api/chats/{chat}/read")),
        (Method::GET, "/ws".to_owned()),
    ];
    let stranger = server.stranger();
    for (method, path) in calls {
        stranger.request(method.clone(), &path).reply().await.expect_problem(401, "unauthenticated");
        let broken = stranger.request(method, &path).header(header::CONTENT_TYPE, "application/json").body("{");
        broken.reply().await.expect_problem(401, "unauthenticated");
    }
}
