//! Tests with a server that limits the messages of one user: the outbox waits as long as the server
//! asks.

use crate::live::tests::connection::*;

/// How many messages the server accepts at once, and the time until it accepts one more, in
/// milliseconds.
const AT_ONCE: i64 = 30;
const ONE_MORE_MS: i64 = 500;

/// The server's limit on one user (a token bucket), and the messages that it has stored.
struct Limited {
    server: Server,
    /// When the bucket is full again.
    full_at: i64,
    refused: usize,
}

impl Limited {
    fn new() -> Self {
        Self { server: Server::default(), full_at: 0, refused: 0 }
    }

    /// The frames that answer a message at this moment.
    fn answer(&mut self, client_id: ClientId, now: i64) -> Vec<ServerFrame> {
        let full_at = self.full_at.max(now) + ONE_MORE_MS;
        let wait = full_at - now - AT_ONCE * ONE_MORE_MS;
        if wait > 0 {
            self.refused += 1;
            return vec![limited(client_id, wait.unsigned_abs())];
        }
        self.full_at = full_at;
        self.server.store(ME, client_id, "hi")
    }
}

fn limited(client_id: ClientId, wait: u64) -> ServerFrame {
    ServerFrame::Error {
        code: ProblemCode::RateLimited,
        detail: String::new(),
        client_id: Some(client_id),
        retry_after_ms: Some(wait),
    }
}

#[test]
fn outbox_of_100_messages_is_sent_in_order_under_the_limit() {
    let mut limited = Limited::new();
    let mut tab = Tab::online(&limited.server);
    let typed: Vec<ClientId> = (0..100).map(|_| tab.type_one()).collect();
    let mut waited = false;
    while limited.server.messages.len() < typed.len() {
        assert!(tab.now < 60_000, "only {} are stored", limited.server.messages.len());
        let sends = tab.sends();
        tab.orders.clear();
        for client_id in sends {
            // The time that the message and its answer are on the network.
            tab.now += 20;
            for frame in limited.answer(client_id, tab.now) {
                tab.receive(1, &frame);
            }
        }
        let outgoing = tab.state.chats.get(&CHAT).map(|chat| chat.outgoing.as_slice()).unwrap_or_default();
        assert!(outgoing.iter().all(|message| !matches!(message.state, OutgoingState::NotSent(_))), "none is given up");
        waited |= tab.state.postponed.is_some();
        if tab.sends().is_empty() {
            tab.now = tab.connection.wake_at(Timestamp(tab.now)).0;
            tab.feed(Input::Tick);
        }
    }
    let stored: Vec<ClientId> = limited.server.messages.iter().map(|message| message.client_id).collect();
    assert_eq!(stored, typed);
    assert!(waited, "and the page knows that they wait");
    assert!(limited.refused <= 71, "it asks again after retryAfter, not before: {}", limited.refused);
    tab.pass(3, true);
    assert_eq!(tab.state.postponed, None);
}

#[test]
fn no_chat_sends_while_the_limit_is_reached() {
    let mut tab = Tab::online(&Server::default());
    let first = tab.type_one();
    tab.orders.clear();
    tab.receive(1, &limited(first, 5_000));
    let others: Vec<ClientId> = (1..=5)
        .map(|chat| {
            let (client_id, at) = (ClientId::new_v4(), Timestamp(tab.now + chat));
            let about = MessageOptions::default();
            tab.apply(Event::Typed { chat_id: ChatId(100 - chat), client_id, content: "ho".to_owned(), about, at });
            client_id
        })
        .collect();
    tab.pass(4, false);
    assert!(tab.sends().is_empty());
    tab.pass(1, false);
    assert_eq!(tab.sends(), [first], "then one at a time, the first that was typed first");
    let mut server = Server::default();
    for frame in server.store(ME, first, "hi") {
        tab.receive(1, &frame);
    }
    assert_eq!(tab.sends(), [first, others[0]]);
    tab.feed(Input::Closed { socket: 1, code: None });
    tab.orders.clear();
    tab.pass(2, false);
    let socket = tab.socket();
    tab.receive(socket, &server.ready());
    assert_eq!(tab.sends(), [others[0]], "also over a new socket");
}

#[test]
fn wait_survives_a_new_socket_and_fails_no_message() {
    let server = Server::default();
    let mut tab = Tab::online(&server);
    let client_id = tab.type_one();
    tab.receive(1, &limited(client_id, 600_000));
    tab.feed(Input::Closed { socket: 1, code: None });
    tab.orders.clear();
    tab.pass(2, false);
    let socket = tab.socket();
    tab.receive(socket, &server.ready());
    tab.pass(120, true);
    assert!(tab.state.postponed.is_some(), "the page says that it waits");
    let outgoing = tab.state.chats.get(&CHAT).map(|chat| chat.outgoing.as_slice()).unwrap_or_default();
    assert!(outgoing.iter().all(|message| message.state == OutgoingState::Sending), "{outgoing:?}");
    assert!(tab.sends().is_empty());
}

#[test]
fn clock_set_back_does_not_prolong_the_wait() {
    let mut tab = Tab::online(&Server::default());
    tab.now = 10_000_000;
    let client_id = tab.type_one();
    tab.orders.clear();
    tab.receive(1, &limited(client_id, 5_000));
    tab.now = 1_000;
    tab.pass(1, false);
    assert_eq!(tab.sends(), [client_id]);
}

#[test]
fn message_is_sent_again_if_the_server_gives_no_time() {
    let mut tab = Tab::online(&Server::default());
    let client_id = tab.type_one();
    tab.orders.clear();
    let code = ProblemCode::RateLimited;
    let error = ServerFrame::Error { code, detail: String::new(), client_id: Some(client_id), retry_after_ms: None };
    tab.receive(1, &error);
    tab.pass(1, false);
    assert!(tab.sends().is_empty());
    tab.pass(1, false);
    assert_eq!(tab.sends(), [client_id]);
}
