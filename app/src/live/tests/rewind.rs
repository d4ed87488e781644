//! Tests with a server that has lost data: it was restored from a backup, or has another database.

use super::*;
use crate::{
    live::{Answer, Command, Connection, Input},
    protocol::ClientFrame,
};

fn server_with(count: usize) -> Server {
    let mut server = Server { epoch: Epoch::new_v4(), ..Server::default() };
    for n in 0..count {
        server.store(PEER, ClientId::new_v4(), &format!("message {n}"));
    }
    server
}

#[test]
fn lost_messages_vanish_and_the_user_is_notified() {
    let mut server = server_with(10);
    let mut tab = open(&server);
    server.restore(4);
    resync(&mut tab, &mut server);
    assert_like_fresh(&tab, &server);
    assert_eq!(shown(&tab).len(), 6);
    assert!(tab.has_server_lost_history);
    tab.apply(Event::DataLossAcknowledged);
    assert!(!tab.has_server_lost_history);
}

#[test]
fn other_messages_at_the_same_positions_are_detected() {
    for written_since in [4, 6] {
        let mut server = server_with(10);
        let mut tab = open(&server);
        tab.apply(Event::Seen { chat_id: CHAT, seq: Seq(10) });
        server.restore(4);
        for _ in 0..written_since {
            server.store(PEER, ClientId::new_v4(), "written after the backup was restored");
        }
        resync(&mut tab, &mut server);
        assert_like_fresh(&tab, &server);
        assert!(tab.has_server_lost_history);
        assert_eq!(tab.chats[&CHAT].read(), server.my_read, "these are unread");
    }
}

#[test]
fn new_messages_at_read_positions_are_not_marked_read() {
    for written_since in [2, 4, 6] {
        let mut server = server_with(10);
        let (mut tab, mut connection) = (open(&server), Connection::new(Timestamp(0)));
        tab.apply(Event::Seen { chat_id: CHAT, seq: Seq(10) });
        server.restore(4);
        (0..written_since).for_each(|_| {
            server.store(PEER, ClientId::new_v4(), "written after the backup was restored");
        });
        let mut said = |tab: &mut LiveState, input: Input<'_>| {
            connection.take(tab, input, Timestamp(0), 1.0).into_iter().for_each(|event| tab.apply(event));
            connection.orders(tab, Timestamp(0))
        };
        said(&mut tab, Input::Tick);
        let ready = serde_json::to_string(&server.ready()).expect("a frame is JSON");
        let orders = said(&mut tab, Input::Text { socket: 1, text: &ready });
        let asked = orders.iter().find_map(|order| match order {
            Command::Fetch(ticket, Missing::Page(_, of)) => Some((*ticket, *of)),
            _ => None,
        });
        let (ticket, of) = asked.expect("the messages there are fetched");
        let then = said(&mut tab, Input::Fetched { ticket, result: Ok(Answer::Page(server.page(of))) });
        let is_read = |order: &Command| matches!(order, Command::Send(_, ClientFrame::Read { .. }));
        assert!(!orders.iter().chain(&then).any(is_read), "{written_since}");
    }
}

#[test]
fn restart_without_loss_keeps_the_page() {
    let mut server = server_with(120);
    let mut tab = open(&server);
    let of = PageOf::Before(Seq(71));
    tab.apply(Event::Page { chat_id: CHAT, of, page: server.page(of) });
    let before = shown(&tab);
    server.restore(0);
    server.store(PEER, ClientId::new_v4(), "new");
    resync(&mut tab, &mut server);
    assert!(!tab.has_server_lost_history);
    assert_eq!(shown(&tab)[..before.len()], before, "the scroll position is kept");
    assert_eq!(shown(&tab).len(), before.len() + 1);
}

#[test]
fn loss_without_a_new_epoch_is_detected() {
    let mut server = server_with(10);
    let mut tab = open(&server);
    let epoch = server.epoch;
    server.restore(4);
    server.epoch = epoch;
    resync(&mut tab, &mut server);
    assert_like_fresh(&tab, &server);
    assert!(tab.has_server_lost_history);
}

#[test]
fn unsent_message_survives_a_restore() {
    let mut server = server_with(10);
    let mut tab = open(&server);
    let client_id = ClientId::new_v4();
    tab.apply(Event::Disconnected(Timestamp(1)));
    tab.apply(typed(client_id, "hi", Timestamp(2)));
    server.restore(10);
    resync(&mut tab, &mut server);
    assert_like_fresh(&tab, &server);
    assert_eq!(server.messages.iter().filter(|message| message.client_id == client_id).count(), 1);
}

#[test]
fn deleted_chat_is_not_listed() {
    let server = server_with(10);
    let mut tab = open(&server);
    tab.apply(Event::Disconnected(Timestamp(1)));
    let (epoch, chats) = (Epoch::new_v4(), Vec::new());
    let ready = ServerFrame::Ready { user_id: ME, server_time: Timestamp(0), protocol: PROTOCOL_VERSION, epoch, chats };
    tab.apply(Event::Frame(ready));
    tab.apply(Event::Chats { chats: Vec::new(), next: None, is_first: true });
    assert!(tab.list().is_empty(), "{:?}", tab.list());
    assert_eq!(tab.unread(), 0);
}
