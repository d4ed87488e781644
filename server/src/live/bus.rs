//! Publishing events to the sockets of other nodes. It is best effort: the database has the final
//! state, and a page detects a lost event by comparing.

mod nats;

pub use nats::{Incoming, Nats, NatsError};

use super::connection::Droppable;
use crate::live::ordering::Position;
use app::protocol::{ChatId, ServerFrame, UserId};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;
use tokio::sync::mpsc;
use url::Url;

/// Carries events between nodes.
pub trait Bus: Send + Sync {
    /// Publishes an event to these users' sockets on other nodes. Never waits.
    fn publish(&self, users: &[UserId], event: &Event);

    /// Subscribes this node to the user's events.
    fn subscribe(&self, user: UserId);

    /// Ends the subscription to the user's events.
    fn unsubscribe(&self, user: UserId);

    /// Waits until the subscription to the user's events takes effect, up to a time limit.
    fn subscribed(&self, user: UserId) -> BoxFuture<'_, ()>;

    /// Whether the bus is connected at the moment.
    fn is_well(&self) -> bool;

    /// Whether events for this node may have been lost since the last call.
    fn take_missed(&self) -> bool {
        false
    }

    /// Whether there are no other nodes, so that the caller need not create events.
    fn is_alone(&self) -> bool {
        false
    }
}

/// Connects to the bus at this address and returns it with its incoming events. Without an address,
/// returns the bus of a single node.
pub async fn open(url: Option<&Url>) -> Result<(Arc<dyn Bus>, Option<mpsc::Receiver<Incoming>>), NatsError> {
    match url {
        None => Ok((Arc::new(Alone), None)),
        Some(url) => {
            let (nats, incoming) = Nats::connect(url).await?;
            Ok((nats, Some(incoming)))
        }
    }
}

/// The bus of a single node: it publishes nothing.
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

/// A change for one user, as one node publishes it to the others. JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// A chat that has changed for the user. Each node reads the summary for its own sockets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<ChatId>,
    /// The frame to send to the sockets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame: Option<Box<RawValue>>,
    /// Whether a slow socket may drop the frame.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_drop: bool,
    /// The position of the message that the frame contains or is about. It is used to put the
    /// frames of several nodes in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// Whether to skip the sockets that have received the message before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_again: bool,
    /// The chat whose summary has the same content, in case the event is lost. Used only by the
    /// node that publishes.
    #[serde(skip)]
    pub about: Option<ChatId>,
}

impl Event {
    /// The event for a frame. `None` if each node creates this frame itself.
    #[must_use]
    pub fn from_frame(frame: &ServerFrame) -> Option<Self> {
        let (changed, about) = match frame {
            ServerFrame::Message { message } | ServerFrame::Changed { message } => {
                (Some(message.chat_id), Some(message.chat_id))
            }
            ServerFrame::Read { chat_id, .. } => (Some(*chat_id), Some(*chat_id)),
            ServerFrame::Delivered { chat_id, .. } => (None, Some(*chat_id)),
            ServerFrame::Typing { .. } => (None, None),
            _ => return None,
        };
        let may_drop = Droppable::from_frame(frame).is_some();
        let position = Position::from_frame(frame);
        let frame = serde_json::value::to_raw_value(frame).ok();
        Some(Self { changed, frame, may_drop, position, is_again: false, about })
    }

    /// An event without a frame: the chat has changed.
    #[must_use]
    pub const fn changed(chat: ChatId) -> Self {
        Self { changed: Some(chat), frame: None, may_drop: false, position: None, is_again: false, about: Some(chat) }
    }
}
