//! One socket as the rest of the server sees it: a bounded queue and a way to end it.

use super::peers::Peers;
use app::protocol::{ChatId, Seq, ServerFrame, UserId};
use axum::extract::ws::Utf8Bytes;
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The most frames that wait for a socket's network. With more, the socket is too slow.
const QUEUE_FRAMES: usize = 256;
/// With this many waiting frames, droppable frames are dropped, which leaves room for the others.
const DROP_FROM: usize = QUEUE_FRAMES / 2;

/// Why the server closes a socket, as the code in the close frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseReason {
    /// The server is stopping: the client reconnects.
    GoingAway = 1001,
    /// Too many invalid frames.
    Policy = 1008,
    /// A frame over the size limit.
    TooBig = 1009,
    /// The socket was too slow: the client reconnects and fetches what it missed.
    TooSlow = 1013,
    /// The user signed out, the session expired, or the account was disabled: the client does not
    /// reconnect.
    SessionEnded = 4401,
}

/// A connected socket.
pub struct Connection {
    /// The connection's id, unique on this node.
    pub id: u64,
    /// The user.
    pub user: UserId,
    /// The token hash of the session that opened it.
    pub token_hash: String,
    /// The peers to whom the user's typing is published, by chat.
    pub peers: Peers,
    queue: Queue,
    ending: CancellationToken,
    reason: OnceLock<CloseReason>,
}

impl Connection {
    /// A connection with an empty queue.
    #[must_use]
    pub fn new(id: u64, user: UserId, token_hash: String) -> Self {
        Self {
            id,
            user,
            token_hash,
            peers: Peers::default(),
            queue: Queue::default(),
            ending: CancellationToken::new(),
            reason: OnceLock::new(),
        }
    }

    /// Queues a frame. Never waits: if the queue is full, ends the socket with `TooSlow`.
    pub fn push(&self, frame: Utf8Bytes) {
        if !self.queue.push(frame) {
            self.end(CloseReason::TooSlow);
        }
    }

    /// Queues a droppable frame. It is dropped if the queue is half full, so that a flood of such
    /// frames can't end the socket. Of each kind and chat only the latest frame waits.
    pub fn push_if_room(&self, frame: Utf8Bytes, what: Droppable) {
        self.queue.push_if_room(frame, what);
    }

    /// Moves up to `count` queued frames to the end of `batch`. Waits for the first frame.
    pub async fn take(&self, batch: &mut Vec<Utf8Bytes>, count: usize) {
        self.queue.take(batch, count).await;
    }

    /// Ends the socket. If this is called more than once, the first reason counts.
    pub fn end(&self, reason: CloseReason) {
        self.reason.get_or_init(|| reason);
        self.ending.cancel();
    }

    /// Ends the socket's tasks without a close frame, because the client is gone.
    pub fn gone(&self) {
        self.ending.cancel();
    }

    /// Resolves when the socket has to end.
    pub async fn ended(&self) {
        self.ending.cancelled().await;
    }

    /// Whether the socket has to end or has ended.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        self.ending.is_cancelled()
    }

    /// The reason, if the server ended the socket.
    #[must_use]
    pub fn reason(&self) -> Option<CloseReason> {
        self.reason.get().copied()
    }
}

/// The content of a droppable frame. A lost receipt comes again with the next `ready`, and a lost
/// typing frame is outdated by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Droppable {
    /// A member is typing in this chat.
    Typing(ChatId),
    /// A member's devices have received the chat's messages up to this `seq`.
    Delivered(ChatId, UserId, Seq),
}

impl Droppable {
    /// The droppable content of a frame; `None` for a frame that must not be dropped.
    pub(super) const fn from_frame(frame: &ServerFrame) -> Option<Self> {
        match frame {
            ServerFrame::Typing { chat_id, .. } => Some(Self::Typing(*chat_id)),
            ServerFrame::Delivered { chat_id, user_id, seq, .. } => Some(Self::Delivered(*chat_id, *user_id, *seq)),
            _ => None,
        }
    }

    /// Whether a later frame of these two replaces the earlier one.
    fn is_of_the_same(self, other: Self) -> bool {
        match (self, other) {
            (Self::Typing(chat), Self::Typing(other)) => chat == other,
            (Self::Delivered(chat, user, _), Self::Delivered(other_chat, other, _)) => {
                (chat, user) == (other_chat, other)
            }
            _ => false,
        }
    }
}

/// A queued frame.
struct Queued {
    text: Utf8Bytes,
    /// The content, if the frame may be dropped.
    droppable: Option<Droppable>,
}

/// The frames for one socket. It allocates nothing while it is empty, which it is most of the time:
/// a channel would keep room for dozens of frames, and there are thousands of sockets.
#[derive(Default)]
struct Queue {
    frames: Mutex<VecDeque<Queued>>,
    filled: Notify,
}

impl Queue {
    /// Adds a frame; returns `false` if the queue is full.
    fn push(&self, text: Utf8Bytes) -> bool {
        let mut frames = self.frames();
        if frames.len() >= QUEUE_FRAMES {
            return false;
        }
        frames.push_back(Queued { text, droppable: None });
        drop(frames);
        self.filled.notify_one();
        true
    }

    fn push_if_room(&self, text: Utf8Bytes, what: Droppable) {
        let mut frames = self.frames();
        let same = |queued: &&mut Queued| queued.droppable.is_some_and(|waiting| waiting.is_of_the_same(what));
        if let Some(waiting) = frames.iter_mut().find(same) {
            if waiting.droppable < Some(what) {
                *waiting = Queued { text, droppable: Some(what) };
            }
            return;
        }
        if frames.len() >= DROP_FROM {
            return;
        }
        frames.push_back(Queued { text, droppable: Some(what) });
        drop(frames);
        self.filled.notify_one();
    }

    async fn take(&self, batch: &mut Vec<Utf8Bytes>, count: usize) {
        loop {
            {
                let mut frames = self.frames();
                if !frames.is_empty() {
                    let count = count.min(frames.len());
                    batch.extend(frames.drain(..count).map(|queued| queued.text));
                    if frames.is_empty() {
                        *frames = VecDeque::new();
                    } else {
                        // One wake-up covers all queued frames, so wake the next caller too.
                        self.filled.notify_one();
                    }
                    return;
                }
            }
            self.filled.notified().await;
        }
    }

    fn frames(&self) -> MutexGuard<'_, VecDeque<Queued>> {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
