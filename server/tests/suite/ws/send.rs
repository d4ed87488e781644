//! Sending over a socket: who gets which frames, when, and in which order.

use crate::support::{Client, Server, client_id};
use app::protocol::{ClientFrame, Seq, ServerFrame};

#[tokio::test(flavor = "multi_thread")]
async fn message_reaches_every_tab_of_both_members_only() {
    let server = Server::start().await;
    let (nora, okafor, tomas) =
        (server.patient("Nora").await, server.doctor("Dr. Okafor").await, server.patient("Tomás").await);
    let (chat, other_chat) = (nora.initiate(&okafor).await, tomas.initiate(&okafor).await);
    let elsewhere = nora.on_another_device().await;
    let (mut tab, mut other_tab, mut phone) = (nora.socket().await, nora.socket().await, elsewhere.socket().await);
    let (mut his, mut outsider) = (okafor.socket().await, tomas.socket().await);
    let stored = tab.send(chat, "hello").await;
    for socket in [&mut other_tab, &mut phone, &mut his] {
        let message = socket.message().await;
        assert_eq!((message.seq, message.id, message.client_id), (stored.seq, stored.id, stored.client_id));
        assert_eq!((message.chat_id, message.sender_id, message.created_at), (chat, nora.id(), stored.at));
        assert_eq!((message.content.as_str(), message.is_ai), ("hello", false));
    }
    okafor.send(other_chat, "only for Tomás").await;
    assert_eq!(outsider.frames_before("only for Tomás").await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_tab_gets_the_message_too() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let (mut by_socket, mut by_http) = (nora.socket().await, okafor.socket().await);
    by_socket.push_send(chat, "over the socket").await;
    assert_eq!(by_socket.message().await.content, "over the socket");
    okafor.send(chat, "over HTTP").await;
    by_http.frames_until_message("over HTTP").await;
    assert_eq!(by_socket.message().await.content, "over HTTP");
}

#[tokio::test(flavor = "multi_thread")]
async fn acked_message_can_be_read_back() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let mut socket = nora.socket().await;
    for n in 1..=20 {
        let stored = socket.send(chat, &format!("message {n}")).await;
        assert_eq!((stored.seq, stored.chat), (Seq(n), chat));
        let page = okafor.history(chat, &format!("?after={}", n - 1)).await;
        assert_eq!(page.messages.len(), 1);
        assert_eq!((page.messages[0].id, page.messages[0].created_at), (stored.id, stored.at));
        assert_eq!(server.database().number(&format!("SELECT COUNT(*) FROM chat_message WHERE seq = {n}")), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sends_of_one_socket_keep_their_order_for_both_members() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let (mut hers, mut his) = (nora.socket().await, okafor.socket().await);
    for n in 1..=60 {
        hers.push_send(chat, &format!("message {n}")).await;
    }
    for n in 1..=60 {
        assert_eq!(hers.ack().await.seq, Seq(n));
        let message = his.message().await;
        assert_eq!((message.seq, message.content), (Seq(n), format!("message {n}")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_client_id_is_acked_again_and_shown_once() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let (mut hers, mut his) = (nora.socket().await, okafor.socket().await);
    let first = hers.send(chat, "once").await;
    let again = ClientFrame::Send {
        client_id: first.client_id,
        chat_id: chat,
        content: "once".to_owned(),
        reply_to: None,
        corrects: None,
        is_urgent: false,
    };
    hers.push(&again).await;
    assert_eq!(hers.ack().await, first);
    let mut after_reconnect = nora.socket().await;
    after_reconnect.push(&again).await;
    assert_eq!(after_reconnect.ack().await, first);
    assert_eq!(nora.send_as(chat, first.client_id, "once").await.seq, first.seq, "also by another route");
    hers.send(chat, "twice").await;
    let received = his.frames_before("twice").await;
    assert!(matches!(received[..], [ServerFrame::Message { .. }]), "{received:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_send_is_rejected_with_a_reason() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let mut socket = nora.socket().await;
    for content in ["", "  \n", "a\0b", &"é".repeat(10_001)] {
        let sent = socket.push_send(chat, content).await;
        assert_eq!(socket.rejected().await, (sent, "invalid"));
    }
    let first = socket.send(chat, "first").await;
    let reused = ClientFrame::Send {
        client_id: first.client_id,
        chat_id: chat,
        content: "second".to_owned(),
        reply_to: None,
        corrects: None,
        is_urgent: false,
    };
    socket.push(&reused).await;
    assert_eq!(socket.rejected().await, (first.client_id, "client_id_reused"));
    socket.send(chat, &"🦤".repeat(10_000)).await;
    assert_eq!(nora.chat(chat).await.last_seq, Seq(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn send_into_a_foreign_chat_is_rejected() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let (tomas, garcia, robin) =
        (server.patient("Tomás").await, server.doctor("Dr. García").await, server.admin("Robin").await);
    let chat = nora.initiate(&okafor).await;
    let mut his = okafor.socket().await;
    let outsiders: [&Client; 3] = [&tomas, &garcia, &robin];
    for outsider in outsiders {
        let mut socket = crate::support::Socket::open(outsider).await;
        let client_id = client_id();
        for chat_id in [chat, app::protocol::ChatId(987_654_321)] {
            socket
                .push(&ClientFrame::Send {
                    client_id,
                    chat_id,
                    content: "let me in".to_owned(),
                    reply_to: None,
                    corrects: None,
                    is_urgent: false,
                })
                .await;
            assert_eq!(socket.rejected().await, (client_id, "chat_not_found"));
        }
        for frame in [
            ClientFrame::Read { chat_id: chat, seq: Seq(1) },
            ClientFrame::Delivered { chat_id: chat, seq: Seq(1) },
            ClientFrame::Typing { chat_id: chat },
        ] {
            socket.push(&frame).await;
            assert_eq!(socket.error().await, "chat_not_found");
        }
    }
    assert_eq!(server.database().number("SELECT COUNT(*) FROM chat_message"), 0);
    nora.send(chat, "still alone").await;
    assert_eq!(his.frames_before("still alone").await, [], "they receive nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn sender_is_the_sockets_user_whatever_the_frame_claims() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let mut socket = nora.socket().await;
    let frame = serde_json::json!({
        "type": "send", "clientId": client_id(), "chatId": chat, "content": "trust me",
        "senderId": okafor.id(), "userId": okafor.id(), "role": "doctor", "isAi": true,
    });
    socket.push_text(&frame.to_string()).await;
    socket.ack().await;
    let stored = okafor.history(chat, "").await.messages.remove(0);
    assert_eq!((stored.sender_id, stored.is_ai), (nora.id(), false));
}
