//! Everything that the page of a room needs at once.

use super::{Chat, MessagePage};
use serde::{Deserialize, Serialize};

/// A chat and a stretch of its messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// The chat as the viewer sees it.
    pub chat: Chat,
    /// Its messages, by default the newest.
    pub page: MessagePage,
}
