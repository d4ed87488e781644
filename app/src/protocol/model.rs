//! The objects of the contract: user, doctor, message and chat, and pages of them.

use super::{Availability, ChangeSeq, ChatId, ChatStatus, ClientId, MessageId, Seq, Timestamp, UserId, skip::is_false};
use serde::{Deserialize, Serialize};

/// Maximum length of a message, in characters (Unicode scalar values).
pub const CONTENT_MAX_CHARS: usize = 10_000;
/// Minimum length of a password, in characters. NIST SP 800-63B-4 requires 15 where the password is
/// the only factor.
pub const PASSWORD_MIN_CHARS: usize = 15;
/// Maximum length of a password, in characters.
pub const PASSWORD_MAX_CHARS: usize = 128;
/// Maximum number of doctors in one page of the directory.
pub const DOCTORS_MAX_LIMIT: i64 = 100;
/// Maximum number of chats in one page of the list.
pub const CHATS_MAX_LIMIT: i64 = 100;
/// Maximum number of messages in one page of a history.
pub const MESSAGES_MAX_LIMIT: i64 = 200;
/// Maximum number of changes in one response.
pub const CHANGES_MAX_LIMIT: i64 = 200;
/// Maximum number of hits in one page of a search.
pub const SEARCH_MAX_LIMIT: i64 = 50;
/// Maximum length of a search text, in characters.
pub const SEARCH_MAX_CHARS: usize = 200;
/// Number of messages in a page of a history if the request has no limit.
pub const MESSAGES_DEFAULT_LIMIT: i64 = 50;

/// The role of an account, which decides what the account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Chooses doctors and starts chats.
    Patient,
    /// Answers the patients who started a chat.
    Doctor,
    /// Manages the clinic's accounts; can't read chats.
    Admin,
}

impl Role {
    /// The role's name in the database and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Doctor => "doctor",
            Self::Admin => "admin",
        }
    }

    /// The path of the page that a user of this role sees first.
    #[must_use]
    pub const fn home(self) -> &'static str {
        match self {
            Self::Patient => "/patient",
            Self::Doctor => "/doctor",
            Self::Admin => "/admin",
        }
    }
}

/// An account as its owner and the peers of its chats see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct User {
    /// The account's id.
    pub id: UserId,
    /// Full name.
    pub name: String,
    /// The account's role.
    pub role: Role,
}

/// A doctor in the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Doctor {
    /// The id of the doctor's account.
    pub id: UserId,
    /// Full name, with title.
    pub name: String,
    /// Field of medicine.
    pub specialty: String,
    /// A few sentences about the doctor.
    pub bio: String,
    /// The languages that the doctor writes, as BCP 47 tags.
    pub languages: Vec<String>,
    /// Whether patients may start new chats with the doctor. Existing chats are not affected.
    pub accepting_chats: bool,
    /// When the doctor answers; absent if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub availability: Option<Availability>,
}

/// A page of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct DoctorPage {
    /// The doctors, ordered by name.
    pub doctors: Vec<Doctor>,
    /// The value of `after` that requests the next page; `None` on the last page.
    pub next: Option<String>,
}

/// A stored message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The id of the chat that contains the message.
    pub chat_id: ChatId,
    /// The message's position in its chat, from 1.
    pub seq: Seq,
    /// The message's id, unique over all chats. It says nothing about order.
    pub id: MessageId,
    /// The account that sent the message.
    pub sender_id: UserId,
    /// The sender's own id for the message.
    #[cfg_attr(feature = "ssr", schema(value_type = uuid::Uuid))]
    pub client_id: ClientId,
    /// The text, byte for byte as sent; `[retracted]` once the message was retracted.
    pub content: String,
    /// Whether an AI wrote the message.
    pub is_ai: bool,
    /// When the server stored the message.
    pub created_at: Timestamp,
    /// The `seq` of the message in this chat that this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub reply_to: Option<Seq>,
    /// The `seq` of the sender's own earlier message that this one corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub corrects: Option<Seq>,
    /// Present once the sender has retracted the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub retracted: Option<Retracted>,
    /// The number of the message's last change among the chat's changes; absent if it was never
    /// changed.
    #[serde(default, skip_serializing_if = "ChangeSeq::is_none")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub change: ChangeSeq,
    /// Whether the message has signs of an emergency: its sender saw the emergency number and sent
    /// it nevertheless, or sent it without script.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub is_urgent: bool,
    /// Whether the server wrote the message as an automatic reply for a doctor who is not in.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub is_automatic: bool,
}

