//! Tests of when a tab connects, fetches and sends, and when it gives up a silent socket.

mod answers;
mod limited;

use crate::{
    live::{Answer, BrowserSignal, Command, Connection, Input, Link, tests::*},
    protocol::{Availability, ChatPage, ClientFrame, Problem},
};

/// A tab with its connection and a clock, and the commands that it has returned.
struct Tab {
    state: LiveState,
    connection: Connection,
    now: i64,
    orders: Vec<Command>,
}

impl Tab {
    fn new() -> Self {
        let mut tab =
            Self { state: LiveState::new(ME), connection: Connection::new(Timestamp(0)), now: 0, orders: Vec::new() };
        tab.carry_out_commands();
        tab
    }

    /// A tab that has received `ready`.
    fn online(server: &Server) -> Self {
        let mut tab = Self::new();
        let socket = tab.socket();
        tab.receive(socket, &server.ready());
        tab.orders.clear();
        tab
    }

    fn carry_out_commands(&mut self) {
        self.orders.extend(self.connection.orders(&self.state, Timestamp(self.now)));
    }

    fn feed(&mut self, input: Input<'_>) {
        for event in self.connection.take(&self.state, input, Timestamp(self.now), 1.0) {
            self.state.apply(event);
        }
        self.carry_out_commands();
    }

    fn receive(&mut self, socket: u32, frame: &ServerFrame) {
        let text = serde_json::to_string(frame).expect("a frame is JSON");
        self.feed(Input::Text { socket, text: &text });
    }

    fn apply(&mut self, event: Event) {
        self.state.apply(event);
        self.carry_out_commands();
    }

    /// Lets seconds pass, one at a time, and answers pings if `answers_pings` is set.
    fn pass(&mut self, seconds: i64, answers_pings: bool) {
        for _ in 0..seconds {
            self.now += 1_000;
            self.feed(Input::Tick);
            if let (true, Some(socket)) = (answers_pings, self.pinged()) {
                self.orders.clear();
                self.receive(socket, &ServerFrame::Pong {});
            }
        }
    }

    /// The number of the socket that was last opened.
    fn socket(&self) -> u32 {
        let opened = self.orders.iter().rev().find_map(|order| match order {
            Command::Open(socket) => Some(*socket),
            _ => None,
        });
        opened.expect("a socket was asked for")
    }

    fn opens(&self) -> usize {
        self.orders.iter().filter(|order| matches!(order, Command::Open(_))).count()
    }

    fn pinged(&self) -> Option<u32> {
        self.orders.iter().find_map(|order| match order {
            Command::Send(socket, ClientFrame::Ping {}) => Some(*socket),
            _ => None,
        })
    }

    fn sends(&self) -> Vec<ClientId> {
        let sends = self.orders.iter().filter_map(|order| match order {
            Command::Send(_, ClientFrame::Send { client_id, .. }) => Some(*client_id),
            _ => None,
        });
        sends.collect()
    }

    fn type_one(&mut self) -> ClientId {
        let client_id = ClientId::new_v4();
        let at = Timestamp(self.now);
        self.apply(typed(client_id, "hi", at));
        client_id
    }
}

#[test]
fn dead_network_is_detected_within_two_heartbeats() {
    let mut tab = Tab::online(&Server::default());
    tab.pass(50, false);
    assert!(tab.pinged().is_some(), "the tab asks first");
    assert_ne!(tab.state.link, Link::Online);
    assert!(tab.opens() >= 1, "and tries a new socket");
}

#[test]
fn socket_stays_open_while_pings_are_answered() {
    let mut tab = Tab::online(&Server::default());
    tab.pass(600, true);
    assert_eq!(tab.state.link, Link::Online);
    assert_eq!(tab.opens(), 0);
}

#[test]
fn dead_socket_is_detected_seconds_after_focus() {
    let mut tab = Tab::online(&Server::default());
    tab.pass(5, true);
    tab.feed(Input::BrowserSignal(BrowserSignal::Wake));
    assert!(tab.pinged().is_some(), "asked at once");
    tab.pass(5, false);
    assert_ne!(tab.state.link, Link::Online);
}

#[test]
fn suspended_tab_opens_a_new_socket() {
    let mut tab = Tab::online(&Server::default());
    tab.now += 3_600_000;
    tab.feed(Input::Tick);
    assert_ne!(tab.state.link, Link::Online);
    assert_eq!(tab.opens(), 1);
}

