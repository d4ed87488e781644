//! The live connection of a browser.

use super::{Client, DEADLINE, client::Wire, client_id, description};
use app::protocol::{
    Chat, ChatCounters, ChatId, ClientFrame, ClientId, Epoch, Message, MessageId, Seq, ServerFrame, Timestamp, UserId,
};
use futures::{SinkExt, StreamExt};
use serde_json::Value;
use tokio_tungstenite::tungstenite::{self, Error};

/// An open socket that has received its `ready` frame.
pub(crate) struct Socket {
    stream: Wire,
    /// The socket's user, from `ready`.
    pub(crate) user: UserId,
    /// The counters of the user's chats, from `ready`.
    pub(crate) chats: Vec<ChatCounters>,
    /// The server's clock, from `ready`.
    pub(crate) server_time: Timestamp,
    /// The database's epoch, from `ready`.
    pub(crate) epoch: Epoch,
    /// The `ready` frame itself.
    pub(crate) ready: Value,
}

/// The content of an `ack` frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) client_id: ClientId,
    pub(crate) chat: ChatId,
    pub(crate) seq: Seq,
    pub(crate) id: MessageId,
    pub(crate) at: Timestamp,
}

impl Socket {
    /// Opens a socket with the client's session.
    pub(crate) async fn open(client: &Client) -> Self {
        match Self::try_open(client, None).await {
            Ok(socket) => socket,
            Err(status) => panic!("the upgrade was refused: {status}"),
        }
    }

    /// Opens a socket, with an `Origin` header like a browser's or without. Returns the status if
    /// the server refuses.
    pub(crate) async fn try_open(client: &Client, origin: Option<&str>) -> Result<Self, u16> {
        let stream = client.upgrade("/ws", origin).await?;
        let mut socket = Self {
            stream,
            user: UserId(0),
            chats: Vec::new(),
            server_time: Timestamp(0),
            epoch: Epoch::nil(),
            ready: Value::Null,
        };
        let text = socket.next_text().await;
        socket.ready = serde_json::from_str(&text).unwrap();
        match serde_json::from_str(&text).unwrap() {
            ServerFrame::Ready { user_id, server_time, chats, epoch, .. } => {
                (socket.user, socket.chats, socket.server_time, socket.epoch) = (user_id, chats, server_time, epoch);
            }
            other => panic!("the first frame is `ready`, not {other:?}"),
        }
        Ok(socket)
    }

    /// Sends a frame.
    pub(crate) async fn push(&mut self, frame: &ClientFrame) {
        self.push_text(&serde_json::to_string(frame).unwrap()).await;
    }

    /// Sends any text.
    pub(crate) async fn push_text(&mut self, text: &str) {
        self.push_raw(tungstenite::Message::text(text)).await;
    }

    /// Sends any WebSocket message. An error shows only in the answers, because the server may have
    /// closed the socket.
    pub(crate) async fn push_raw(&mut self, message: tungstenite::Message) {
        let _ = self.stream.send(message).await;
    }

    /// Sends a text without waiting for an answer. Returns its client id.
    pub(crate) async fn push_send(&mut self, chat: ChatId, content: &str) -> ClientId {
        let client_id = client_id();
        self.push(&ClientFrame::Send {
            client_id,
            chat_id: chat,
            content: content.to_owned(),
            reply_to: None,
            corrects: None,
            is_urgent: false,
        })
        .await;
        client_id
    }

    /// Sends a text and waits for its `ack`.
    pub(crate) async fn send(&mut self, chat: ChatId, content: &str) -> Stored {
        let sent = self.push_send(chat, content).await;
        let stored = self.ack().await;
        assert_eq!(stored.client_id, sent);
        stored
    }

    async fn next(&mut self) -> Option<Result<tungstenite::Message, Error>> {
        tokio::time::timeout(DEADLINE, self.stream.next()).await.expect("the socket receives a frame")
    }

    /// The next frame's text.
    pub(crate) async fn next_text(&mut self) -> String {
        loop {
            match self.next().await {
                Some(Ok(tungstenite::Message::Text(text))) => {
                    let frame = serde_json::from_str(&text).unwrap();
                    let faults = description::faults_of_frame("server", &frame);
                    assert!(faults.is_empty(), "{faults:?} in {text}");
                    return text.as_str().to_owned();
                }
                Some(Ok(tungstenite::Message::Ping(_) | tungstenite::Message::Pong(_))) => {}
                other => panic!("a frame, not {other:?}"),
            }
        }
    }

    /// The next frame.
    pub(crate) async fn next_frame(&mut self) -> ServerFrame {
        let text = self.next_text().await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"))
    }

