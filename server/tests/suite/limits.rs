//! Limits on sign-in attempts and sign-ups, which slow attackers and do not lock users out; and
//! limits on what one user may ask for.

use crate::support::{Ask, Browser, Client, PASSWORD, Patient, Person, Reply, Server, client_id};
use app::protocol::{ClientFrame, Seq, ServerFrame};
use axum_client_ip::ClientIpSource;
use http::Method;
use serde_json::json;

/// A clinic behind a proxy, with a fifth of the default limits: 2 sign-in attempts per account and
/// address, 10 per account, 12 per address, and 4 new accounts per address.
async fn behind_proxy() -> Server {
    Server::with(|settings| {
        settings.limit_scale = 0.2;
        settings.client_ip = ClientIpSource::RightmostXForwardedFor;
    })
    .await
}

async fn post_from(client: &Client, address: &str, path: &str, body: serde_json::Value) -> Reply {
    client.request(Method::POST, path).header("x-forwarded-for", address).json(&body).reply().await
}

async fn sign_in_from(server: &Server, address: &str, email: &str, password: &str) -> Reply {
    post_from(&server.stranger(), address, "/api/session", json!({ "email": email, "password": password })).await
}

async fn sign_up_from(server: &Server, address: &str, email: &str) -> Reply {
    let body = json!({ "name": "Nora", "email": email, "password": PASSWORD });
    post_from(&server.stranger(), address, "/api/accounts", body).await
}

#[track_caller]
fn assert_limited(reply: Reply) {
    let reply = reply.expect_problem(429, "rate_limited");
    let seconds: u64 = reply.header("retry-after").parse().expect("whole seconds");
    assert!((1..=600).contains(&seconds), "{seconds}");
}