#[test]
fn frames_and_end_of_an_old_socket_are_ignored() {
    let mut server = Server::default();
    let mut tab = Tab::new();
    let old = tab.socket();
    tab.receive(old, &server.ready());
    tab.feed(Input::BrowserSignal(BrowserSignal::SuspectDead));
    assert!(tab.orders.contains(&Command::Close(old)));
    let new = tab.socket();
    assert_ne!(old, new);
    tab.receive(new, &server.ready());
    server.store(PEER, ClientId::new_v4(), "late");
    let late = ServerFrame::Message { message: server.messages[0].clone() };
    tab.receive(old, &late);
    assert_eq!(tab.state.chats[&CHAT].counters.last_seq, Seq(0));
    tab.feed(Input::Closed { socket: old, code: Some(4401) });
    assert_eq!(tab.state.link, Link::Online);
}

#[test]
fn unanswered_message_is_sent_again_with_the_same_id() {
    let mut tab = Tab::online(&Server::default());
    let client_id = tab.type_one();
    assert_eq!(tab.sends(), [client_id]);
    tab.orders.clear();
    tab.feed(Input::Closed { socket: 1, code: None });
    assert!(tab.sends().is_empty());
    tab.pass(2, false);
    let socket = tab.socket();
    tab.receive(socket, &Server::default().ready());
    assert_eq!(tab.sends(), [client_id]);
}

#[test]
fn silent_socket_is_replaced_after_an_unanswered_message() {
    let mut tab = Tab::online(&Server::default());
    tab.type_one();
    tab.pass(11, false);
    assert_ne!(tab.state.link, Link::Online);
}

#[test]
fn message_is_sent_again_after_a_temporary_error() {
    let mut tab = Tab::online(&Server::default());
    let client_id = tab.type_one();
    tab.orders.clear();
    let code = ProblemCode::Overloaded;
    tab.receive(
        1,
        &ServerFrame::Error { code, detail: String::new(), client_id: Some(client_id), retry_after_ms: None },
    );
    assert!(tab.sends().is_empty());
    assert_eq!(tab.state.chats[&CHAT].outgoing[0].state, OutgoingState::Sending);
    tab.pass(3, false);
    assert_eq!(tab.sends(), [client_id]);
}

#[test]
fn tab_does_not_reconnect_after_the_session_ended() {
    let mut tab = Tab::online(&Server::default());
    tab.feed(Input::Closed { socket: 1, code: Some(4401) });
    assert_eq!(tab.state.link, Link::Ended);
    tab.pass(600, false);
    tab.feed(Input::BrowserSignal(BrowserSignal::Wake));
    assert_eq!(tab.opens(), 0);
}

#[test]
fn refused_upgrade_asks_for_the_viewer_once() {
    let mut tab = Tab::new();
    tab.feed(Input::Closed { socket: 1, code: Some(1006) });
    assert_eq!(tab.orders.iter().filter(|order| **order == Command::AskViewer).count(), 1);
    tab.pass(5, false);
    assert_eq!(tab.orders.iter().filter(|order| **order == Command::AskViewer).count(), 1, "once");
    tab.feed(Input::Viewer(Ok(None)));
    assert_eq!(tab.state.link, Link::Ended);
}

#[test]
fn tab_reconnects_within_a_second_after_the_network_is_back() {
    let mut tab = Tab::new();
    let fail = |tab: &mut Tab| {
        let socket = tab.socket();
        tab.orders.clear();
        tab.feed(Input::Closed { socket, code: Some(1006) });
        tab.feed(Input::Viewer(Err(Problem::from(ProblemCode::Unreachable))));
    };
    for _ in 0..6 {
        fail(&mut tab);
        while tab.opens() == 0 {
            tab.pass(1, false);
        }
    }
    tab.feed(Input::BrowserSignal(BrowserSignal::Wake));
    fail(&mut tab);
    tab.pass(1, false);
    assert_eq!(tab.opens(), 1);
}

