//! What tells other nodes' sockets. Best effort: the database is the truth, and whatever is lost on the way a page
//! finds out by comparing.

mod nats;

pub use nats::{Incoming, Nats, NatsError};

use super::connection::Droppable;
use crate::live::ordering::Place;
use app::protocol::{ChatId, ServerFrame, UserId};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;
use tokio::sync::mpsc;
use url::Url;

/// Carries events between nodes.
pub trait Bus: Send + Sync {
    /// Tells these users' sockets on other nodes. Never waits.
    fn publish(&self, users: &[UserId], event: &Event);

    /// From now on, events for this user are wanted here.
    fn subscribe(&self, user: UserId);

    /// They are not any more.
    fn unsubscribe(&self, user: UserId);

    /// Waits until what is published for a subscribed user arrives here, or for a moment at most.
    fn subscribed(&self, user: UserId) -> BoxFuture<'_, ()>;

    /// Whether events go through at the moment.
    fn is_well(&self) -> bool;

    /// Whether anything that was told to this node may have been lost since this was last asked.
    fn take_missed(&self) -> bool {
        false
    }

    /// Whether there is nobody to tell, so that events need not be made.
    fn is_alone(&self) -> bool {
        false
    }
}

/// The bus at this address, or none, and what comes over it.
pub async fn open(url: Option<&Url>) -> Result<(Arc<dyn Bus>, Option<mpsc::Receiver<Incoming>>), NatsError> {
    match url {
        None => Ok((Arc::new(Alone), None)),
        Some(url) => {
            let (nats, incoming) = Nats::connect(url).await?;
            Ok((nats, Some(incoming)))
        }
    }
}

/// The bus of a node that is alone.
pub struct Alone;

impl Bus for Alone {
    fn publish(&self, _: &[UserId], _: &Event) {}

    fn subscribe(&self, _: UserId) {}

    fn unsubscribe(&self, _: UserId) {}

    fn subscribed(&self, _: UserId) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }

    fn is_well(&self) -> bool {
        true
    }

    fn is_alone(&self) -> bool {
        true
    }
}

/// What one node tells the others of a user's, as JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// A chat that has changed for the user, whose summary each node reads for its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<ChatId>,
    /// A frame, as it goes to the sockets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame: Option<Box<RawValue>>,
    /// Whether a socket that is behind can do without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_drop: bool,
    /// The place of the message that the frame brings or is about, so that frames of several nodes come in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Whether those who were told of the message before are to be spared.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_again: bool,
    /// The chat whose summary says the same, should this get lost. For the node that tells.
    #[serde(skip)]
    pub about: Option<ChatId>,
}

impl Event {
    /// What a frame is to other nodes. `None`: nothing, each makes its own.
    #[must_use]
    pub fn of(frame: &ServerFrame) -> Option<Self> {
        let (changed, about) = match frame {
            ServerFrame::Message { message } | ServerFrame::Changed { message } => {
                (Some(message.chat_id), Some(message.chat_id))
            }
            ServerFrame::Read { chat_id, .. } => (Some(*chat_id), Some(*chat_id)),
            ServerFrame::Delivered { chat_id, .. } => (None, Some(*chat_id)),
            ServerFrame::Typing { .. } => (None, None),
            _ => return None,
        };
        let may_drop = Droppable::of(frame).is_some();
        let place = Place::of(frame);
        let frame = serde_json::value::to_raw_value(frame).ok();
        Some(Self { changed, frame, may_drop, place, is_again: false, about })
    }

    /// Only that a chat has changed.
    #[must_use]
    pub const fn changed(chat: ChatId) -> Self {
        Self { changed: Some(chat), frame: None, may_drop: false, place: None, is_again: false, about: Some(chat) }
    }
}
