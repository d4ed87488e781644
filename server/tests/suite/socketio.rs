//! Socket.IO on the level of its protocol. End-to-end tests use its official client.

use crate::support::{Ask, Client, Server, SocketIo, client_id, eventually};
use http::{Method, header};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn connection_needs_a_session_and_rejects_foreign_pages() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    assert_eq!(SocketIo::try_open(&server.stranger(), None).await.err(), Some(401));
    assert_eq!(SocketIo::try_open(&nora, Some("https://evil.example")).await.err(), Some(403));
    assert!(SocketIo::try_open(&nora, Some(server.base())).await.is_ok());
    let polling = "/socket.io/?EIO=4&transport=polling";
    server.stranger().get(polling).await.expect_problem(401, "unauthenticated");
    let foreign = nora.request(Method::GET, polling).header(header::ORIGIN, "https://evil.example");
    foreign.reply().await.expect_problem(403, "cross_origin");
    nora.get("/socket.io/?EIO=4&transport=websocket").await.expect_problem(426, "upgrade_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn user_can_join_only_own_chats() {
    let server = Server::start().await;
    let (nora, tomas, okafor) = (server.patient("Nora").await, server.patient("T").await, server.doctor("Dr. O").await);
    let (hers, his) = (nora.initiate(&okafor).await, tomas.initiate(&okafor).await);
    let mut socket = SocketIo::open(&nora).await;
    assert_eq!(socket.call("join", &json!(hers)).await, json!({ "ok": true }));
    assert_eq!(
        socket.call("join", &json!(hers.to_string())).await,
        json!({ "ok": true }),
        "as a page's address has it"
    );
    let (foreign, none) = (socket.call("join", &json!(his)).await, socket.call("join", &json!(999_999)).await);
    assert_eq!((&foreign["ok"], &foreign["code"]), (&json!(false), &json!("chat_not_found")));
    assert_eq!(foreign, none, "a foreign chat is as unknown as none");
    socket.emit("join", &json!(his)).await;
    assert_eq!(socket.event("error").await["code"], "chat_not_found");
    assert_eq!(socket.call("join", &json!({ "chat": 1 })).await["code"], "invalid_frame");
}