#[test]
fn outdated_page_is_notified_and_keeps_unsent_messages() {
    let ready =
        serde_json::json!({ "type": "ready", "protocol": PROTOCOL_VERSION + 1, "something": "new" }).to_string();
    let mut tab = Tab::online(&Server::default());
    tab.feed(Input::Closed { socket: 1, code: Some(1001) });
    tab.type_one();
    tab.pass(2, false);
    let socket = tab.socket();
    tab.feed(Input::Text { socket, text: &ready });
    assert_eq!(tab.state.link, Link::Outdated);
    assert_eq!(tab.state.chats[&CHAT].outgoing.len(), 1);
    tab.pass(60, false);
    assert_eq!(tab.state.link, Link::Outdated);
}

#[test]
fn page_reloads_when_another_user_signed_in() {
    let mut tab = Tab::new();
    let ServerFrame::Ready { server_time, protocol, epoch, chats, .. } = Server::default().ready() else {
        panic!("ready");
    };
    tab.receive(1, &ServerFrame::Ready { user_id: PEER, server_time, protocol, epoch, chats });
    assert!(tab.orders.contains(&Command::Reload));
    assert!(tab.state.chats.is_empty(), "another user's chats are not merged");
}

#[test]
fn read_receipt_is_sent_again_only_when_unanswered() {
    let mut server = Server::default();
    server.store(PEER, ClientId::new_v4(), "hello");
    let mut tab = Tab::new();
    tab.receive(1, &server.ready());
    let reads = |tab: &Tab| {
        tab.orders.iter().filter(|order| matches!(order, Command::Send(_, ClientFrame::Read { .. }))).count()
    };
    tab.apply(Event::Seen { chat_id: CHAT, seq: Seq(1) });
    tab.apply(Event::Seen { chat_id: CHAT, seq: Seq(1) });
    assert_eq!(reads(&tab), 1);
    tab.pass(6, false);
    assert_eq!(reads(&tab), 2);
    for frame in server.read(ME) {
        tab.receive(1, &frame);
    }
    tab.pass(20, false);
    assert_eq!(reads(&tab), 2);
}

#[test]
fn read_receipts_are_throttled_while_scrolling() {
    let mut server = Server::default();
    for _ in 0..30 {
        server.store(PEER, ClientId::new_v4(), "hello");
    }
    let mut tab = Tab::online(&server);
    for seq in 1..=30 {
        tab.now += 20;
        tab.apply(Event::Seen { chat_id: CHAT, seq: Seq(seq) });
    }
    tab.pass(1, false);
    let sent = tab.orders.iter().filter_map(|order| match order {
        Command::Send(_, ClientFrame::Read { seq, .. }) => Some(seq.0),
        _ => None,
    });
    assert_eq!(sent.collect::<Vec<_>>(), [1, 21, 30]);
}

#[test]
fn delayed_read_receipt_is_sent_when_the_page_is_hidden() {
    let mut server = Server::default();
    for _ in 0..4 {
        server.store(PEER, ClientId::new_v4(), "hello");
    }
    let mut tab = Tab::online(&server);
    let sent = |tab: &Tab| {
        let reads = tab.orders.iter().filter_map(|order| match order {
            Command::Send(_, ClientFrame::Read { seq, .. }) => Some(seq.0),
            _ => None,
        });
        reads.collect::<Vec<_>>()
    };
    tab.apply(Event::Seen { chat_id: CHAT, seq: Seq(1) });
    tab.apply(Event::Seen { chat_id: CHAT, seq: Seq(2) });
    assert_eq!(sent(&tab), [1], "held back for a moment");
    tab.feed(Input::BrowserSignal(BrowserSignal::PageHidden));
    assert_eq!(sent(&tab), [1, 2]);
    tab.apply(Event::Seen { chat_id: CHAT, seq: Seq(3) });
    tab.now -= 600_000;
    tab.apply(Event::Seen { chat_id: CHAT, seq: Seq(4) });
    assert_eq!(sent(&tab), [1, 2, 4], "the clock was set back");
}

#[test]
fn delivery_receipt_is_sent_for_messages_missed_offline() {
    let mut server = Server::default();
    server.store(PEER, ClientId::new_v4(), "hello");
    let mut tab = Tab::new();
    tab.receive(1, &server.ready());
    tab.feed(Input::Fetched {
        ticket: 1,
        result: Ok(Answer::List(ChatPage { chats: vec![server.chat()], next: None })),
    });
    let delivered = ClientFrame::Delivered { chat_id: CHAT, seq: Seq(1) };
    assert_eq!(tab.orders.iter().filter(|order| **order == Command::Send(1, delivered.clone())).count(), 1);
}
