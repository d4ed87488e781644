//! One socket as the rest of the program sees it: a bounded queue and a way to end it.

use super::peers::Peers;
use app::protocol::{ChatId, Seq, ServerFrame, UserId};
use axum::extract::ws::Utf8Bytes;
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Frames waiting for a socket's network before it counts as too slow.
const QUEUE_FRAMES: usize = 256;
/// Frames that can be dropped are, when so many wait already: the rest is for those that can't.
const DROP_FROM: usize = QUEUE_FRAMES / 2;

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
    /// Whom its user's writing is told.
    pub peers: Peers,
    queue: Queue,
    ending: CancellationToken,
    reason: OnceLock<CloseReason>,
}

impl Connection {
    /// A connection that nothing is queued for yet.
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

    /// Queues a frame. Never waits: a socket that can't keep up is ended instead.
    pub fn push(&self, frame: Utf8Bytes) {
        if !self.queue.push(frame) {
            self.end(CloseReason::TooSlow);
        }
    }

    /// Queues a frame that nobody misses: left out when the queue is half full, so that a flood of them can't cost
    /// a person their connection. Of one kind and chat one waits.
    pub fn push_if_room(&self, frame: Utf8Bytes, what: Droppable) {
        self.queue.push_if_room(frame, what);
    }

    /// Moves up to `count` queued frames to the end of `batch`; waits for the first.
    pub async fn take(&self, batch: &mut Vec<Utf8Bytes>, count: usize) {
        self.queue.take(batch, count).await;
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

    /// Whether the socket has to end, or has.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        self.ending.is_cancelled()
    }

    /// Why it has to end, if the server wanted it.
    #[must_use]
    pub fn reason(&self) -> Option<CloseReason> {
        self.reason.get().copied()
    }
}

/// What a frame says that can be dropped: the next `ready` brings marks anyway, and typing is over by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Droppable {
    /// Somebody writes in this chat.
    Typing(ChatId),
    /// Somebody's devices have what was sent in it, up to here.
    Delivered(ChatId, UserId, Seq),
}

impl Droppable {
    /// What a frame says; `None` of one that must not be dropped.
    pub(super) const fn of(frame: &ServerFrame) -> Option<Self> {
        match frame {
            ServerFrame::Typing { chat_id, .. } => Some(Self::Typing(*chat_id)),
            ServerFrame::Delivered { chat_id, user_id, seq, .. } => Some(Self::Delivered(*chat_id, *user_id, *seq)),
            _ => None,
        }
    }

    /// Whether the later of the two says all that the earlier says.
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

/// A frame that waits.
struct Queued {
    text: Utf8Bytes,
    /// What it says, if it can be dropped.
    droppable: Option<Droppable>,
}

/// Frames for one socket. Takes up nothing while it is empty, which it is most of the time: a channel keeps
/// room for dozens of frames, and there are thousands of sockets.
#[derive(Default)]
struct Queue {
    frames: Mutex<VecDeque<Queued>>,
    filled: Notify,
}

impl Queue {
    /// Whether there was room.
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
                        // For whoever comes next: this wake-up was for all of them.
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
