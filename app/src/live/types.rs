//! What the state, its events and the outbox speak of.

use crate::protocol::{ChatId, ClientId, ProblemCode, Seq, Timestamp};
use serde::{Deserialize, Serialize};

/// Which stretch of a history a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PageOf {
    /// The newest messages.
    Newest,
    /// Those before this place.
    Before(Seq),
    /// Those after this place.
    After(Seq),
    /// Those before and after this place, with what stands there.
    Around(Seq),
}

/// An end of the history held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowEdge {
    /// Its oldest messages.
    Start,
    /// Its newest.
    End,
}

/// What a message is beside its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageOptions {
    /// The message that it answers.
    #[serde(default)]
    pub reply_to: Option<Seq>,
    /// The own message that it puts right.
    #[serde(default)]
    pub corrects: Option<Seq>,
    /// Whether its sender was shown the emergency number and sends it all the same.
    #[serde(default)]
    pub is_urgent: bool,
}

/// Which of a person's tabs sends a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendingTab {
    /// This one.
    Here,
    /// Another one; shown here, too.
    Elsewhere,
}

/// Tells tabs apart; made anew with each page.
pub type TabId = uuid::Uuid;

/// A message that is not known to be stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxEntry {
    /// Its own id.
    pub client_id: ClientId,
    /// Its chat.
    pub chat_id: ChatId,
    /// The text.
    pub content: String,
    /// What it is beside its text.
    #[serde(flatten)]
    pub about: MessageOptions,
    /// When it was typed.
    pub typed_at: Timestamp,
    /// Why it was given up, if it was.
    pub not_sent: Option<ProblemCode>,
}