#[tokio::test(flavor = "multi_thread")]
async fn message_from_any_protocol_reaches_only_its_room_as_a_row() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let (tomas, lin) = (server.patient("Tomás").await, server.doctor("Dr. Lin").await);
    let (chat, other) = (nora.initiate(&okafor).await, nora.initiate(&lin).await);
    let (mut hers, mut his, mut foreign) =
        (SocketIo::open(&nora).await, SocketIo::open(&okafor).await, SocketIo::open(&tomas).await);
    hers.call("join", &json!(chat)).await;
    his.call("join", &json!(chat)).await;
    foreign.call("join", &json!(chat)).await;
    let sent = json!({ "chatId": chat, "senderId": nora.id(), "content": "over Socket.IO" });
    let ack = hers.call("message:send", &sent).await;
    assert_eq!(
        (&ack["ok"], &ack["message"]["seq"], &ack["message"]["senderId"]),
        (&json!(true), &json!(1), &json!(nora.id()))
    );
    let row = his.event("message:receive").await;
    let stored = &nora.history(chat, "").await.messages[0];
    let expected = json!({ "id": stored.id, "user_id": nora.id(), "chat_id": chat, "content": "over Socket.IO",
        "is_ai": false, "created_at": stored.created_at, "seq": 1 });
    assert_eq!(row, expected);
    // She has not joined the first chat, but the second. Only the second message arrives, also at
    // its sender.
    nora.send(other, "elsewhere").await;
    okafor.send(chat, "over HTTP").await;
    for socket in [&mut hers, &mut his] {
        let mut received = String::new();
        while received != "over HTTP" {
            // The sender's own event may arrive before or after the answer.
            assert!(matches!(received.as_str(), "" | "over Socket.IO"), "{received}");
            socket.event("message:receive").await["content"].as_str().unwrap().clone_into(&mut received);
        }
    }
    let answer = foreign.call("join", &json!(chat)).await;
    assert_eq!(answer["ok"], false, "and nothing came before it");
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_sender_and_invalid_message_are_rejected() {
    let server = Server::start().await;
    let (nora, tomas, okafor) = (server.patient("Nora").await, server.patient("T").await, server.doctor("Dr. O").await);
    let chat = nora.initiate(&okafor).await;
    let mut socket = SocketIo::open(&nora).await;
    let send = |change: Value| {
        let mut message = json!({ "chatId": chat, "content": "x" });
        message.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        message
    };
    for (change, code) in [
        (json!({ "senderId": okafor.id() }), "sender_mismatch"),
        (json!({ "senderId": "nobody" }), "invalid_frame"),
        (json!({ "content": "  " }), "invalid"),
        (json!({ "content": 7 }), "invalid_frame"),
        (json!({ "clientId": "not one" }), "invalid_frame"),
        (json!({ "chatId": 999_999 }), "chat_not_found"),
    ] {
        let answer = socket.call("message:send", &send(change)).await;
        assert_eq!((&answer["ok"], answer["code"].as_str()), (&json!(false), Some(code)), "{answer}");
    }
    let mut his = SocketIo::open(&tomas).await;
    assert_eq!(his.call("message:send", &send(json!({}))).await["code"], "chat_not_found");
    assert!(nora.history(chat, "").await.messages.is_empty());
    let twice = send(json!({ "clientId": client_id(), "senderId": nora.id().to_string() }));
    let (first, second) = (socket.call("message:send", &twice).await, socket.call("message:send", &twice).await);
    assert_eq!(first, second, "sending again answers the row of the first time");
    assert_eq!(nora.history(chat, "").await.messages.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_stored_in_the_order_they_were_sent() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let mut socket = SocketIo::open(&nora).await;
    let mut last = 0;
    for n in 1..=50 {
        last = socket.ask("message:send", &json!({ "chatId": chat, "content": n.to_string() })).await;
    }
    assert_eq!(socket.answer(last).await["ok"], true);
    let contents: Vec<String> =
        nora.history(chat, "").await.messages.into_iter().map(|message| message.content).collect();
    assert_eq!(contents, (1..=50).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_client_is_disconnected() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    let mut socket = SocketIo::open(&nora).await;
    for event in ["join", "message:send", "no such event"].iter().cycle().take(21) {
        socket.emit(event, &json!({})).await;
    }
    while let Some(packet) = socket.next().await {
        assert!(packet.starts_with("42[\"error\"") || packet == "41", "{packet}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn session_end_disconnects_and_server_stop_drops_connection() {
    let server = Server::start().await;
    let (nora, tomas) = (server.patient("Nora").await, server.patient("Tomás").await);
    let (mut hers, mut his) = (SocketIo::open(&nora).await, SocketIo::open(&tomas).await);
    nora.delete("/api/session").await.expect(204);
    // A client that gets a disconnect packet stays away. A client whose connection is cut comes
    // back.
    assert_eq!(hers.next().await.as_deref(), Some("41"));
    assert_eq!(hers.next().await, None);
    server.stop().await;
    assert_eq!(his.next().await, None);
}

/// Opens a polling session and returns its id.
async fn poll_open(client: &Client) -> String {
    let reply = client.get("/socket.io/?EIO=4&transport=polling").await.expect(200);
    let opened: Value = serde_json::from_str(reply.body.strip_prefix('0').unwrap()).unwrap();
    opened["sid"].as_str().unwrap().to_owned()
}

/// Polls until `what` arrives; pings may arrive in between.
async fn poll_until(client: &Client, address: &str, what: &str) {
    eventually(what, async || client.get(address).await.expect(200).body.contains(what)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn polling_session_can_be_used_only_by_its_owner() {
    let server = Server::start().await;
    let (nora, tomas, okafor) = (server.patient("Nora").await, server.patient("T").await, server.doctor("Dr. O").await);
    let chat = nora.initiate(&okafor).await;
    let sid = poll_open(&nora).await;
    let address = format!("/socket.io/?EIO=4&transport=polling&sid={sid}");
    let post = |body: String| nora.request(Method::POST, &address).body(body).reply();
    assert_eq!(post("40".to_owned()).await.expect(200).body, "ok");
    poll_until(&nora, &address, "40{").await;
    post(format!("420[\"join\",{chat}]")).await.expect(200);
    poll_until(&nora, &address, "430[{\"ok\":true}]").await;
    okafor.send(chat, "for her eyes").await;
    let foreign = tomas.get(&address).await.expect(400);
    assert!(foreign.body.contains("Session ID unknown"), "{foreign:?}");
    tomas.request(Method::POST, &address).body("1").reply().await.expect(400);
    server.stranger().get(&address).await.expect_problem(401, "unauthenticated");
    poll_until(&nora, &address, "for her eyes").await;
    nora.delete("/api/session").await.expect(204);
    nora.get(&address).await.expect_problem(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn socketio_and_websockets_share_a_limit_per_user() {
    let server = Server::with(|settings| settings.limit_scale = 0.05).await;
    let nora = server.patient("Nora").await;
    let socket = nora.socket().await;
    let _hers = SocketIo::open(&nora).await;
    assert_eq!(SocketIo::try_open(&nora, None).await.err(), Some(429));
    nora.get("/socket.io/?EIO=4&transport=polling").await.expect_problem(429, "rate_limited");
    drop(socket);
    eventually("there is room again", async || SocketIo::try_open(&nora, None).await.is_ok()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn abandoned_polling_session_frees_its_permit() {
    let server = Server::with(|settings| settings.limit_scale = 0.05).await;
    let nora = server.patient("Nora").await;
    for _ in 0..2 {
        let sid = poll_open(&nora).await;
        let address = format!("/socket.io/?EIO=4&transport=polling&sid={sid}");
        nora.request(Method::POST, &address).body("1").reply().await.expect(200);
    }
    eventually("their permits are free", async || SocketIo::try_open(&nora, None).await.is_ok()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ambiguous_address_is_read_in_only_one_way() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    let sid = poll_open(&nora).await;
    for query in ["transport=websocket=", "transport=polling&transport=websocket", "transport=polling", ""] {
        let refused = nora.upgrade(&format!("/socket.io/?EIO=4&{query}"), None).await.expect_err(query);
        assert!(refused < 500, "{query}: {refused}");
    }
    // The handshake check must judge the id, however it is encoded.
    let hidden = format!("/socket.io/?EIO=4&transport=polling&%73id={sid}");
    let foreign = server.patient("Tomás").await.get(&hidden).await.expect(400);
    assert!(foreign.body.contains("Session ID unknown"), "{foreign:?}");
    nora.request(Method::POST, &hidden).body("40").reply().await.expect(200);
}
