//! Types that the state, its events and the outbox share.

use crate::protocol::{ChatId, ClientId, ProblemCode, Seq, Timestamp};
use serde::{Deserialize, Serialize};

/// Which part of a chat's history a page contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PageOf {
    /// The newest messages.
    Newest,
    /// The messages before this position.
    Before(Seq),
    /// The messages after this position.
    After(Seq),
    /// The messages before and after this position, and the one at it.
    Around(Seq),
}

/// An end of the part of a history that a tab holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowEdge {
    /// The end with the oldest messages.
    Start,
    /// The end with the newest messages.
    End,
}

/// A message's properties besides its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageOptions {
    /// The `seq` of the message that this one answers.
    #[serde(default)]
    pub reply_to: Option<Seq>,
    /// The `seq` of the sender's own message that this one corrects.
    #[serde(default)]
    pub corrects: Option<Seq>,
    /// Whether the sender saw the emergency number and sent the message nevertheless.
    #[serde(default)]
    pub is_urgent: bool,
}

/// Which of the user's tabs sends a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendingTab {
    /// This tab.
    Here,
    /// Another tab. This tab shows the message too.
    Elsewhere,
}

/// Identifies a tab. Each page load creates a new one.
pub type TabId = uuid::Uuid;

/// A message that is not known to be stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxEntry {
    /// The message's client id.
    pub client_id: ClientId,
    /// The chat.
    pub chat_id: ChatId,
    /// The text.
    pub content: String,
    /// The message's properties besides its text.
    #[serde(flatten)]
    pub about: MessageOptions,
    /// When it was typed.
    pub typed_at: Timestamp,
    /// Why it was not sent; `None` while it is being sent.
    pub not_sent: Option<ProblemCode>,
}
