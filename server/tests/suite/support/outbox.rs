//! A page that sends messages. It runs the code of the browser (`app::live`) over a real socket and
//! with the real clock.

use super::{Client, DEADLINE, client::Wire};
use app::{
    live::{Command, Connection, Event, Input, LiveState, MessageOptions, OutgoingState},
    protocol::{ChatId, ClientId, Timestamp, UserId},
};
use futures::{SinkExt, StreamExt};
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

/// A page with one open chat.
pub(crate) struct Outbox<'a> {
    client: &'a Client,
    state: LiveState,
    connection: Connection,
    wire: Option<(u32, Wire)>,
}

impl<'a> Outbox<'a> {
    /// The page of this user.
    pub(crate) fn new(client: &'a Client, user: UserId) -> Self {
        Self { client, state: LiveState::new(user), connection: Connection::new(now()), wire: None }
    }

    /// The user sends a text.
    pub(crate) fn type_in(&mut self, chat_id: ChatId, content: String) {
        let (client_id, about) = (ClientId::new_v4(), MessageOptions::default());
        self.state.apply(Event::Typed { chat_id, client_id, content, about, at: now() });
    }

    /// Runs until nothing is left to send. Returns whether it had to wait for the server's limit.
    pub(crate) async fn empty(&mut self) -> bool {
        let mut has_waited = false;
        let all = async {
            while self.state.has_outgoing() {
                let outgoing = self.state.chats.values().flat_map(|chat| &chat.outgoing);
                for message in outgoing {
                    assert!(!matches!(message.state, OutgoingState::NotSent(_)), "given up: {message:?}");
                }
                self.carry_out().await;
                has_waited |= self.state.postponed.is_some();
                self.step().await;
            }
        };
        tokio::time::timeout(DEADLINE * 5, all).await.expect("the outbox is emptied");
        has_waited
    }

    /// Carries out the commands of the connection, except for fetches, which this page does not
    /// need.
    async fn carry_out(&mut self) {
        for order in self.connection.orders(&self.state, now()) {
            match order {
                Command::Open(number) => {
                    self.wire = Some((number, self.client.upgrade("/ws", None).await.expect("it opens")));
                }
                Command::Send(_, frame) => {
                    let (_, wire) = self.wire.as_mut().expect("a socket");
                    wire.send(Message::text(serde_json::to_string(&frame).unwrap())).await.unwrap();
                }
                _ => {}
            }
        }
    }

    /// Waits for the next frame, or until the connection must be checked again.
    async fn step(&mut self) {
        let wait = self.connection.wake_at(now()).0 - now().0;
        let wait = Duration::from_millis(wait.max(1).unsigned_abs());
        let (number, wire) = self.wire.as_mut().expect("a socket");
        let number = *number;
        let next = tokio::time::timeout(wait, wire.next()).await;
        match next {
            Ok(Some(Ok(Message::Text(text)))) => self.feed(Input::Text { socket: number, text: text.as_str() }),
            Ok(Some(Ok(_))) => {}
            Ok(other) => panic!("the socket ended: {other:?}"),
            Err(_) => self.feed(Input::Tick),
        }
    }

    fn feed(&mut self, input: Input<'_>) {
        for event in self.connection.take(&self.state, input, now(), 0.5) {
            self.state.apply(event);
        }
    }
}

fn now() -> Timestamp {
    server::db::time::now()
}