    /// Waits for the next frame that `pick` accepts, and skips all others.
    pub(crate) async fn until<T>(&mut self, mut pick: impl FnMut(ServerFrame) -> Option<T>) -> T {
        loop {
            if let Some(picked) = pick(self.next_frame().await) {
                return picked;
            }
        }
    }

    /// The frames before the message `content`, without `chat` frames, which are not ordered.
    pub(crate) async fn frames_before(&mut self, content: &str) -> Vec<ServerFrame> {
        let mut frames = self.frames_until_message(content).await;
        frames.pop();
        frames.retain(|frame| !matches!(frame, ServerFrame::Chat { .. }));
        frames
    }

    /// All frames up to and including the message `content`.
    pub(crate) async fn frames_until_message(&mut self, content: &str) -> Vec<ServerFrame> {
        let mut frames = Vec::new();
        loop {
            let frame = self.next_frame().await;
            let is_last = matches!(&frame, ServerFrame::Message { message } if message.content == content);
            frames.push(frame);
            if is_last {
                return frames;
            }
        }
    }

    /// The next `message`.
    pub(crate) async fn message(&mut self) -> Message {
        self.until(|frame| match frame {
            ServerFrame::Message { message } => Some(message),
            _ => None,
        })
        .await
    }

    /// The next `ack`.
    pub(crate) async fn ack(&mut self) -> Stored {
        self.until(|frame| match frame {
            ServerFrame::Ack { client_id, chat_id, seq, id, created_at } => {
                Some(Stored { client_id, chat: chat_id, seq, id, at: created_at })
            }
            ServerFrame::Rejected { .. } | ServerFrame::Error { .. } => panic!("an ack, not {frame:?}"),
            _ => None,
        })
        .await
    }

    /// The client id and the problem code of the next `rejected` frame.
    pub(crate) async fn rejected(&mut self) -> (ClientId, &'static str) {
        self.until(|frame| match frame {
            ServerFrame::Rejected { client_id, code, .. } => Some((client_id, code.as_str())),
            ServerFrame::Ack { .. } | ServerFrame::Error { .. } => panic!("a rejection, not {frame:?}"),
            _ => None,
        })
        .await
    }

    /// The problem code of the next `error` frame.
    pub(crate) async fn error(&mut self) -> &'static str {
        self.until(|frame| match frame {
            ServerFrame::Error { code, .. } => Some(code.as_str()),
            _ => None,
        })
        .await
    }

    /// The next `chat` frame for which `holds` is true. The server publishes `chat` frames
    /// independently of the answer to the change, so an earlier one may arrive first.
    pub(crate) async fn chat_where(&mut self, holds: impl Fn(&Chat) -> bool) -> Chat {
        self.until(|frame| match frame {
            ServerFrame::Chat { chat } if holds(&chat) => Some(*chat),
            _ => None,
        })
        .await
    }

    /// The next `chat`.
    pub(crate) async fn chat(&mut self) -> Chat {
        self.chat_where(|_| true).await
    }

    /// The next `read`.
    pub(crate) async fn read_mark(&mut self) -> (ChatId, UserId, Seq) {
        self.until(|frame| match frame {
            ServerFrame::Read { chat_id, user_id, seq, .. } => Some((chat_id, user_id, seq)),
            _ => None,
        })
        .await
    }

    /// The next `delivered`.
    pub(crate) async fn delivered_mark(&mut self) -> (ChatId, UserId, Seq) {
        self.until(|frame| match frame {
            ServerFrame::Delivered { chat_id, user_id, seq, .. } => Some((chat_id, user_id, seq)),
            _ => None,
        })
        .await
    }

    /// The next frame of this type, as text.
    pub(crate) async fn text_of(&mut self, kind: &str) -> String {
        loop {
            let text = self.next_text().await;
            if serde_json::from_str::<Value>(&text).unwrap()["type"] == kind {
                return text;
            }
        }
    }

    /// The next frame of this type, as JSON.
    pub(crate) async fn json_of(&mut self, kind: &str) -> Value {
        serde_json::from_str(&self.text_of(kind).await).unwrap()
    }

    /// Waits until the server closes the socket. Returns the close frame's code, or `None` without
    /// a close frame.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        loop {
            match self.next().await {
                Some(Ok(tungstenite::Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// Asserts that the server closes the socket with `code`.
    pub(crate) async fn expect_close(&mut self, code: u16) {
        assert_eq!(self.closed().await, Some(code));
    }

    /// Asserts that the socket works in both directions: sends a typing frame that the server
    /// refuses.
    pub(crate) async fn expect_alive(&mut self) {
        self.push(&ClientFrame::Typing { chat_id: ChatId(i64::MAX) }).await;
        self.until(|frame| match frame {
            ServerFrame::Error { code, .. } if code.as_str() == "chat_not_found" => Some(()),
            _ => None,
        })
        .await;
    }
}