const WRONG: &str = "a guess that is wrong";

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_are_limited_per_account_and_address() {
    let server = behind_proxy().await;
    sign_up_from(&server, "192.0.2.1", "nora@example.org").await.expect(201);
    for _ in 0..2 {
        sign_in_from(&server, "203.0.113.9", "nora@example.org", WRONG).await.expect(401);
    }
    assert_limited(sign_in_from(&server, "203.0.113.9", "nora@example.org", WRONG).await);
    assert_limited(sign_in_from(&server, "203.0.113.9", "NORA@example.org ", PASSWORD).await);
    sign_in_from(&server, "203.0.113.9", "tomas@example.org", WRONG).await.expect(401);
    sign_in_from(&server, "203.0.113.10", "nora@example.org", PASSWORD).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_accounts_are_limited_like_known_ones() {
    let server = behind_proxy().await;
    for _ in 0..2 {
        sign_in_from(&server, "203.0.113.9", "nobody@example.org", WRONG).await.expect(401);
    }
    assert_limited(sign_in_from(&server, "203.0.113.9", "nobody@example.org", WRONG).await);
}

/// `session.rs` tests that the owner can still sign in.
#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_to_one_account_are_limited_over_all_addresses() {
    let server = behind_proxy().await;
    sign_up_from(&server, "192.0.2.1", "nora@example.org").await.expect(201);
    for n in 0..10 {
        sign_in_from(&server, &format!("203.0.113.{n}"), "nora@example.org", WRONG).await.expect(401);
    }
    assert_limited(sign_in_from(&server, "203.0.113.99", "nora@example.org", PASSWORD).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_from_one_address_are_limited_over_all_accounts() {
    let server = behind_proxy().await;
    for n in 0..12 {
        sign_in_from(&server, "203.0.113.9", &format!("p{n}@example.org"), WRONG).await.expect(401);
    }
    assert_limited(sign_in_from(&server, "203.0.113.9", "p99@example.org", WRONG).await);
    // A whole IPv6 network of one customer counts as one address.
    for n in 0..12 {
        sign_in_from(&server, &format!("2001:db8:1:2::{n:x}"), &format!("q{n}@example.org"), WRONG).await.expect(401);
    }
    assert_limited(sign_in_from(&server, "2001:db8:1:2:ffff::1", "q99@example.org", WRONG).await);
    sign_in_from(&server, "2001:db8:1:3::1", "q99@example.org", WRONG).await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_ups_are_limited_per_address() {
    let server = behind_proxy().await;
    for n in 0..4 {
        sign_up_from(&server, "203.0.113.9", &format!("p{n}@example.org")).await.expect(201);
    }
    assert_limited(sign_up_from(&server, "203.0.113.9", "p99@example.org").await);
    sign_up_from(&server, "203.0.113.10", "p99@example.org").await.expect(201);
    // Asking whether an e-mail address has an account is also limited, over all addresses.
    for n in 0..2 {
        let asked = sign_up_from(&server, &format!("198.51.100.{n}"), "p0@example.org").await;
        assert!(matches!(asked.status, 409 | 429), "{asked:?}");
    }
    assert_limited(sign_up_from(&server, "198.51.100.7", "p0@example.org").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn forwarded_header_is_ignored_without_a_configured_proxy() {
    let server = Server::with(|settings| settings.limit_scale = 0.2).await;
    for n in 0..2 {
        sign_in_from(&server, &format!("203.0.113.{n}"), "nora@example.org", WRONG).await.expect(401);
    }
    assert_limited(sign_in_from(&server, "203.0.113.99", "nora@example.org", WRONG).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_limit_does_not_affect_open_sessions() {
    let server = Server::with(|settings| settings.limit_scale = 0.2).await;
    let nora: Patient = server.patient("Nora").await;
    for _ in 0..5 {
        sign_in_from(&server, "", &nora.email, WRONG).await;
    }
    assert_limited(sign_in_from(&server, "", &nora.email, WRONG).await);
    nora.get("/api/chats").await.expect(200);
}

/// A clinic with a tenth of the default limits per user: 6 changes at once, 2 searches.
async fn with_limits_on_people() -> Server {
    Server::with(|settings| settings.limit_scale = 0.1).await
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_one_user_share_a_limit_over_all_protocols() {
    let server = with_limits_on_people().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let program = server.stranger().with_bearer(&server.token(&nora, "export").await);
    let chat = nora.initiate(&okafor).await;
    nora.initiate(&okafor).await;
    let path = |what: &str| format!("/api/chats/{chat}/{what}");
    let correct = || json!({ "clientId": client_id(), "content": "x", "corrects": 1 });
    nora.send(chat, "hello").await;
    // After the new chat, 5 changes remain. Initiating an existing chat is not a change.
    nora.try_send(chat, &correct()).await.expect(200);
    nora.post(&path("standing"), &json!({ "act": "block" })).await.expect(200);
    nora.post(&path("standing"), &json!({ "act": "unblock" })).await.expect(200);
    let phone = nora.on_another_device().await;
    phone.post(&path("messages/1/retract"), &json!({})).await.expect(200);
    nora.post(&path("report"), &json!({ "reason": "x" })).await.expect(204);
    for person in [&*nora as &Person, &phone] {
        assert_limited(person.post(&path("standing"), &json!({ "act": "unblock" })).await);
        assert_limited(person.post(&path("report"), &json!({ "reason": "x" })).await);
        assert_limited(person.post(&path("messages/2/retract"), &json!({})).await);
        assert_limited(person.try_send(chat, &correct()).await);
    }
    let lin = server.doctor("Dr. Lin").await;
    assert_limited(nora.post("/api/chats/initiate", &json!({ "doctorId": lin.id() })).await);
    let (mut socket, id) = (nora.socket().await, client_id());
    let (content, corrects) = ("x".to_owned(), Some(Seq(2)));
    let frame = ClientFrame::Send { client_id: id, chat_id: chat, content, reply_to: None, corrects, is_urgent: false };
    socket.push(&frame).await;
    let refused = |frame| match frame {
        ServerFrame::Error { client_id: Some(id), code, .. } => Some((id, code.as_str())),
        _ => None,
    };
    assert_eq!(socket.until(refused).await, (id, "rate_limited"), "so that it is sent again later");
    // Sending and reading still work, and other users are not affected.
    assert_eq!(nora.send(chat, "and another thing").await.seq, Seq(3));
    nora.read(chat, 3).await;
    okafor.post(&path("standing"), &json!({ "act": "done", "seq": 3 })).await.expect(200);
    program.post(&path("standing"), &json!({ "act": "block" })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_by_staff_are_limited_too() {
    let server = with_limits_on_people().await;
    let (okafor, robin) = (server.doctor("Dr. Okafor").await, server.admin("Robin").await);
    let reply = json!({ "title": "x", "content": "y" });
    for _ in 0..6 {
        okafor.post("/api/saved-replies", &reply).await.expect(201);
        robin.put("/api/clinic/safety", &json!({ "emergencyNumber": "112" })).await.expect(200);
    }
    for person in [&*okafor as &Person, &*robin] {
        assert_limited(person.post("/api/saved-replies", &reply).await);
        assert_limited(person.put("/api/saved-replies/1", &reply).await);
        assert_limited(person.delete("/api/saved-replies/1").await);
    }
    assert_limited(okafor.put("/api/doctor/settings", &json!({ "acceptingChats": true })).await);
    let form = [("form[accepting_chats]", "on"), ("form[time_zone]", ""), ("form[away_note]", "")];
    let mut browser = Browser::of(&okafor);
    let saved = browser.submit("/doctor/settings", "/fn/doctor/save-settings", &form).await;
    let page = browser.follow(&saved).await.expect(200).page();
    assert!(page.contains("Too many attempts."), "{page}");
    assert_limited(robin.put("/api/clinic/safety", &json!({ "emergencyNumber": null })).await);
    assert_limited(robin.post("/api/reports/1/settle", &json!({})).await);
    okafor.get("/api/saved-replies").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_are_limited_per_user() {
    let server = with_limits_on_people().await;
    let (nora, tomas) = (server.patient("Nora").await, server.patient("Tomas").await);
    let ask = async |person: &Person| person.post("/api/search", &json!({ "query": "knee" })).await;
    for _ in 0..2 {
        ask(&nora).await.expect(200);
    }
    assert_limited(ask(&nora).await);
    ask(&tomas).await.expect(200);
}
