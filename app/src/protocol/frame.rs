//! The WebSocket's frames: one JSON object each, `type` first.

use super::{Chat, ChatId, ClientId, Message, MessageId, ProblemCode, Seq, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// Where one chat stands, for a client to compare with what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatCounters {
    /// Id.
    pub chat_id: ChatId,
    /// The newest message's `seq`.
    pub last_seq: Seq,
    /// How far this user has read.
    pub read_seq: Seq,
    /// How far the other has read.
    pub peer_read_seq: Seq,
    /// How far messages have reached the other's devices.
    pub peer_delivered_seq: Seq,
    /// `last_seq - read_seq`.
    pub unread: i64,
}

/// Server to browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum ServerFrame {
    /// The first frame, every time: compare and fetch what is missing.
    Ready {
        /// Whose session this is.
        user_id: UserId,
        /// The server's clock.
        server_time: Timestamp,
        /// Every chat of this user.
        chats: Vec<ChatCounters>,
    },
    /// A stored message, to every socket of both members.
    Message {
        /// The message.
        message: Message,
    },
    /// To the sending socket, after the commit.
    Ack {
        /// As sent.
        client_id: ClientId,
        /// The chat.
        chat_id: ChatId,
        /// Its place.
        seq: Seq,
        /// The row's id.
        id: MessageId,
        /// When it was stored.
        created_at: Timestamp,
    },
    /// This send will never be stored.
    Rejected {
        /// As sent.
        client_id: ClientId,
        /// Why, for programs.
        code: ProblemCode,
        /// Why, in words.
        detail: String,
    },
    /// A chat is new or changed for this user; counts are whole, never a difference.
    Chat {
        /// The chat as it stands.
        chat: Chat,
    },
    /// Messages up to `seq` have reached a device of `user_id`.
    Delivered {
        /// The chat.
        chat_id: ChatId,
        /// Whose device.
        user_id: UserId,
        /// Up to here.
        seq: Seq,
    },
    /// `user_id` has read up to `seq`.
    Read {
        /// The chat.
        chat_id: ChatId,
        /// Who.
        user_id: UserId,
        /// Up to here.
        seq: Seq,
    },
    /// `user_id` is writing.
    Typing {
        /// The chat.
        chat_id: ChatId,
        /// Who.
        user_id: UserId,
    },
    /// A frame from this socket could not be obeyed.
    Error {
        /// Why, for programs.
        code: ProblemCode,
        /// Why, in words.
        detail: String,
    },
}

/// Browser to server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum ClientFrame {
    /// Store a message.
    Send {
        /// The sender's own id for it.
        client_id: ClientId,
        /// The chat.
        chat_id: ChatId,
        /// The text.
        content: String,
    },
    /// Read up to `seq`.
    Read {
        /// The chat.
        chat_id: ChatId,
        /// Up to here.
        seq: Seq,
    },
    /// Messages up to `seq` have reached this device.
    Delivered {
        /// The chat.
        chat_id: ChatId,
        /// Up to here.
        seq: Seq,
    },
    /// Writing now.
    Typing {
        /// The chat.
        chat_id: ChatId,
    },
}
