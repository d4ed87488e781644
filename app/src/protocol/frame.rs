//! The WebSocket's frames: one JSON object each, `type` first.
//!
//! An outdated page must be able to tell that it is outdated: a change that it can't read needs a new
//! [`PROTOCOL_VERSION`], and [`Hello`] stays readable for ever.

use super::{Chat, ChatId, ClientId, Epoch, Message, MessageId, ProblemCode, Seq, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// The version of these frames that this build speaks, as `ready` says it. A page of another version asks to
/// be reloaded.
pub const PROTOCOL_VERSION: u32 = 1;

/// What every version of the first frame has.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Hello {
    /// `ready`, in the first frame.
    #[serde(rename = "type")]
    pub kind: String,
    /// The server's version; a server too old to say is of the first.
    #[serde(default = "first_version")]
    pub protocol: u32,
}

const fn first_version() -> u32 {
    1
}

/// Where one chat stands, for a client to compare with what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
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
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum ServerFrame {
    /// The first frame, every time: compare and fetch what is missing.
    Ready {
        /// Whose session this is.
        user_id: UserId,
        /// The server's clock.
        server_time: Timestamp,
        /// The version of these frames that the server speaks.
        #[serde(default = "first_version")]
        protocol: u32,
        /// Names the database as it was opened. Another one than last time: what was fetched before may not
        /// hold any more (a backup was restored), so compare all of it.
        #[serde(default)]
        #[cfg_attr(feature = "ssr", schema(value_type = uuid::Uuid))]
        epoch: Epoch,
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
        #[cfg_attr(feature = "ssr", schema(value_type = uuid::Uuid))]
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
        #[cfg_attr(feature = "ssr", schema(value_type = uuid::Uuid))]
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
        /// The send it is about: not stored, and worth sending again later. Absent otherwise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ssr", schema(value_type = Option<uuid::Uuid>, nullable = false))]
        client_id: Option<ClientId>,
    },
    /// The answer to `ping`.
    Pong {},
}

/// Browser to server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum ClientFrame {
    /// Store a message.
    Send {
        /// The sender's own id for it.
        #[cfg_attr(feature = "ssr", schema(value_type = uuid::Uuid))]
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
    /// Asks for a `pong`: script can't see the protocol's own pings, and needs to know whether anything still
    /// comes through.
    Ping {},
}
