//! Runs many writes in one transaction, for the group commit.
//!
//! A commit costs one flush to disk, however many rows it holds. On SQLite the whole batch is one
//! call on the thread that owns the connection; on PostgreSQL it takes three round trips.

mod plan;
mod postgres;
mod sqlite;

use super::{DbConn, DbResult, member::Mark};
use app::protocol::{ChatId, ClientId, Message, Seq, Timestamp, UserId};
use std::sync::Arc;

/// One write in a batch.
#[derive(Debug, Clone)]
pub struct Write {
    /// The chat to write in.
    pub chat: ChatId,
    /// The sender of the message, or the member whose receipt moves.
    pub user: UserId,
    /// What the write does.
    pub kind: WriteKind,
}

/// What a write does.
#[derive(Debug, Clone)]
pub enum WriteKind {
    /// Stores a message.
    Append {
        /// The sender's own id for the message.
        client_id: ClientId,
        /// The text of the message.
        content: String,
        /// The message that it replies to.
        reply_to: Option<Seq>,
        /// The sender's earlier message that it corrects.
        corrects: Option<Correction>,
        /// Whether the message is flagged urgent.
        is_urgent: bool,
        /// The time of the write, by this machine's clock.
        at: Timestamp,
    },
    /// Stores an automatic reply in the doctor's name, if the patient waits and has not got one
    /// recently.
    AutoReply {
        /// The text of the reply.
        content: String,
        /// It is stored only if the chat's last automatic reply is older than this.
        not_since: Timestamp,
        /// The time of the write, by this machine's clock.
        at: Timestamp,
    },
    /// Moves a receipt forward.
    Advance {
        /// Which receipt.
        mark: Mark,
        /// The position to move to. A position beyond the newest message means the newest message.
        seq: Seq,
        /// The time of the write, by this machine's clock.
        at: Timestamp,
    },
}

/// Which message is corrected.
#[derive(Debug, Clone, Copy)]
pub struct Correction {
    /// The position of the message.
    pub seq: Seq,
    /// A message that was stored before this time can no longer be corrected.
    pub not_before: Timestamp,
}

/// The outcome of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteOutcome {
    /// The message is new. Both members, listed here, have to be notified.
    Stored(Message, [UserId; 2]),
    /// This client id was stored before with the same text; this is the stored message. After an
    /// earlier commit the members may not have been notified, so they are listed here. The list is
    /// `None` if this batch stored the message.
    Repeated(Message, Option<[UserId; 2]>),
    /// This client id was stored before with another text.
    Reused,
    /// The receipt moved to this position at this time. Both members have to be notified.
    Moved(Seq, Timestamp, [UserId; 2]),
    /// No automatic reply was stored: the patient got one recently, at this time.
    RepliedRecently(Timestamp),
    /// Nothing changed: the receipt was already there, or no patient waits for an automatic reply
    /// that may be stored.
    Unmoved,
    /// The chat does not exist, or the user is not a member of it.
    NoSuchChat,
    /// The message was not stored because of its chat or the message it refers to.
    Rejected(Rejection),
}

/// Why a message was not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// There is no message at the position that it refers to.
    NoSuchMessage,
    /// The message to correct has another sender, was retracted, or is an automatic reply.
    NotYours,
    /// It is too late to correct the message.
    TooLate,
    /// The chat is closed.
    Closed,
    /// A member's account is disabled, so the message would not be read.
    Disabled,
    /// One member has blocked the other.
    Blocked,
}

/// What to do with a chat that another transaction has locked. Only on PostgreSQL: on SQLite a
/// writer locks the whole database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Snapshot {
    /// Leave out the writes in this chat.
    LeaveOut,
    /// Wait for the lock, for a limited time.
    WaitFor,
}

/// Runs the writes, in order, in one transaction. After an error none of them is stored. A write
/// that was left out, because another transaction has locked its chat, has the outcome `None`.
pub async fn run(conn: &mut DbConn, writes: Arc<Vec<Write>>, held: Snapshot) -> DbResult<Vec<Option<WriteOutcome>>> {
    match conn {
        DbConn::Sqlite(db) => {
            // The batch's own result is inside `Ok`: `spawn_blocking` itself can only fail with
            // Diesel's error type.
            db.spawn_blocking(move |db| Ok(sqlite::run(db, &writes))).await?
        }
        DbConn::Postgres(db) => postgres::run(db, &writes, held).await,
    }
}
