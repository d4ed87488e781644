//! The WebSocket's frames. Each is one JSON object whose first field is `type`.
//!
//! The field names are set for each variant with `rename_all`, because the generator of the
//! AsyncAPI description does not read `rename_all_fields`.
//!
//! An outdated page must detect that it is outdated. So a change that such a page can't parse needs
//! a new [`PROTOCOL_VERSION`], and every version must be able to parse [`Hello`].

use super::{
    ChangeSeq, Chat, ChatId, ClientId, Epoch, Message, MessageId, ProblemCode, Seq, StatusBrief, Timestamp, UserId,
    skip::is_false,
};
use serde::{Deserialize, Serialize};

/// The version of the frames that this build uses; `ready` contains it. A page of another version
/// asks the user to reload it.
pub const PROTOCOL_VERSION: u32 = 3;

/// The fields that the first frame has in every version of the protocol.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Hello {
    /// The frame's type: `ready` in the first frame.
    #[serde(rename = "type")]
    pub kind: String,
    /// The server's version. A server that sends no version has version 1.
    #[serde(default = "first_version")]
    pub protocol: u32,
}

const fn first_version() -> u32 {
    1
}

/// The counters of one chat. A client compares them with what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChatCounters {
    /// The chat's id.
    pub chat_id: ChatId,
    /// The newest message's `seq`.
    pub last_seq: Seq,
    /// The `seq` up to which this user has read.
    pub read_seq: Seq,
    /// The `seq` up to which the peer has read.
    pub peer_read_seq: Seq,
    /// The `seq` up to which messages have reached one of the peer's devices.
    pub peer_delivered_seq: Seq,
    /// When the peer last read a message of this user, up to `peer_read_seq`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub peer_read_at: Option<Timestamp>,
    /// When a message of this user last reached the peer, up to `peer_delivered_seq`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub peer_delivered_at: Option<Timestamp>,
    /// The number of unread messages: `last_seq - read_seq`.
    pub unread: i64,
    /// The number of the last change to one of the chat's messages; absent if no message was
    /// changed.
    #[serde(default, skip_serializing_if = "ChangeSeq::is_none")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub last_change: ChangeSeq,
    /// Who has to answer next, and whether this user has archived the chat.
    pub brief: StatusBrief,
}

/// A frame from the server to the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ServerFrame {
    /// The first frame of every connection. The client compares it with what it holds and fetches
    /// what is missing.
    #[serde(rename_all = "camelCase")]
    Ready {
        /// The user whose session this is.
        user_id: UserId,
        /// The time by the server's clock.
        server_time: Timestamp,
        /// The version of the frames that the server uses.
        #[serde(default = "first_version")]
        protocol: u32,
        /// Identifies the opened database. If it differs from the last connection's, a backup may
        /// have been restored: the client must compare everything that it fetched before.
        #[serde(default)]
        #[cfg_attr(feature = "ssr", schema(value_type = uuid::Uuid))]
        epoch: Epoch,
        /// The counters of every chat of this user.
        chats: Vec<ChatCounters>,
    },
    /// A message was stored. The server sends this to every socket of both members.
    #[serde(rename_all = "camelCase")]
    Message {
        /// The message.
        message: Message,
    },
    /// A stored message has changed, because its sender retracted it. Contains its new state.
    #[serde(rename_all = "camelCase")]
    Changed {
        /// The message.
        message: Message,
    },
    /// The message is stored. The server sends this to the sending socket after the commit.
    #[serde(rename_all = "camelCase")]
    Ack {
        /// The client id that the `send` frame had.
        #[cfg_attr(feature = "ssr", schema(value_type = uuid::Uuid))]
        client_id: ClientId,
        /// The chat.
        chat_id: ChatId,
        /// The message's `seq` in the chat.
        seq: Seq,
        /// The message's id, unique over all chats.
        id: MessageId,
        /// When the server stored the message.
        created_at: Timestamp,
    },
    /// The server will never store this message.
    #[serde(rename_all = "camelCase")]
    Rejected {
        /// The client id that the `send` frame had.
        #[cfg_attr(feature = "ssr", schema(value_type = uuid::Uuid))]
        client_id: ClientId,
        /// The reason, for programs.
        code: ProblemCode,
        /// The reason as an English sentence.
        detail: String,
    },
    /// A chat is new or has changed for this user. Counts are whole values, never differences.
    #[serde(rename_all = "camelCase")]
    Chat {
        /// The chat in its current state.
        chat: Box<Chat>,
    },
    /// Messages up to `seq` have reached a device of `user_id`.
    #[serde(rename_all = "camelCase")]
    Delivered {
        /// The chat.
        chat_id: ChatId,
        /// The user whose device received the messages.
        user_id: UserId,
        /// The `seq` of the last message received.
        seq: Seq,
        /// When the message was received.
        at: Timestamp,
    },
    /// `user_id` has read up to `seq`.
    #[serde(rename_all = "camelCase")]
    Read {
        /// The chat.
        chat_id: ChatId,
        /// The user who read.
        user_id: UserId,
        /// The `seq` of the last message read.
        seq: Seq,
        /// When the message was read.
        at: Timestamp,
    },
    /// `user_id` is typing.
    #[serde(rename_all = "camelCase")]
    Typing {
        /// The chat.
        chat_id: ChatId,
        /// The user who is typing.
        user_id: UserId,
    },
    /// The server could not process a frame from this socket.
    #[serde(rename_all = "camelCase")]
    Error {
        /// The reason, for programs.
        code: ProblemCode,
        /// The reason as an English sentence.
        detail: String,
        /// The client id of the message that the error is about. It was not stored and can be sent
        /// again later. Absent if the error is about no message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ssr", schema(value_type = Option<uuid::Uuid>, nullable = false))]
        client_id: Option<ClientId>,
        /// Milliseconds to wait before sending the frame again; absent if the server does not know.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ssr", schema(nullable = false))]
        retry_after_ms: Option<u64>,
    },
    /// The answer to `ping`.
    Pong {},
}

/// A frame from the browser to the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ClientFrame {
    /// Stores a message.
    #[serde(rename_all = "camelCase")]
    Send {
        /// The sender's own id for the message. The server stores a message with an id that it
        /// already has only once.
        #[cfg_attr(feature = "ssr", schema(value_type = uuid::Uuid))]
        client_id: ClientId,
        /// The chat.
        chat_id: ChatId,
        /// The text.
        content: String,
        /// The `seq` of the message that this one answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<Seq>,
        /// The `seq` of the sender's own message that this one corrects.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        corrects: Option<Seq>,
        /// Whether the sender saw the emergency number and sent the message nevertheless.
        #[serde(default, skip_serializing_if = "is_false")]
        #[cfg_attr(feature = "ssr", schema(required = false))]
        is_urgent: bool,
    },
    /// This user has read up to `seq`.
    #[serde(rename_all = "camelCase")]
    Read {
        /// The chat.
        chat_id: ChatId,
        /// The `seq` of the last message read.
        seq: Seq,
    },
    /// Messages up to `seq` have reached this device.
    #[serde(rename_all = "camelCase")]
    Delivered {
        /// The chat.
        chat_id: ChatId,
        /// The `seq` of the last message received.
        seq: Seq,
    },
    /// This user is typing.
    #[serde(rename_all = "camelCase")]
    Typing {
        /// The chat.
        chat_id: ChatId,
    },
    /// Asks for a `pong`. A page's script can't see the WebSocket protocol's own pings, so it uses
    /// this frame to test the connection.
    Ping {},
}