/// What remains of a message that its sender retracted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Retracted {
    /// When the sender retracted the message.
    pub at: Timestamp,
    /// Whether the peer had read the message before.
    pub was_read: bool,
}

/// A page of a chat's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MessagePage {
    /// The messages, by ascending `seq`.
    pub messages: Vec<Message>,
    /// The chat's newest `seq` when the server read the page.
    pub last_seq: Seq,
    /// The chat's last change when the server read the page; absent if no message was changed.
    #[serde(default, skip_serializing_if = "ChangeSeq::is_none")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub last_change: ChangeSeq,
    /// Earlier messages that messages of this page answer or correct, if they are not in the page.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub quoted: Vec<Message>,
}

/// A page of messages that have changed since they were stored, in their current state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangePage {
    /// The messages, by ascending `change`.
    pub messages: Vec<Message>,
    /// The page contains all requested changes up to this one.
    pub complete_to: ChangeSeq,
    /// The chat's last change when the server read the page. If it is greater than `complete_to`,
    /// there are more changes to request.
    pub last_change: ChangeSeq,
}

/// The other member of a chat, as a member sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Peer {
    /// The id of the peer's account.
    pub id: UserId,
    /// Full name.
    pub name: String,
    /// The peer's role.
    pub role: Role,
    /// The field of medicine; only for a doctor.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub specialty: Option<String>,
    /// When the doctor answers; absent if unknown, and for a patient.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub availability: Option<Availability>,
}

/// A chat as one of its two members sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Chat {
    /// The chat's id.
    pub chat_id: ChatId,
    /// The other member.
    pub peer: Peer,
    /// The newest message's `seq`; 0 in an empty chat.
    pub last_seq: Seq,
    /// The newest message; `None` in an empty chat.
    pub last_message: Option<Message>,
    /// The message that the automatic reply in `last_message` answers. Only the doctor gets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub answered: Option<Message>,
    /// The `seq` up to which this member has read.
    pub read_seq: Seq,
    /// The `seq` up to which the peer has read.
    pub peer_read_seq: Seq,
    /// The `seq` up to which messages have reached one of the peer's devices.
    pub peer_delivered_seq: Seq,
    /// When the peer last read a message of this member, up to `peer_read_seq`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub peer_read_at: Option<Timestamp>,
    /// When a message of this member last reached the peer, up to `peer_delivered_seq`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub peer_delivered_at: Option<Timestamp>,
    /// The number of messages that this member has not read: `last_seq - read_seq`.
    pub unread: i64,
    /// The number of the last change to one of the chat's messages; absent if no message was
    /// changed.
    #[serde(default, skip_serializing_if = "ChangeSeq::is_none")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub last_change: ChangeSeq,
    /// Who has to answer next, and whether the chat is closed, blocked or archived.
    #[serde(rename = "standing")]
    pub status: ChatStatus,
    /// When a message was last stored or changed; in an empty chat, when the chat was started.
    pub updated_at: Timestamp,
}

/// A page of the viewer's chats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ChatPage {
    /// The chats, newest activity first.
    pub chats: Vec<Chat>,
    /// The value of `after` that requests the next page; `None` on the last page.
    pub next: Option<String>,
}

/// A message that a search found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SearchHit {
    /// The id of the chat that contains the message.
    pub chat_id: ChatId,
    /// The message's position in its chat.
    pub seq: Seq,
    /// The account that sent the message.
    pub sender_id: UserId,
    /// Whether the message is an automatic reply.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub is_automatic: bool,
    /// When the server stored the message.
    pub created_at: Timestamp,
    /// The peer in that chat.
    pub peer: Peer,
    /// The part of the message that contains the words of the search, as consecutive pieces.
    pub snippet: Vec<SnippetPiece>,
}

/// A piece of a snippet: a match, or text beside a match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SnippetPiece {
    /// The text in its original spelling, on one line.
    pub text: String,
    /// Whether the piece matches a word of the search.
    pub is_match: bool,
}

/// A page of search results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SearchPage {
    /// The hits, newest first.
    pub hits: Vec<SearchHit>,
    /// The value of `before` that requests the next page; `None` on the last page.
    pub next: Option<MessageId>,
    /// Whether all messages were searched. `false` if some messages were stored so recently that
    /// the index does not contain them yet.
    pub is_whole: bool,
}
