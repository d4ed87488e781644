//! The WebSocket's frames: one JSON object each, `type` first.
//!
//! (Names are set for each variant: the description of the frames is made from these types, and `rename_all_fields` is
//! not seen there.)
//!
//! An outdated page must be able to tell that it is outdated: a change that it can't read needs a new
//! [`PROTOCOL_VERSION`], and [`Hello`] stays readable for ever.

use super::{
    ChangeSeq, Chat, ChatId, ClientId, Epoch, Message, MessageId, ProblemCode, Seq, StatusBrief, Timestamp, UserId,
    skip::is_false,
};
use serde::{Deserialize, Serialize};

/// The version of these frames that this build speaks, as `ready` says it. A page of another version asks to
/// be reloaded.
pub const PROTOCOL_VERSION: u32 = 3;

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
    /// When the other last read something of the viewer's up to there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub peer_read_at: Option<Timestamp>,
    /// Since when messages have reached the other so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub peer_delivered_at: Option<Timestamp>,
    /// `last_seq - read_seq`.
    pub unread: i64,
    /// The last change to a message of it; absent when none was changed.
    #[serde(default, skip_serializing_if = "ChangeSeq::is_none")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub last_change: ChangeSeq,
    /// Whose turn it is, and whether it is put away.
    pub brief: StatusBrief,
}

/// Server to browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ServerFrame {
    /// The first frame, every time: compare and fetch what is missing.
    #[serde(rename_all = "camelCase")]
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
    #[serde(rename_all = "camelCase")]
    Message {
        /// The message.
        message: Message,
    },
    /// A message that was stored before has changed (its sender took it back): as it is now.
    #[serde(rename_all = "camelCase")]
    Changed {
        /// The message.
        message: Message,
    },
    /// To the sending socket, after the commit.
    #[serde(rename_all = "camelCase")]
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
    #[serde(rename_all = "camelCase")]
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
    #[serde(rename_all = "camelCase")]
    Chat {
        /// The chat as it stands.
        chat: Box<Chat>,
    },
    /// Messages up to `seq` have reached a device of `user_id`.
    #[serde(rename_all = "camelCase")]
    Delivered {
        /// The chat.
        chat_id: ChatId,
        /// Whose device.
        user_id: UserId,
        /// Up to here.
        seq: Seq,
        /// When.
        at: Timestamp,
    },
    /// `user_id` has read up to `seq`.
    #[serde(rename_all = "camelCase")]
    Read {
        /// The chat.
        chat_id: ChatId,
        /// Who.
        user_id: UserId,
        /// Up to here.
        seq: Seq,
        /// When.
        at: Timestamp,
    },
    /// `user_id` is writing.
    #[serde(rename_all = "camelCase")]
    Typing {
        /// The chat.
        chat_id: ChatId,
        /// Who.
        user_id: UserId,
    },
    /// A frame from this socket could not be obeyed.
    #[serde(rename_all = "camelCase")]
    Error {
        /// Why, for programs.
        code: ProblemCode,
        /// Why, in words.
        detail: String,
        /// The send it is about: not stored, and worth sending again later. Absent otherwise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ssr", schema(value_type = Option<uuid::Uuid>, nullable = false))]
        client_id: Option<ClientId>,
        /// How many milliseconds to wait before the same is worth trying again, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ssr", schema(nullable = false))]
        retry_after_ms: Option<u64>,
    },
    /// The answer to `ping`.
    Pong {},
}

/// Browser to server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ClientFrame {
    /// Store a message.
    #[serde(rename_all = "camelCase")]
    Send {
        /// The sender's own id for it.
        #[cfg_attr(feature = "ssr", schema(value_type = uuid::Uuid))]
        client_id: ClientId,
        /// The chat.
        chat_id: ChatId,
        /// The text.
        content: String,
        /// The message that it answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<Seq>,
        /// The own message that it puts right.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        corrects: Option<Seq>,
        /// Whether the sender was shown the emergency number and sends it all the same.
        #[serde(default, skip_serializing_if = "is_false")]
        #[cfg_attr(feature = "ssr", schema(required = false))]
        is_urgent: bool,
    },
    /// Read up to `seq`.
    #[serde(rename_all = "camelCase")]
    Read {
        /// The chat.
        chat_id: ChatId,
        /// Up to here.
        seq: Seq,
    },
    /// Messages up to `seq` have reached this device.
    #[serde(rename_all = "camelCase")]
    Delivered {
        /// The chat.
        chat_id: ChatId,
        /// Up to here.
        seq: Seq,
    },
    /// Writing now.
    #[serde(rename_all = "camelCase")]
    Typing {
        /// The chat.
        chat_id: ChatId,
    },
    /// Asks for a `pong`: script can't see the protocol's own pings, and needs to know whether anything still
    /// comes through.
    Ping {},
}
