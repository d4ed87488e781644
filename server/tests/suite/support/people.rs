//! The users of a clinic. Each thing that they may do is a method; tests send other requests by
//! hand.

use super::{Client, Reply, Server, Socket, client_id};
use app::protocol::{Chat, ChatId, ChatPage, ClientId, Message, MessagePage, Seq, User, UserId};
use serde_json::{Value, json};
use std::ops::Deref;

/// The password of all users.
pub(crate) const PASSWORD: &str = "test-password-1234";

/// A signed-in user.
#[derive(Clone)]
pub(crate) struct Person {
    client: Client,
    pub(crate) user: User,
    pub(crate) email: String,
}

/// A signed-in patient.
#[derive(Clone)]
pub(crate) struct Patient(pub(super) Person);

/// A signed-in doctor.
#[derive(Clone)]
pub(crate) struct Doctor(pub(super) Person);

/// A signed-in admin.
#[derive(Clone)]
pub(crate) struct Admin(pub(super) Person);

macro_rules! deref {
    ($from:ty, $to:ty, $field:tt) => {
        impl Deref for $from {
            type Target = $to;

            fn deref(&self) -> &$to {
                &self.$field
            }
        }
    };
}
deref!(Person, Client, client);
deref!(Patient, Person, 0);
deref!(Doctor, Person, 0);
deref!(Admin, Person, 0);

impl Patient {
    /// Starts the chat with this doctor, or returns the existing one.
    pub(crate) async fn initiate(&self, doctor: &Doctor) -> ChatId {
        self.initiate_with(doctor.id()).await
    }

    /// Starts the chat with the doctor of this id.
    pub(crate) async fn initiate_with(&self, doctor: UserId) -> ChatId {
        let reply = self.post("/api/chats/initiate", &json!({ "doctorId": doctor })).await.expect(200);
        serde_json::from_value(reply.json()["chatId"].clone()).unwrap()
    }
}

impl Person {
    pub(super) const fn new(client: Client, user: User, email: String) -> Self {
        Self { client, user, email }
    }

    /// The id of the user's account.
    pub(crate) const fn id(&self) -> UserId {
        self.user.id
    }

    /// Signs in on another device.
    pub(crate) async fn on_another_device(&self) -> Self {
        let body = json!({ "email": self.email, "password": PASSWORD });
        let reply = Client::new(self.base()).post("/api/session", &body).await.expect(200);
        Self { client: self.client.with_cookie(reply.cookie()), ..self.clone() }
    }

    /// The user's session on another server.
    pub(crate) fn at(&self, server: &Server) -> Self {
        let cookie = self.client.cookie().unwrap_or_default();
        Self { client: server.stranger().with_cookie(cookie), ..self.clone() }
    }

    /// Sends `body` unchanged to the chat.
    pub(crate) async fn try_send(&self, chat: ChatId, body: &Value) -> Reply {
        self.post(&format!("/api/chats/{chat}/messages"), body).await
    }

    /// Sends a text under a client id.
    pub(crate) async fn send_as(&self, chat: ChatId, id: ClientId, content: &str) -> Message {
        let reply = self.try_send(chat, &json!({ "clientId": id, "content": content })).await.expect(200);
        serde_json::from_value(reply.json()["message"].clone()).unwrap()
    }

    /// Sends a text.
    pub(crate) async fn send(&self, chat: ChatId, content: &str) -> Message {
        self.send_as(chat, client_id(), content).await
    }

    /// Sends `count` texts named after their positions; the first is "message 1".
    pub(crate) async fn send_many(&self, chat: ChatId, count: i64) {
        for seq in 1..=count {
            assert_eq!(self.send(chat, &format!("message {seq}")).await.seq, Seq(seq));
        }
    }

    /// A page of the history; `query` is like `?after=3`, or empty.
    pub(crate) async fn history(&self, chat: ChatId, query: &str) -> MessagePage {
        self.get(&format!("/api/chats/{chat}/messages{query}")).await.expect(200).parse()
    }

    /// The chat as this user sees it.
    pub(crate) async fn chat(&self, chat: ChatId) -> Chat {
        self.get(&format!("/api/chats/{chat}")).await.expect(200).parse()
    }

    /// The user's chats; `query` is like `?limit=3`, or empty.
    pub(crate) async fn chats(&self, query: &str) -> ChatPage {
        self.get(&format!("/api/chats{query}")).await.expect(200).parse()
    }

    /// Sends `body` unchanged to the chat's read call.
    pub(crate) async fn try_read(&self, chat: ChatId, body: &Value) -> Reply {
        self.post(&format!("/api/chats/{chat}/read"), body).await
    }

    /// Marks the chat read up to `seq`.
    pub(crate) async fn read(&self, chat: ChatId, seq: i64) {
        self.try_read(chat, &json!({ "seq": seq })).await.expect(204);
    }

    /// Opens a socket and waits for `ready`.
    pub(crate) async fn socket(&self) -> Socket {
        Socket::open(&self.client).await
    }
}
