//! The only code that tells sockets, on this node and the others, what has changed.

use super::summary_broadcaster::SummaryBroadcaster;
use crate::{
    db::{self, DbConn, DbPool, member::Mark},
    domain::rules::Rules,
    failpoints,
    live::Registry,
};
use app::protocol::{ChatId, Message, Seq, ServerFrame, Timestamp, UserId};
use std::sync::Arc;

/// What has changed of a chat.
#[derive(Debug)]
pub enum Change {
    /// A message was stored.
    Stored(Message),
    /// A message is stored, and some may not have been told of it.
    StoredBefore(Message),
    /// A message is another one than before.
    Changed(Message),
    /// Somebody's mark has moved.
    Marked {
        /// The chat.
        chat: ChatId,
        /// Whose.
        user: UserId,
        /// Which.
        mark: Mark,
        /// Up to here.
        seq: Seq,
        /// When.
        at: Timestamp,
    },
    /// Somebody is writing.
    Typing {
        /// Where.
        chat: ChatId,
        /// Who.
        user: UserId,
    },
    /// The chat stands otherwise than before.
    ChatStatus(ChatId),
}

/// Tells who is connected; cheap to clone.
#[derive(Clone)]
pub struct Broadcaster {
    live: Arc<Registry>,
    summaries: SummaryBroadcaster,
}

impl Broadcaster {
    /// Reads from `db`, tells the sockets of `live`.
    #[must_use]
    pub fn new(db: DbPool, live: Arc<Registry>, rules: Rules) -> Self {
        Self { summaries: SummaryBroadcaster::new(db, Arc::clone(&live), rules), live }
    }

    /// Notes for the other nodes, through the database, what this one stored while it has no bus: they listen to the
    /// database as well, and those that have the bus don't know that this one hasn't. With 0 for `seq` it is about the
    /// chat, not a message.
    pub async fn announce(&self, conn: &mut DbConn, places: impl Iterator<Item = (ChatId, Seq)>) {
        if !self.live.is_well()
            && let Err(error) = db::message::announce(conn, places.collect()).await
        {
            tracing::warn!(%error, "other nodes could not be told what was stored");
        }
    }

    /// The same of a doctor's settings.
    pub async fn announce_settings(&self, conn: &mut DbConn, doctor: UserId) {
        if !self.live.is_well()
            && let Err(error) = db::office_hours::announce(conn, doctor).await
        {
            tracing::warn!(%error, "other nodes could not be told of a doctor's settings");
        }
    }

    /// Tells these members, on all nodes.
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

    /// Tells these members on this node how a chat stands that was changed elsewhere.
    pub fn publish_standing_here(&self, chat: ChatId, members: &[UserId]) {
        self.summaries.changed(chat, members);
    }

    /// Tells these members on this node of a message that was stored or changed elsewhere.
    pub fn publish_message_here(&self, members: &[UserId], message: Message) {
        let is_changed = message.change != app::protocol::ChangeSeq(0);
        let frame = if is_changed { ServerFrame::Changed { message } } else { ServerFrame::Message { message } };
        self.live.deliver_here(members, &frame);
    }
}
