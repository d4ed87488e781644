//! Limits on what requests hold: per caller, in time, in number and in bytes.

use crate::support::{Ask, Browser, DEADLINE, Doctor, Patient, Raw, Server, client_id, eventually};
use app::protocol::{ChatId, Message, MessagePage, Seq};
use axum_client_ip::ClientIpSource;
use futures::{StreamExt, stream};
use http::Method;
use serde_json::json;
use server::config::Pace;
use std::time::Duration;

/// A clinic behind a proxy, with the default limits.
async fn behind_proxy() -> Server {
    Server::with(|settings| {
        settings.limit_scale = 1.0;
        settings.client_ip = ClientIpSource::RightmostXForwardedFor;
    })
    .await
}

/// Starts requests and withholds their bodies, each from the address that `address` returns for its
/// number. Returns the requests that the server did not refuse.
async fn withheld(
    client: &crate::support::Client,
    path: &str,
    count: usize,
    address: impl Fn(usize) -> String,
) -> Vec<Raw> {
    let open = async |n: usize| {
        let address = address(n);
        Raw::withhold(client, path, &[("x-forwarded-for", &address)]).await
    };
    let begun = stream::iter(0..count).map(open).buffer_unordered(32).collect::<Vec<_>>().await;
    begun.into_iter().filter_map(Result::ok).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn withheld_form_bodies_do_not_block_pages_and_calls() {
    let server = behind_proxy().await;
    let signed_up = server.stranger().request(Method::POST, "/api/accounts").header("x-forwarded-for", "192.0.2.1");
    let body = json!({ "name": "Nora", "email": "nora@example.org", "password": crate::support::PASSWORD });
    let nora = server.stranger().with_cookie(signed_up.json(&body).reply().await.expect(201).cookie());
    let begun = withheld(&server.stranger(), "/fn/account/sign-in", 200, |_| "203.0.113.9".to_owned()).await;
    assert_eq!(begun.len(), 200, "the server waits for all of them");
    Browser::of(&server.stranger()).open("/sign-in").await.expect(200);
    Browser::of(&nora).open("/patient").await.expect(200);
    nora.post("/fn/chat/list", &json!({ "query": {} })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn withheld_call_bodies_do_not_block_the_api() {
    let server = behind_proxy().await;
    let (stranger, post) = (server.stranger(), async |address: &str, path: &str, body: serde_json::Value| {
        let request = server.stranger().request(Method::POST, path).header("x-forwarded-for", address);
        request.json(&body).reply().await
    });
    let account = json!({ "name": "Nora", "email": "nora@example.org", "password": crate::support::PASSWORD });
    let nora = stranger.with_cookie(post("192.0.2.1", "/api/accounts", account.clone()).await.expect(201).cookie());
    let begun = withheld(&stranger, "/api/session", 1_040, |n| format!("203.0.113.{}", n / 208)).await;
    assert_eq!(begun.len(), 1_040, "the server waits for all of them");
    nora.get("/api/chats").await.expect(200);
    post("192.0.2.1", "/api/session", account).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn address_limit_on_unfinished_requests_spares_signed_in_users() {
    let server = behind_proxy().await;
    let stranger = server.stranger();
    let sign_up = async |address: &str, email: &str| {
        let body = json!({ "name": "Nora", "email": email, "password": crate::support::PASSWORD });
        let request = stranger.request(Method::POST, "/api/accounts").header("x-forwarded-for", address);
        request.json(&body).reply().await
    };
    let nora = stranger.with_cookie(sign_up("203.0.113.9", "nora@example.org").await.expect(201).cookie());
    let begun = withheld(&stranger, "/api/session", 300, |_| "203.0.113.9".to_owned()).await;
    assert_eq!(begun.len(), 256);
    let refused = sign_up("203.0.113.9", "tomas@example.org").await.expect_problem(429, "rate_limited");
    assert_eq!(refused.header("retry-after"), "1");
    sign_up("203.0.113.10", "tomas@example.org").await.expect(201);
    let hers = nora.request(Method::POST, "/api/search").header("x-forwarded-for", "203.0.113.9");
    hers.json(&json!({ "query": "knee" })).reply().await.expect(200);
    drop(begun);
    let again = async || sign_up("203.0.113.9", "lin@example.org").await.status == 201;
    eventually("what is given up is given back", again).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn withheld_polling_bodies_count_like_other_requests() {
    let server = behind_proxy().await;
    let path = "/socket.io/?EIO=4&transport=polling&sid=x";
    let begun = withheld(&server.stranger(), path, 300, |_| "203.0.113.9".to_owned()).await;
    assert_eq!(begun.len(), 256);
}

#[tokio::test(flavor = "multi_thread")]
async fn unfinished_forms_of_strangers_do_not_block_users() {
    let server = behind_proxy().await;
    let sign_in = async |address: &str| {
        let body = json!({ "email": "nobody@example.org", "password": "x".repeat(60_000) });
        let request = server.stranger().request(Method::POST, "/api/session").header("x-forwarded-for", address);
        request.json(&body).reply().await.status
    };
    let body = json!({ "name": "Nora", "email": "nora@example.org", "password": crate::support::PASSWORD });
    let signed_up = server.stranger().request(Method::POST, "/api/accounts").header("x-forwarded-for", "192.0.2.1");
    let nora = server.stranger().with_cookie(signed_up.json(&body).reply().await.expect(201).cookie());
    // Unfinished forms from six addresses. The server has room for 128.
    let mut held = Vec::new();
    for n in 0..160 {
        let address = format!("203.0.113.{}", n % 6);
        let headers = [("content-length", "163840"), ("x-forwarded-for", &address), ("accept", "text/html")];
        let mut begun = Raw::begin(&server.stranger(), Method::POST, "/fn/account/sign-in", &headers).await;
        begun.send(&[b'x'; 16 * 1024].repeat(8)).await;
        held.push(begun);
    }
    eventually("there is no room for one more", async || sign_in("192.0.2.2").await == 503).await;
    nora.post("/fn/chat/list", &json!({ "query": {} })).await.expect(200);
    drop(held);
    eventually("there is again", async || sign_in("192.0.2.2").await == 401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_requests_are_limited_per_user() {
    let server = Server::tuned(|_| {}, |config| config.requests_per_person = 3).await;
    let (nora, tomas) = (server.patient("Nora").await, server.patient("Tomas").await);
    let begun = withheld(&nora, "/api/search", 5, |_| String::new()).await;
    assert_eq!(begun.len(), 3);
    nora.get("/api/chats").await.expect_problem(429, "rate_limited");
    assert_eq!(Browser::of(&nora).open("/patient").await.status, 429, "pages count as well");
    tomas.get("/api/chats").await.expect(200);
    drop(begun);
    eventually("she goes on", async || nora.get("/api/chats").await.status == 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn page_of_a_refused_form_counts_for_its_caller_until_read() {
    let server = Server::tuned(|_| {}, |config| config.requests_per_address = 1).await;
    let stranger = server.stranger();
    let body = format!("email={}", "x".repeat(300_000));
    let length = body.len().to_string();
    let head = [
        ("content-length", length.as_str()),
        ("content-type", "application/x-www-form-urlencoded"),
        ("accept", "text/html"),
        ("connection", "close"),
    ];
    let mut unread = Raw::begin(&stranger, Method::POST, "/fn/account/sign-in", &head).await;
    unread.send(body.as_bytes()).await;
    assert_eq!(unread.status().await, 413);
    let call = async || stranger.get("/api/session").await;
    call().await.expect_problem(429, "rate_limited");
    assert!(unread.take_rest().await > 300_000, "it holds what was typed");
    eventually("it counts no more", async || call().await.status == 401).await;
}

/// A chat with messages of the maximum length. Each one but the first is a reply to the first.
async fn long_messages(server: &Server, count: i64) -> (Patient, Doctor, ChatId) {
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let content = "🦤".repeat(10_000);
    for n in 1..=count {
        let body = json!({ "clientId": client_id(), "content": content, "replyTo": (n > 1).then_some(1) });
        let body = if n == 1 { json!({ "clientId": client_id(), "content": content }) } else { body };
        nora.try_send(chat, &body).await.expect(200);
    }
    (nora, okafor, chat)
}

fn seqs(messages: &[Message]) -> Vec<i64> {
    messages.iter().map(|message| message.seq.0).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn page_of_long_messages_is_limited_in_bytes_without_gaps() {
    let server = Server::start().await;
    let (nora, _, chat) = long_messages(&server, 70).await;
    let page = async |query: &str| {
        let reply = nora.get(&format!("/api/chats/{chat}/messages?limit=200&{query}")).await.expect(200);
        assert!(reply.body.len() < 1_200_000, "{query}: {} bytes", reply.body.len());
        let page: MessagePage = reply.parse();
        let is_there = |seq| [&page.messages, &page.quoted].iter().any(|all| seqs(all).contains(&seq));
        assert!(is_there(1), "{query}: the quoted message is included");
        assert!(seqs(&page.messages).windows(2).all(|pair| pair[1] == pair[0] + 1), "{query}");
        assert_eq!(page.last_seq, Seq(70));
        page.messages
    };
    let (mut up, mut down) = (Vec::new(), Vec::new());
    while up.len() < 70 {
        up.extend(seqs(&page(&format!("after={}", up.len())).await));
    }
    while down.len() < 70 {
        let before = 71 - i64::try_from(down.len()).unwrap();
        down.extend(seqs(&page(&format!("before={before}")).await).into_iter().rev());
    }
    assert_eq!(up, (1..=70).collect::<Vec<_>>());
    assert_eq!(down, (1..=70).rev().collect::<Vec<_>>());
    let around = seqs(&page("around=35").await);
    assert!(around.contains(&34) && around.contains(&35) && around.len() > 20, "{around:?}");
    assert_eq!(seqs(&page("").await).last(), Some(&70), "the newest");
}

#[tokio::test(flavor = "multi_thread")]
async fn unread_answer_is_dropped_and_frees_its_resources() {
    let pace = Pace { window: Duration::from_secs(2), least_bytes: 8 * 1024 };
    let server = Server::tuned(
        |_| {},
        |config| {
            config.pace = pace;
            config.requests_per_person = 1;
        },
    )
    .await;
    let (nora, okafor, chat) = long_messages(&server, 25).await;
    let path = format!("/api/chats/{chat}/messages?limit=200");
    let whole = nora.get(&path).await.expect(200).body.len();
    let mut idle = nora.socket().await;
    let mut unread = Raw::begin(&nora, Method::GET, &path, &[]).await;
    assert_eq!(unread.status().await, 200);
    nora.get("/api/session").await.expect_problem(429, "rate_limited");
    eventually("it counts no more", async || nora.get("/api/session").await.status == 200).await;
    let taken = unread.take_rest().await;
    assert!(taken < whole, "the connection was cut: {taken} of {whole} bytes came");
    // A connection on which no answer was pending stays open.
    let sent = okafor.send(chat, "still there?").await;
    let is_frame = |frame| {
        matches!(frame, app::protocol::ServerFrame::Message { message } if message.seq == sent.seq).then_some(())
    };
    tokio::time::timeout(DEADLINE, idle.until(is_frame)).await.expect("the socket is open");
}
