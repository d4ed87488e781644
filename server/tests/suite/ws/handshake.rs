//! Who may open a socket, and which frame comes first.

use crate::support::{Server, Socket};
use app::protocol::{Awaiting, ChangeSeq, ChatCounters, Seq, StatusBrief};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn ready_comes_first_with_the_counters_of_every_chat() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let empty = nora.initiate_with(server.listed_doctor("Dr. B", "Neurology").await.id).await;
    nora.send_many(chat, 5).await;
    okafor.read(chat, 3).await;

    let socket = nora.socket().await;
    assert_eq!(socket.user, nora.id());
    assert!((server::db::time::now().0 - socket.server_time.0).abs() < 60_000);
    let at = |seq| Seq(seq);
    let busy = ChatCounters {
        chat_id: chat,
        last_seq: at(5),
        read_seq: at(5),
        peer_read_seq: at(3),
        peer_delivered_seq: at(3),
        peer_read_at: socket.chats[0].peer_read_at.filter(|at| *at <= server::db::time::now()),
        peer_delivered_at: socket.chats[0].peer_read_at,
        unread: 0,
        last_change: ChangeSeq(0),
        brief: StatusBrief { awaiting: Awaiting::Doctor, ..StatusBrief::default() },
    };
    assert!(busy.peer_read_at.is_some());
    let quiet = ChatCounters {
        chat_id: empty,
        last_seq: at(0),
        read_seq: at(0),
        peer_read_seq: at(0),
        peer_delivered_seq: at(0),
        peer_read_at: None,
        peer_delivered_at: None,
        unread: 0,
        last_change: ChangeSeq(0),
        brief: StatusBrief::default(),
    };
    assert_eq!(socket.chats, [busy, quiet]);
    let his = okafor.socket().await;
    assert_eq!(
        his.chats,
        [ChatCounters {
            read_seq: at(3),
            peer_read_seq: at(5),
            peer_delivered_seq: at(5),
            // A member who writes has read everything before. There was nothing of his to read.
            peer_read_at: None,
            peer_delivered_at: None,
            unread: 2,
            ..busy
        }]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn frame_is_a_json_object_with_type_first_in_camel_case() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let (mut hers, mut his) = (nora.socket().await, okafor.socket().await);
    let client_id = hers.push_send(chat, "hello").await;
    let ack = hers.json_of("ack").await;
    let expected = json!({
        "type": "ack", "clientId": client_id, "chatId": chat, "seq": 1, "id": ack["id"], "createdAt": ack["createdAt"],
    });
    assert_eq!(ack, expected);
    let text = his.text_of("message").await;
    assert!(text.starts_with(r#"{"type":"message","#), "{text}");
    let frame: Value = serde_json::from_str(&text).unwrap();
    let stored = okafor.history(chat, "").await.messages.remove(0);
    assert_eq!(frame, json!({ "type": "message", "message": stored }));
    his.push_text(&json!({ "type": "read", "chatId": chat, "seq": 1 }).to_string()).await;
    let read = hers.json_of("read").await;
    let expected = json!({ "type": "read", "chatId": chat, "userId": okafor.id(), "seq": 1, "at": read["at"] });
    assert_eq!(read, expected);
    his.push_text(&json!({ "chatId": chat, "unknown": [1], "type": "typing" }).to_string()).await;
    assert_eq!(hers.json_of("typing").await, json!({ "type": "typing", "chatId": chat, "userId": okafor.id() }));
}

#[tokio::test(flavor = "multi_thread")]
async fn stranger_cannot_open_a_socket() {
    let server = Server::start().await;
    let patient = server.patient("Nora").await;
    let signed_out = patient.on_another_device().await;
    signed_out.delete("/api/session").await.expect(204);
    for client in [server.stranger(), server.stranger().with_cookie("bedside_session=x"), (*signed_out).clone()] {
        assert_eq!(Socket::try_open(&client, None).await.err(), Some(401));
        assert_eq!(Socket::try_open(&client, Some(server.base())).await.err(), Some(401));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_page_cannot_open_a_socket() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    let base = server.base();
    let foreign = [
        "https://evil.example",
        "null",
        "",
        "file://",
        "http://127.0.0.1",
        &format!("{base}.evil.example"),
        &format!("{base}/"),
    ];
    for origin in foreign {
        assert_eq!(Socket::try_open(&nora, Some(origin)).await.err(), Some(403), "{origin}");
    }
    assert!(Socket::try_open(&nora, Some(base)).await.is_ok());
    assert!(Socket::try_open(&nora, None).await.is_ok(), "programs that are no browsers send none");
}

#[tokio::test(flavor = "multi_thread")]
async fn public_address_accepts_sockets_only_from_its_own_origin() {
    let server = Server::with(|settings| settings.public_url = Some("https://chat.example.org".parse().unwrap())).await;
    let nora = server.patient("Nora").await;
    assert!(Socket::try_open(&nora, Some("https://chat.example.org")).await.is_ok());
    for origin in ["http://chat.example.org", "https://evil.chat.example.org", server.base()] {
        assert_eq!(Socket::try_open(&nora, Some(origin)).await.err(), Some(403), "{origin}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_message_is_lost_between_ready_and_live_frames() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let sending = tokio::spawn({
        let nora = nora.clone();
        async move { nora.send_many(chat, 100).await }
    });
    let mut snapshots = Vec::new();
    while !sending.is_finished() {
        let mut socket = okafor.socket().await;
        let ready = socket.chats[0].last_seq;
        let first_live = if ready == Seq(100) { None } else { Some(socket.message().await.seq) };
        snapshots.push((ready, first_live));
    }
    sending.await.unwrap();
    for (ready, first_live) in snapshots {
        assert!(first_live.is_none_or(|first| first <= ready.next()), "a hole between {ready} and {first_live:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connected_doctor_sees_a_newly_started_chat() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let mut his = okafor.socket().await;
    assert_eq!(his.chats, []);
    let chat = nora.initiate(&okafor).await;
    let new = his.chat().await;
    assert_eq!((new.chat_id, new.peer.id), (chat, nora.id()));
    nora.send(chat, "hello").await;
    assert_eq!(his.message().await.content, "hello");
    assert_eq!(his.chat_where(|chat| chat.last_seq == Seq(1)).await.unread, 1, "the counters are consistent");
}
