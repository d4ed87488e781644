//! The nouns of the contract: user, doctor, message, chat, and pages of them.

use super::{Availability, ChangeSeq, ChatId, ChatStatus, ClientId, MessageId, Seq, Timestamp, UserId, skip::is_false};
use serde::{Deserialize, Serialize};

/// Longest message, in characters (Unicode scalar values).
pub const CONTENT_MAX_CHARS: usize = 10_000;
/// Shortest password, in characters (NIST SP 800-63B-4 asks for 15 where it is the only factor).
pub const PASSWORD_MIN_CHARS: usize = 15;
/// Longest password, in characters.
pub const PASSWORD_MAX_CHARS: usize = 128;
/// Most doctors in one page of the directory.
pub const DOCTORS_MAX_LIMIT: i64 = 100;
/// Most chats in one page of the list.
pub const CHATS_MAX_LIMIT: i64 = 100;
/// Most messages in one page of a history.
pub const MESSAGES_MAX_LIMIT: i64 = 200;
/// Most changes in one answer.
pub const CHANGES_MAX_LIMIT: i64 = 200;
/// Most hits in one page of a search.
pub const SEARCH_MAX_LIMIT: i64 = 50;
/// Longest search text, in characters.
pub const SEARCH_MAX_CHARS: usize = 200;
/// Messages in a page of a history when no limit is given.
pub const MESSAGES_DEFAULT_LIMIT: i64 = 50;

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Picks doctors and starts chats.
    Patient,
    /// Answers the patients who started a chat.
    Doctor,
    /// Runs the clinic's accounts; reads no chat.
    Admin,
}

impl Role {
    /// The name in the database and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Doctor => "doctor",
            Self::Admin => "admin",
        }
    }

    /// The page a person of this role starts from.
    #[must_use]
    pub const fn home(self) -> &'static str {
        match self {
            Self::Patient => "/patient",
            Self::Doctor => "/doctor",
            Self::Admin => "/admin",
        }
    }
}

/// An account as its owner and their chat partners see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct User {
    /// Id.
    pub id: UserId,
    /// Full name.
    pub name: String,
    /// Role.
    pub role: Role,
}

/// A doctor as the directory shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Doctor {
    /// The doctor's account.
    pub id: UserId,
    /// Full name, with title.
    pub name: String,
    /// Field of medicine.
    pub specialty: String,
    /// A few sentences about the doctor.
    pub bio: String,
    /// Languages the doctor writes, as BCP 47 tags.
    pub languages: Vec<String>,
    /// Whether a patient may start a new chat. Existing chats go on either way.
    pub accepting_chats: bool,
    /// When the doctor answers; absent while nothing is known of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub availability: Option<Availability>,
}

/// A page of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct DoctorPage {
    /// Ordered by name.
    pub doctors: Vec<Doctor>,
    /// Pass as `after` for the next page; `None` on the last.
    pub next: Option<String>,
}

/// A stored message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The chat it stands in.
    pub chat_id: ChatId,
    /// Its place in that chat.
    pub seq: Seq,
    /// The row's id.
    pub id: MessageId,
    /// Who wrote it.
    pub sender_id: UserId,
    /// The sender's own id for it.
    #[cfg_attr(feature = "ssr", schema(value_type = uuid::Uuid))]
    pub client_id: ClientId,
    /// The text, byte for byte as sent.
    pub content: String,
    /// Whether a machine wrote it.
    pub is_ai: bool,
    /// When the server stored it.
    pub created_at: Timestamp,
    /// The message of the same chat that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub reply_to: Option<Seq>,
    /// The sender's own earlier message that it puts right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub corrects: Option<Seq>,
    /// Set once the sender has taken it back; `content` then says nothing of what it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub retracted: Option<Retracted>,
    /// The place of its last change among the chat's changes; absent while it stands as it was stored.
    #[serde(default, skip_serializing_if = "ChangeSeq::is_none")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub change: ChangeSeq,
    /// Whether it has a sign of an emergency: its sender was shown the emergency number and sent it all the same, or
    /// sent it without script.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub is_urgent: bool,
    /// Whether the program wrote it in the sender's place (a doctor who is away).
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub is_automatic: bool,
}

/// What is left of a message that its sender took back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Retracted {
    /// When.
    pub at: Timestamp,
    /// Whether the other had read it by then.
    pub was_read: bool,
}

/// A stretch of a chat's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MessagePage {
    /// By `seq`, rising.
    pub messages: Vec<Message>,
    /// The chat's newest `seq` when the page was read.
    pub last_seq: Seq,
    /// The chat's last change when the page was read; absent when nothing was changed.
    #[serde(default, skip_serializing_if = "ChangeSeq::is_none")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub last_change: ChangeSeq,
    /// Earlier messages that these answer or put right and that are not among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub quoted: Vec<Message>,
}

/// Messages that have changed since they were stored, as they are now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangePage {
    /// By `change`, rising.
    pub messages: Vec<Message>,
    /// Everything up to this change is in it.
    pub complete_to: ChangeSeq,
    /// The chat's last change when the page was read: beyond `complete_to`, there is more.
    pub last_change: ChangeSeq,
}

/// The other person in a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Peer {
    /// Their account.
    pub id: UserId,
    /// Full name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// A doctor's field of medicine.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub specialty: Option<String>,
    /// When a doctor answers; absent while nothing is known of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub availability: Option<Availability>,
}

/// A chat as one of its two members sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Chat {
    /// Id.
    pub chat_id: ChatId,
    /// The other member.
    pub peer: Peer,
    /// The newest message's `seq`; 0 in an empty chat.
    pub last_seq: Seq,
    /// The newest message.
    pub last_message: Option<Message>,
    /// To the doctor, where the newest message is one that the program wrote for them: what it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub answered: Option<Message>,
    /// How far this member has read.
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
    /// Messages this member has not read: `last_seq - read_seq`.
    pub unread: i64,
    /// The last change to a message of it; absent when none was changed.
    #[serde(default, skip_serializing_if = "ChangeSeq::is_none")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub last_change: ChangeSeq,
    /// Whose turn it is, and whether it is closed, blocked or put away.
    #[serde(rename = "standing")]
    pub status: ChatStatus,
    /// When the chat last changed.
    pub updated_at: Timestamp,
}

/// A page of one's chats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ChatPage {
    /// Newest activity first.
    pub chats: Vec<Chat>,
    /// Pass as `after` for the next page; `None` on the last.
    pub next: Option<String>,
}

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SearchHit {
    /// The chat it stands in.
    pub chat_id: ChatId,
    /// Its place there.
    pub seq: Seq,
    /// Who wrote it.
    pub sender_id: UserId,
    /// Whether the program wrote it in the sender's place.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub is_automatic: bool,
    /// When it was stored.
    pub created_at: Timestamp,
    /// The other person in that chat.
    pub peer: Peer,
    /// The part of it with the words that were looked for, in order.
    pub snippet: Vec<SnippetPiece>,
}

/// A piece of a message, found or beside what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SnippetPiece {
    /// The text, as it was written, in one line.
    pub text: String,
    /// Whether it is one of the words that were looked for.
    pub is_match: bool,
}

/// A page of what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SearchPage {
    /// Newest first.
    pub hits: Vec<SearchHit>,
    /// Pass as `before` for the next page; `None` on the last.
    pub next: Option<MessageId>,
    /// Whether all messages could be searched. If not, some were stored so lately that they are found in a moment.
    pub is_whole: bool,
}
