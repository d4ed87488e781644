//! `/api/session`: signing in and out, the cookies, and what ends a session.

use crate::support::{Ask, Client, PASSWORD, Person, Program, Reply, Server, eventually};
use axum_client_ip::ClientIpSource;
use http::{Method, header};
use serde_json::json;
use server::db::DbPool;

async fn sign_in(client: &Client, email: &str, password: &str) -> Reply {
    client.post("/api/session", &json!({ "email": email, "password": password })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn users_sign_in_with_email_and_password_in_their_role() {
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
async fn failed_sign_ins_get_one_answer_whatever_the_reason() {
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
async fn cookie_is_hidden_from_script_and_other_sites() {
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
async fn token_is_long_random_unique_and_not_in_the_database() {
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
async fn planted_token_is_not_adopted_at_sign_in() {
    let server = Server::start().await;
    let patient = server.patient("Nora").await;
    let planted = "bedside_session=0000000000000000000000000000000000000000000000000000000000000000";
    let victim = server.stranger().with_cookie(planted);
    let reply = sign_in(&victim, &patient.email, PASSWORD).await.expect(200);
    assert_ne!(reply.cookie(), planted);
    victim.get("/api/session").await.expect_problem(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_ends_the_previous_session_of_the_browser() {
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
async fn sign_out_ends_only_this_session() {
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
async fn expired_idle_or_disabled_session_is_rejected_at_once() {
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
async fn invalid_cookies_are_treated_as_no_session() {
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
async fn every_call_answers_unauthenticated_without_a_session() {
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

#[tokio::test(flavor = "multi_thread")]
async fn impossible_email_and_invalid_hash_get_the_same_answer() {
    let server = Server::start().await;
    let shut = ["!", "", "-", "$2b$12$abcdefghijklmnopqrstuv", "$argon2id$v=19$m=19456,t=2,p=1"];
    let stranger = server.stranger();
    sign_in(&stranger, "a\0@b.c", PASSWORD).await.expect_problem(401, "invalid_credentials");
    let patient = server.patient("Shut").await;
    for hash in shut {
        let sql = format!(r#"UPDATE "user" SET password_hash = '{hash}' WHERE id = {}"#, patient.id());
        server.database().execute(&sql);
        for password in [PASSWORD, hash, ""] {
            let reply = sign_in(&stranger, &patient.email, password).await;
            reply.expect_problem(401, "invalid_credentials");
        }
    }
}

/// The device cookie (`name=value`) of an answer to a sign-in.
#[track_caller]
fn device(reply: &Reply) -> String {
    let cookies = reply.headers.get_all(header::SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    let mut cookies = cookies.filter(|cookie| cookie.starts_with("bedside_device="));
    cookies.next().and_then(|cookie| cookie.split(';').next()).expect("the device is remembered").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn device_cookie_is_http_only_long_lived_and_names_no_user() {
    let server = Server::start().await;
    let patient = server.patient("Nora").await;
    let reply = sign_in(&server.stranger(), &patient.email, PASSWORD).await.expect(200);
    let cookie = reply.headers.get_all(header::SET_COOKIE).iter().nth(1).unwrap().to_str().unwrap();
    let (value, flags) = cookie.split_once("; ").unwrap();
    let mut flags: Vec<&str> = flags.split("; ").collect();
    flags.sort_unstable();
    assert_eq!(flags, ["HttpOnly", "Max-Age=34560000", "Path=/", "SameSite=Lax"], "400 days");
    assert!(!value.contains("nora") && !value.contains("example"), "{value}");
    server.stranger().with_cookie(value).get("/api/session").await.expect_problem(401, "unauthenticated");
    sign_in(&server.stranger(), &patient.email, "a wrong password").await.expect(401);
}

/// Tries to sign in from an address behind the proxy, with or without a cookie.
async fn from(client: &Client, address: &str, cookie: &str, email: &str, password: &str) -> Reply {
    let body = json!({ "email": email, "password": password });
    let request = client.request(Method::POST, "/api/session").header("x-forwarded-for", address);
    request.header(header::COOKIE, cookie).json(&body).reply().await
}

#[tokio::test(flavor = "multi_thread")]
async fn known_device_can_sign_in_during_an_attack() {
    // A fifth of the default: 10 attempts on an account from unknown devices, 12 from an address, 2
    // from a device.
    let server = Server::with(|settings| {
        settings.limit_scale = 0.2;
        settings.client_ip = ClientIpSource::RightmostXForwardedFor;
    })
    .await;
    let stranger = server.stranger();
    let body = json!({ "name": "Nora", "email": "nora@example.org", "password": PASSWORD });
    let signing_up = stranger.request(Method::POST, "/api/accounts").header("x-forwarded-for", "192.0.2.1").json(&body);
    let hers = device(&signing_up.reply().await.expect(201));
    // An attacker tries her account from many addresses, and a guest in her house tries many
    // accounts.
    for n in 0..12 {
        from(&stranger, &format!("203.0.113.{n}"), "", "nora@example.org", "a guess").await;
        from(&stranger, "192.0.2.1", "", &format!("p{n}@example.org"), "a guess").await;
    }
    let refused = async |cookie: &str, address: &str| {
        from(&stranger, address, cookie, "nora@example.org", PASSWORD).await.expect_problem(429, "rate_limited");
    };
    refused("", "198.51.100.9").await;
    refused("", "192.0.2.1").await;
    refused("bedside_device=AAAAAAAAAAAAAAAAAAAAAA.20000-AAAA", "198.51.100.9").await;
    // Her device can sign in, at home and elsewhere, and its renewed cookie is accepted too.
    let renewed = from(&stranger, "192.0.2.1", &hers, "nora@example.org", PASSWORD).await.expect(200);
    from(&stranger, "2001:db8::1", &device(&renewed), "nora@example.org", PASSWORD).await.expect(200);
    // The device's own limit is no higher than a stranger's.
    refused(&hers, "198.51.100.10").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_known_after_a_restart() {
    let program = Program::on_either_database().env("BEDSIDE_LIMIT_SCALE", "0.02");
    let serving = program.serve().await;
    let body = json!({ "name": "Nora", "email": "nora@example.org", "password": PASSWORD });
    let hers = device(&serving.client.post("/api/accounts", &body).await.expect(201));
    serving.stop("TERM").await;
    let serving = program.serve().await;
    // All clients of this machine share one attempt, and a stranger uses it up.
    sign_in(&serving.client, "nora@example.org", "a guess").await.expect(401);
    sign_in(&serving.client, "nora@example.org", PASSWORD).await.expect_problem(429, "rate_limited");
    sign_in(&serving.client.with_cookie(&hers), "nora@example.org", PASSWORD).await.expect(200);
    serving.stop("TERM").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn a_device_is_known_on_every_node() {
    let one = Server::start().await;
    // All clients share one attempt.
    let other = one.beside_with(|settings| settings.limit_scale = 0.02).await;
    let nora = one.patient("Nora").await;
    let hers = device(&sign_in(&one.stranger(), &nora.email, PASSWORD).await.expect(200));
    sign_in(&other.stranger(), &nora.email, "a guess").await.expect(401);
    sign_in(&other.stranger(), &nora.email, PASSWORD).await.expect_problem(429, "rate_limited");
    sign_in(&other.stranger().with_cookie(&hers), &nora.email, PASSWORD).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn session_over_the_limit_replaces_the_longest_unused_one() {
    let server = Server::start().await;
    let (nora, tomas) = (server.patient("Nora").await, server.patient("Tomás").await);
    let program = server.stranger().with_bearer(&server.token(&nora, "export").await);
    let mut forgotten = nora.socket().await;
    let database = server.database();
    let (id, hour) = (nora.id(), database.hours_ago(1));
    database.execute(&format!("UPDATE session SET last_seen_at = {hour} WHERE user_id = {id}"));
    let recent = database.hours_ago(0);
    let more = |n| {
        format!(
            "INSERT INTO session VALUES ('other {n}', {id}, {hour}, {recent}, {}, '', NULL);",
            "'2100-01-01 00:00:00'"
        )
    };
    database.execute(&(0..99).map(more).collect::<String>());
    let newest = nora.on_another_device().await;
    forgotten.expect_close(4401).await;
    nora.get("/api/session").await.expect_problem(401, "unauthenticated");
    let count = format!("SELECT COUNT(*) FROM session WHERE user_id = {id} AND name IS NULL");
    assert_eq!(database.number(&count), 100);
    newest.get("/api/session").await.expect(200);
    program.get("/api/session").await.expect(200);
    tomas.get("/api/session").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_and_session_use_do_not_trigger_a_session_sweep() {
    let server = Server::on_file().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let database = server.database();
    let pool = DbPool::sqlite(database.path()).unwrap();
    let mut conn = pool.read().await.unwrap();
    let mut ended = async || pool.version(&mut conn).await.unwrap();
    let before = ended().await;
    nora.send(chat, "hello").await;
    nora.on_another_device().await;
    database.execute(&format!("UPDATE session SET last_seen_at = {}", database.hours_ago(0)));
    let after = ended().await;
    assert_eq!(after, before);
    let mut known = after;
    for ending in [
        "UPDATE session SET last_seen_at = '2020-01-01 00:00:00'".to_owned(),
        "UPDATE session SET expires_at = '2020-01-01 00:00:00'".to_owned(),
        format!(r#"UPDATE "user" SET disabled_at = '2026-01-01 00:00:00' WHERE id = {}"#, nora.id()),
        format!("DELETE FROM session WHERE user_id = {}", nora.id()),
        format!(r#"DELETE FROM "user" WHERE id = {}"#, okafor.id()),
    ] {
        database.execute(&ending);
        let now = ended().await;
        assert_ne!(now, known, "{ending}");
        known = now;
    }
}
