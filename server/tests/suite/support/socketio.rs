//! A Socket.IO client that follows the protocol (Engine.IO 4, Socket.IO 5) over a WebSocket.

use super::{Client, DEADLINE, client::Wire};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

/// A client that has joined the namespace.
pub(crate) struct SocketIo {
    stream: Wire,
    asked: u32,
}

impl SocketIo {
    /// Opens a connection with the client's session.
    pub(crate) async fn open(client: &Client) -> Self {
        Self::try_open(client, None).await.unwrap_or_else(|status| panic!("refused: {status}"))
    }

    /// Opens a connection, with an `Origin` header or without. Returns the status if the server
    /// refuses.
    pub(crate) async fn try_open(client: &Client, origin: Option<&str>) -> Result<Self, u16> {
        let stream = client.upgrade("/socket.io/?EIO=4&transport=websocket", origin).await?;
        let mut socket = Self { stream, asked: 0 };
        assert!(socket.next().await.expect("it opens").starts_with("0{"));
        socket.push("40").await;
        assert!(socket.next().await.expect("the namespace is joined").starts_with("40{"));
        Ok(socket)
    }

    async fn push(&mut self, packet: &str) {
        // An error shows only in the answers, because the server may have closed the connection.
        let _ = self.stream.send(Message::text(packet)).await;
    }

    /// The next packet. Pings are answered and skipped. `None` when the server has closed the
    /// connection.
    pub(crate) async fn next(&mut self) -> Option<String> {
        loop {
            match tokio::time::timeout(DEADLINE, self.stream.next()).await.expect("the socket receives a frame") {
                Some(Ok(Message::Text(text))) if text.as_str() == "2" => self.push("3").await,
                Some(Ok(Message::Text(text))) => return Some(text.as_str().to_owned()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(_) | Err(_)) | None => return None,
            }
        }
    }

    /// Emits an event without asking for an acknowledgement.
    pub(crate) async fn emit(&mut self, event: &str, argument: &Value) {
        self.push(&format!("42{}", json!([event, argument]))).await;
    }

    /// Emits an event. Returns its number, which the acknowledgement will contain.
    pub(crate) async fn ask(&mut self, event: &str, argument: &Value) -> u32 {
        self.asked += 1;
        self.push(&format!("42{}{}", self.asked, json!([event, argument]))).await;
        self.asked
    }

    /// Waits for the acknowledgement with this number, and skips other packets.
    pub(crate) async fn answer(&mut self, number: u32) -> Value {
        let start = format!("43{number}[");
        loop {
            let packet = self.next().await.expect("the server acknowledges");
            if let Some(rest) = packet.strip_prefix(&start) {
                return serde_json::from_str(&format!("[{rest}")).map(|values: Vec<Value>| values[0].clone()).unwrap();
            }
        }
    }

    /// Emits an event and waits for its acknowledgement.
    pub(crate) async fn call(&mut self, event: &str, argument: &Value) -> Value {
        let number = self.ask(event, argument).await;
        self.answer(number).await
    }

    /// The argument of the next event of this name. Other packets are skipped.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        loop {
            let packet = self.next().await.expect("the socket receives an event");
            let Some(event) = packet.strip_prefix("42") else { continue };
            let values: Vec<Value> = serde_json::from_str(event).unwrap();
            if values[0] == name {
                return values[1].clone();
            }
        }
    }
}
