//! Many writes in one transaction: what group commit stands on.
//!
//! A commit costs one flush of the disk, however many rows it holds. On SQLite the whole batch is one hop to
//! the thread that owns the connection; on PostgreSQL it is three round trips.

mod plan;
mod postgres;
mod sqlite;

use super::{DbConn, DbResult, member::Mark};
use app::protocol::{ChatId, ClientId, Message, Seq, Timestamp, UserId};
use std::sync::Arc;

/// One write.
#[derive(Debug, Clone)]
pub struct Write {
    /// In this chat.
    pub chat: ChatId,
    /// By this user.
    pub user: UserId,
    /// What.
    pub kind: WriteKind,
}

/// What a write does.
#[derive(Debug, Clone)]
pub enum WriteKind {
    /// Stores a message.
    Append {
        /// The sender's own id for it.
        client_id: ClientId,
        /// The text.
        content: String,
        /// The message that it answers.
        reply_to: Option<Seq>,
        /// The own message that it puts right.
        corrects: Option<Correction>,
        /// Whether it is flagged urgent.
        is_urgent: bool,
        /// When.
        at: Timestamp,
    },
    /// Stores a message of the program's in the doctor's place, if the patient waits and was not told lately.
    Notice {
        /// The text.
        content: String,
        /// Only if the last one was stored before this.
        not_since: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// Moves a mark forward.
    Advance {
        /// Which.
        mark: Mark,
        /// To here; beyond the newest message counts as the newest.
        seq: Seq,
        /// When.
        at: Timestamp,
    },
}

/// Which message is put right.
#[derive(Debug, Clone, Copy)]
pub struct Correction {
    /// Its place.
    pub seq: Seq,
    /// One stored before this stays as it is.
    pub not_before: Timestamp,
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteOutcome {
    /// A new message; the chat's members have to be told.
    Stored(Message, [UserId; 2]),
    /// This client id was stored before, with the same text: the row of the first time. The answer to that commit may have
    /// been lost before anybody was told: then the chat's members are named here.
    Repeated(Message, Option<[UserId; 2]>),
    /// This client id was stored before, with another text.
    Reused,
    /// The mark moved to here at this moment; the chat's members have to be told.
    Moved(Seq, Timestamp, [UserId; 2]),
    /// The patient was told automatically at this moment, which is not long ago.
    Told(Timestamp),
    /// The mark stood there already, or nobody waits.
    Unmoved,
    /// No chat of this user's.
    NoSuchChat,
    /// It can't be stored, for what it refers to or where.
    Rejection(Rejection),
}

/// Why a message can't be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// There is none at this place.
    NoSuchMessage,
    /// Somebody else's, or one that was taken back, can't be put right.
    NotOnes,
    /// It is too late to put this one right.
    TooLate,
    /// The chat is closed.
    Closed,
    /// The other's account is disabled: nobody would read it.
    Disabled,
    /// One of the two has blocked the other.
    Blocked,
}

/// What to do where another transaction holds a chat, on PostgreSQL. (On SQLite a writer holds everything.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Snapshot {
    /// The chat's writes are left out.
    LeaveOut,
    /// It is waited for, though not for long.
    WaitFor,
}

/// Runs the writes, in order, in one transaction. All of them happen or, on an error, none; except that `None` stands
/// for one that was left out, since its chat is held by somebody else.
pub async fn run(conn: &mut DbConn, writes: Arc<Vec<Write>>, held: Snapshot) -> DbResult<Vec<Option<WriteOutcome>>> {
    match conn {
        DbConn::Sqlite(db) => {
            // Our own error type is carried inside: the hop itself can only fail with Diesel's.
            db.spawn_blocking(move |db| Ok(sqlite::run(db, &writes))).await?
        }
        DbConn::Postgres(db) => postgres::run(db, &writes, held).await,
    }
}
