//! The only code that publishes changes to sockets on this node and on other nodes.

use super::summary_broadcaster::SummaryBroadcaster;
use crate::{
    db::{self, DbConn, DbPool, member::Mark},
    domain::rules::Rules,
    failpoints,
    live::Registry,
};
use app::protocol::{ChatId, Message, Seq, ServerFrame, Timestamp, UserId};
use std::sync::Arc;

/// A change of a chat.
#[derive(Debug)]
pub enum Change {
    /// A message was stored for the first time.
    Stored(Message),
    /// A message was stored before, but some sockets may not have received it.
    StoredBefore(Message),
    /// A stored message was changed (retracted).
    Changed(Message),
    /// A member's receipt has moved forward.
    Marked {
        /// The chat.
        chat: ChatId,
        /// The member.
        user: UserId,
        /// Which receipt: delivered or read.
        mark: Mark,
        /// The position up to which the messages are delivered or read.
        seq: Seq,
        /// When the receipt moved.
        at: Timestamp,
    },
    /// A member is typing.
    Typing {
        /// The chat.
        chat: ChatId,
        /// The member who is typing.
        user: UserId,
    },
    /// Something else in the chat's summary has changed: the chat is new, or its status or the
    /// doctor's availability is different.
    ChatStatus(ChatId),
}

/// Publishes changes to connected members. Cheap to clone.
#[derive(Clone)]
pub struct Broadcaster {
    live: Arc<Registry>,
    summaries: SummaryBroadcaster,
}

impl Broadcaster {
    /// Reads summaries from `db` and sends frames to the sockets of `live`.
    #[must_use]
    pub fn new(db: DbPool, live: Arc<Registry>, rules: Rules) -> Self {
        Self { summaries: SummaryBroadcaster::new(db, Arc::clone(&live), rules), live }
    }

    /// While this node has no connection to the bus, announces to the other nodes through the
    /// database what this node stored. The other nodes always read these announcements, because
    /// they can't detect that this node has lost the bus. A `seq` of 0 means the chat itself, not a
    /// message.
    pub async fn announce(&self, conn: &mut DbConn, expected: impl Iterator<Item = (ChatId, Seq)>) {
        if !self.live.is_well()
            && let Err(error) = db::message::announce(conn, expected.collect()).await
        {
            tracing::warn!(%error, "stored messages could not be announced to other nodes");
        }
    }

    /// Like [`announce`](Self::announce), for changed settings of a doctor.
    pub async fn announce_settings(&self, conn: &mut DbConn, doctor: UserId) {
        if !self.live.is_well()
            && let Err(error) = db::office_hours::announce(conn, doctor).await
        {
            tracing::warn!(%error, "a doctor's settings could not be announced to other nodes");
        }
    }

    /// Publishes a change to these members, on all nodes.
    pub fn publish(&self, members: &[UserId], change: Change) {
        let frame = match change {
            Change::Stored(message) => {
                self.summaries.changed(message.chat_id, members);
                ServerFrame::Message { message }
            }
            Change::StoredBefore(message) => {
                self.summaries.changed(message.chat_id, members);
                self.live.deliver_again(members, &ServerFrame::Message { message });
                return;
            }
            Change::Changed(message) => {
                self.summaries.changed(message.chat_id, members);
                ServerFrame::Changed { message }
            }
            Change::Marked { chat, user, mark: Mark::Delivered, seq, at } => {
                ServerFrame::Delivered { chat_id: chat, user_id: user, seq, at }
            }
            Change::Marked { chat, user, mark: Mark::Read, seq, at } => {
                // The reader's other tabs and devices show a new count of unread messages.
                self.summaries.changed(chat, &[user]);
                ServerFrame::Read { chat_id: chat, user_id: user, seq, at }
            }
            Change::Typing { chat, user } => ServerFrame::Typing { chat_id: chat, user_id: user },
            Change::ChatStatus(_) if failpoints::is_broken("break::standing") => return,
            Change::ChatStatus(chat) => {
                self.summaries.changed(chat, members);
                self.live.announce(chat, members);
                return;
            }
        };
        self.live.deliver(members, &frame);
    }

    /// Sends a chat's summary to these members on this node, after another node changed its status.
    pub fn publish_status_here(&self, chat: ChatId, members: &[UserId]) {
        self.summaries.changed(chat, members);
    }

    /// Sends a message to these members on this node, after another node stored or changed it.
    pub fn publish_message_here(&self, members: &[UserId], message: Message) {
        let is_changed = message.change != app::protocol::ChangeSeq(0);
        let frame = if is_changed { ServerFrame::Changed { message } } else { ServerFrame::Message { message } };
        self.live.deliver_here(members, &frame);
    }
}
