//! One socket as the rest of the program sees it: a bounded queue and a way to end it.

use app::protocol::UserId;
use axum::extract::ws::Utf8Bytes;
use std::sync::OnceLock;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Frames waiting for a socket's network before it counts as too slow.
const QUEUE_FRAMES: usize = 256;

/// Why the server closes a socket, as the code in the close frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseReason {
    /// The server is stopping: reconnect.
    GoingAway = 1001,
    /// Too many frames that make no sense.
    Policy = 1008,
    /// A frame over the size limit.
    TooBig = 1009,
    /// It could not keep up: reconnect and resync.
    TooSlow = 1013,
    /// Signed out, expired or disabled: don't reconnect.
    SessionEnded = 4401,
}

/// A connected socket.
pub struct Connection {
    /// Tells connections apart.
    pub id: u64,
    /// Whose it is.
    pub user: UserId,
    /// The session that opened it.
    pub token_hash: String,
    queue: mpsc::Sender<Utf8Bytes>,
    ending: CancellationToken,
    reason: OnceLock<CloseReason>,
}

impl Connection {
    /// A connection and the end of its queue that its socket empties.
    #[must_use]
    pub fn new(id: u64, user: UserId, token_hash: String) -> (Self, mpsc::Receiver<Utf8Bytes>) {
        let (queue, frames) = mpsc::channel(QUEUE_FRAMES);
        let ending = CancellationToken::new();
        (Self { id, user, token_hash, queue, ending, reason: OnceLock::new() }, frames)
    }

    /// Queues a frame. Never waits: a socket that can't keep up is ended instead.
    pub fn push(&self, frame: Utf8Bytes) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.queue.try_send(frame) {
            self.end(CloseReason::TooSlow);
        }
    }

    /// Queues a frame that nobody misses: left out when the queue is full, so that a flood of them can't cost
    /// a person their connection.
    pub fn push_if_room(&self, frame: Utf8Bytes) {
        // Full, or closing: either way it isn't worth more.
        let _ = self.queue.try_send(frame);
    }

    /// Ends the socket. The first reason counts.
    pub fn end(&self, reason: CloseReason) {
        self.reason.get_or_init(|| reason);
        self.ending.cancel();
    }

    /// Lets the socket's tasks stop without a close frame: the other side is gone.
    pub fn gone(&self) {
        self.ending.cancel();
    }

    /// Resolves when the socket has to end.
    pub async fn ended(&self) {
        self.ending.cancelled().await;
    }

    /// Why it has to end, if the server wanted it.
    #[must_use]
    pub fn reason(&self) -> Option<CloseReason> {
        self.reason.get().copied()
    }
}
