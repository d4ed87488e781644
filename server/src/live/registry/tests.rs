use super::*;
use app::protocol::Seq;

fn join(registry: &Registry, user: i64) -> Arc<Connection> {
    registry.join(UserId(user), &format!("session of {user}"))
}

fn read() -> ServerFrame {
    ServerFrame::Read { chat_id: ChatId(1), user_id: UserId(1), seq: Seq(1), at: Timestamp(1) }
}

#[tokio::test]
async fn slow_socket_is_ended_and_others_stay_open() {
    let registry = Registry::default();
    let (slow, quick) = (join(&registry, 1), join(&registry, 1));
    let mut frames = Vec::new();
    for _ in 0..1_000 {
        registry.deliver(&[UserId(1)], &read());
        quick.take(&mut frames, 1).await;
    }
    assert_eq!(frames.len(), 1_000);
    assert_eq!(slow.reason(), Some(CloseReason::TooSlow));
    assert_eq!(quick.reason(), None);
}

fn message(seq: i64) -> ServerFrame {
    let message = app::protocol::Message {
        chat_id: ChatId(1),
        seq: Seq(seq),
        id: app::protocol::MessageId(seq),
        sender_id: UserId(2),
        client_id: app::protocol::ClientId::nil(),
        content: String::new(),
        is_ai: false,
        created_at: Timestamp(1),
        reply_to: None,
        corrects: None,
        retracted: None,
        change: app::protocol::ChangeSeq(0),
        is_urgent: false,
        is_automatic: false,
    };
    ServerFrame::Message { message }
}

/// Receives `count` frames and returns the positions of the messages among them.
async fn received(socket: &Connection, count: usize) -> Vec<i64> {
    let mut frames = Vec::new();
    while frames.len() < count {
        socket.take(&mut frames, count).await;
    }
    let position = |text: &Utf8Bytes| match serde_json::from_str(text) {
        Ok(ServerFrame::Message { message }) => Some(message.seq.0),
        _ => None,
    };
    frames.iter().filter_map(position).collect()
}

#[tokio::test]
async fn messages_of_two_nodes_arrive_in_order() -> Result<(), Box<dyn std::error::Error>> {
    let registry = Registry::default();
    let socket = join(&registry, 1);
    // This node's own frames arrive at once, the others over the bus.
    for (seq, is_own) in [(1, true), (3, true), (4, true), (2, false), (6, false), (5, true)] {
        let frame = message(seq);
        if is_own {
            registry.deliver(&[UserId(1)], &frame);
        } else {
            let event = Event::from_frame(&frame).ok_or("an event")?;
            let event: Event = serde_json::from_slice(&serde_json::to_vec(&event)?)?;
            registry.deliver_text(UserId(1), event.frame.as_ref().ok_or("a frame")?.get(), &event);
        }
    }
    assert_eq!(received(&socket, 6).await, [1, 2, 3, 4, 5, 6]);
    // A missing message is waited for only a moment.
    registry.deliver(&[UserId(1)], &message(9));
    registry.deliver(&[UserId(1)], &message(8));
    assert_eq!(received(&socket, 2).await, [8, 9]);
    Ok(())
}

#[tokio::test]
async fn repeated_message_is_sent_only_to_users_who_lack_it() {
    let registry = Registry::default();
    let first = join(&registry, 1);
    registry.deliver(&[UserId(1)], &message(1));
    let second = join(&registry, 2);
    registry.deliver_again(&[UserId(1), UserId(2)], &message(1));
    for user in [UserId(1), UserId(2)] {
        registry.deliver(&[user], &message(2));
    }
    assert_eq!(received(&first, 2).await, [1, 2]);
    assert_eq!(received(&second, 2).await, [1, 2]);
}

fn typing(chat: i64) -> ServerFrame {
    ServerFrame::Typing { chat_id: ChatId(chat), user_id: UserId(2) }
}

fn delivered(seq: i64) -> ServerFrame {
    ServerFrame::Delivered { chat_id: ChatId(1), user_id: UserId(2), seq: Seq(seq), at: Timestamp(1) }
}

#[test]
fn flood_of_droppable_frames_leaves_room_for_other_frames() {
    let registry = Registry::default();
    let slow = join(&registry, 1);
    for n in 0..1_000 {
        registry.deliver(&[UserId(1)], &typing(n));
        registry.deliver(&[UserId(1)], &delivered(n));
    }
    for _ in 0..128 {
        registry.deliver(&[UserId(1)], &read());
    }
    assert_eq!(slow.reason(), None);
}

#[tokio::test]
async fn droppable_frame_replaces_an_earlier_one_of_its_chat() -> Result<(), Box<dyn std::error::Error>> {
    let registry = Registry::default();
    let slow = join(&registry, 1);
    let from_elsewhere = Event::from_frame(&typing(1)).ok_or("an event")?;
    let text = from_elsewhere.frame.as_ref().ok_or("a frame")?.get();
    for _ in 0..50 {
        registry.deliver(&[UserId(1)], &typing(1));
        registry.deliver(&[UserId(1)], &typing(2));
        registry.deliver_text(UserId(1), text, &from_elsewhere);
    }
    let mut frames = Vec::new();
    slow.take(&mut frames, 1_000).await;
    assert_eq!(frames.len(), 2);
    for seq in [1, 3, 2] {
        registry.deliver(&[UserId(1)], &delivered(seq));
    }
    slow.take(&mut frames, 1_000).await;
    assert_eq!(frames.len(), 3, "a mark is the furthest");
    assert!(frames.pop().is_some_and(|frame| frame.contains("\"seq\":3")));
    registry.deliver(&[UserId(1)], &typing(1));
    slow.take(&mut frames, 1_000).await;
    assert_eq!(frames.len(), 3, "once it is on its way, the next may follow");
    Ok(())
}

#[test]
fn registry_reports_the_next_session_end_and_new_sessions() {
    let registry = Registry::default();
    let _first = join(&registry, 1);
    assert_eq!(registry.take_joined(), ["session of 1"]);
    registry.note_end(Timestamp(5));
    registry.note_end(Timestamp(3));
    registry.note_end(Timestamp(7));
    assert_eq!(registry.next_end(), Timestamp(3));
    let _late = join(&registry, 2);
    assert_eq!(registry.sessions_to_recheck().len(), 2);
    assert_eq!(registry.next_end(), Timestamp(i64::MAX), "stored again by the second request");
    assert_eq!(registry.take_joined(), ["session of 2"]);
    assert!(registry.take_joined().is_empty());
}

#[test]
fn session_end_closes_only_its_own_sockets() {
    let registry = Registry::default();
    let ended = join(&registry, 1);
    let kept = join(&registry, 2);
    registry.end_session("session of 1");
    assert_eq!(ended.reason(), Some(CloseReason::SessionEnded));
    assert_eq!(kept.reason(), None);
}

#[test]
fn socket_is_ended_when_it_joins_during_a_stop() {
    let registry = Registry::default();
    registry.close_all();
    let late = join(&registry, 1);
    assert_eq!(late.reason(), Some(CloseReason::GoingAway));
    registry.leave(&late);
    assert!(!registry.is_connected(UserId(1)));
}
