//! The data that the page of a room needs.

use super::{Chat, MessagePage};
use serde::{Deserialize, Serialize};

/// A chat and a part of its messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// The chat as the viewer sees it.
    pub chat: Chat,
    /// A page of its messages; by default the newest.
    pub page: MessagePage,
}
