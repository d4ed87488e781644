//! All connected sockets of this node, by user. It reaches the sockets of other nodes through the
//! bus.

use super::{
    CloseReason, Connection,
    bus::{Alone, Bus, Event},
    connection::Droppable,
};
use crate::{
    failpoints,
    live::ordering::{HOLD, Order, Position, Ready, Verdict},
};
use app::protocol::{ChatId, ServerFrame, Timestamp, UserId};
use axum::extract::ws::Utf8Bytes;
use dashmap::{DashMap, Entry};
use std::{
    collections::HashSet,
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::Instant,
};

/// The connected sockets by user.
pub struct Registry {
    bus: Arc<dyn Bus>,
    users: Arc<DashMap<UserId, Sockets>>,
    next_id: AtomicU64,
    /// When the next session with a socket here ends, in milliseconds, or an earlier moment.
    next_end: AtomicI64,
    /// The sessions of the sockets that have joined since the last call of `take_joined`.
    joined: Mutex<Vec<String>>,
    closing: AtomicBool,
}

/// A user's sockets, and the order of the frames sent to them.
#[derive(Default)]
struct Sockets {
    open: Vec<Arc<Connection>>,
    order: Order,
}

impl Sockets {
    /// Queues a frame for every socket.
    fn push(&self, Ready { text, droppable }: &Ready) {
        for socket in &self.open {
            match droppable {
                Some(droppable) => socket.push_if_room(text.clone(), *droppable),
                None => socket.push(text.clone()),
            }
        }
    }
}

/// Serialises a frame, once for all sockets. Logs an error and returns `None` if that fails.
#[must_use]
pub fn encode(frame: &ServerFrame) -> Option<Utf8Bytes> {
    match serde_json::to_string(frame) {
        Ok(text) => Some(text.into()),
        Err(error) => {
            tracing::error!(%error, "a frame could not be serialised");
            None
        }
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new(Arc::new(Alone))
    }
}

impl Registry {
    /// An empty registry that reaches other nodes over `bus`.
    #[must_use]
    pub fn new(bus: Arc<dyn Bus>) -> Self {
        Self {
            bus,
            users: Arc::default(),
            next_id: AtomicU64::new(0),
            next_end: AtomicI64::new(i64::MAX),
            joined: Mutex::default(),
            closing: AtomicBool::new(false),
        }
    }

    /// Registers a socket, which gets its user's frames from now on.
    pub fn join(&self, user: UserId, token_hash: &str) -> Arc<Connection> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let connection = Arc::new(Connection::new(id, user, token_hash.to_owned()));
        // While the user's entry is locked, so that subscribing and unsubscribing can't overtake
        // each other.
        let mut sockets = self.users.entry(user).or_default();
        if sockets.open.is_empty() {
            self.bus.subscribe(user);
        }
        sockets.open.push(Arc::clone(&connection));
        drop(sockets);
        self.joined().push(token_hash.to_owned());
        // Checked after the insert: either `close_all` sees the socket, or the socket sees
        // `closing` here.
        if self.closing.load(Ordering::SeqCst) {
            connection.end(CloseReason::GoingAway);
        }
        connection
    }

    /// Removes a socket.
    pub fn leave(&self, connection: &Connection) {
        if let Entry::Occupied(mut sockets) = self.users.entry(connection.user) {
            sockets.get_mut().open.retain(|other| other.id != connection.id);
            if sockets.get().open.is_empty() {
                self.bus.unsubscribe(connection.user);
                sockets.remove();
            }
        }
    }

    /// Waits until events of other nodes for this connected user arrive here, up to a time limit.
    pub async fn reachable(&self, user: UserId) {
        self.bus.subscribed(user).await;
    }

    /// Whether the bus is connected at the moment.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.bus.is_well()
    }

    /// Whether events of other nodes may have been lost since the last call.
    #[must_use]
    pub fn take_missed(&self) -> bool {
        self.bus.take_missed()
    }

    /// The users who have sockets here.
    #[must_use]
    pub fn users(&self) -> Vec<UserId> {
        self.users.iter().map(|sockets| *sockets.key()).collect()
    }

    /// Whether the user has a socket here.
    #[must_use]
    pub fn is_connected(&self, user: UserId) -> bool {
        self.users.contains_key(&user)
    }

    /// Whether the user has fewer than `cap` sockets here.
    #[must_use]
    pub fn has_room(&self, user: UserId, cap: usize) -> bool {
        self.users.get(&user).is_none_or(|sockets| sockets.open.len() < cap)
    }

    /// Queues a frame for every socket of these users on all nodes. Never waits.
    pub fn deliver(&self, users: &[UserId], frame: &ServerFrame) {
        if !self.bus.is_alone()
            && let Some(event) = Event::from_frame(frame)
        {
            self.bus.publish(users, &event);
        }
        self.deliver_here(users, frame);
    }

    /// Like [`deliver`](Self::deliver), for a message that may have been sent before. Users who
    /// have received it are skipped.
    pub fn deliver_again(&self, users: &[UserId], frame: &ServerFrame) {
        if !self.bus.is_alone()
            && let Some(event) = Event::from_frame(frame)
        {
            self.bus.publish(users, &Event { is_again: true, ..event });
        }
        let position = Position::from_frame(frame);
        let was_sent = |user: &UserId| {
            let sockets = self.users.get(user);
            position.is_some_and(|position| sockets.is_some_and(|sockets| sockets.order.has_sent(position)))
        };
        let users: Vec<UserId> = users.iter().copied().filter(|user| !was_sent(user)).collect();
        self.deliver_here(&users, frame);
    }

    /// Makes other nodes send a chat's summary to these users.
    pub fn announce(&self, chat: ChatId, users: &[UserId]) {
        self.bus.publish(users, &Event::changed(chat));
    }

    /// Queues a frame for every socket of these users on this node. Never waits.
    pub fn deliver_here(&self, users: &[UserId], frame: &ServerFrame) {
        if failpoints::is_broken("break::leak") {
            let all: Vec<UserId> = self.users.iter().map(|sockets| *sockets.key()).collect();
            return self.deliver_to(&all, frame);
        }
        self.deliver_to(users, frame);
    }

    fn deliver_to(&self, users: &[UserId], frame: &ServerFrame) {
        let mut encoded = None;
        for user in users {
            if !self.users.contains_key(user) {
                continue;
            }
            if encoded.is_none() {
                encoded = encode(frame);
            }
            let Some(text) = &encoded else { return };
            if let ServerFrame::Chat { chat } = frame
                && let Some(sockets) = self.users.get(user)
            {
                sockets.open.iter().for_each(|socket| socket.peers.forget(chat.chat_id));
            }
            self.put(
                *user,
                Position::from_frame(frame),
                &Ready { text: text.clone(), droppable: Droppable::from_frame(frame) },
            );
        }
    }

    /// Queues a frame for a user's sockets here, in the order of its chat.
    fn put(&self, user: UserId, position: Option<Position>, ready: &Ready) {
        let Some(position) = position else {
            if let Some(sockets) = self.users.get(&user) {
                sockets.push(ready);
            }
            return;
        };
        let Some(mut sockets) = self.users.get_mut(&user) else { return };
        match sockets.order.pass(position, ready, Instant::now()) {
            Verdict::Now(others) => {
                sockets.push(ready);
                for other in &others {
                    sockets.push(other);
                }
            }
            Verdict::Later(false) => {}
            Verdict::Later(true) => {
                let users = Arc::clone(&self.users);
                tokio::spawn(async move {
                    tokio::time::sleep(HOLD).await;
                    if let Some(mut sockets) = users.get_mut(&user) {
                        let overdue = sockets.order.overdue(position.chat, Instant::now());
                        for ready in &overdue {
                            sockets.push(ready);
                        }
                    }
                });
            }
        }
    }

    /// Queues a frame from another node for a user's sockets on this node.
    pub fn deliver_text(&self, user: UserId, text: &str, event: &Event) {
        let was_sent = |position| self.users.get(&user).is_some_and(|sockets| sockets.order.has_sent(position));
        if event.is_again && event.position.is_some_and(was_sent) {
            return;
        }
        let frame = event.may_drop.then(|| serde_json::from_str(text).ok()).flatten();
        let droppable = frame.as_ref().and_then(Droppable::from_frame);
        self.put(user, event.position, &Ready { text: text.into(), droppable });
    }

    /// Closes the sockets of a session that has ended.
    pub fn end_session(&self, token_hash: &str) {
        for sockets in self.users.iter() {
            for socket in sockets.open.iter().filter(|socket| socket.token_hash == token_hash) {
                socket.end(CloseReason::SessionEnded);
            }
        }
    }

    /// When the next session with a socket here ends, if it is not used before that.
    #[must_use]
    pub fn next_end(&self) -> Timestamp {
        Timestamp(self.next_end.load(Ordering::SeqCst))
    }

    /// Notes when a session with a socket here ends.
    pub fn note_end(&self, end: Timestamp) {
        self.next_end.fetch_min(end.0, Ordering::SeqCst);
    }

    /// The token hashes of sessions whose sockets have joined since the last call. The caller must
    /// check that they are valid and note when they end.
    #[must_use]
    pub fn take_joined(&self) -> Vec<String> {
        mem::take(&mut *self.joined())
    }

    fn joined(&self) -> MutexGuard<'_, Vec<String>> {
        self.joined.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token hashes of all sessions with sockets here. Resets [`next_end`](Self::next_end), so
    /// the caller must note each session's end.
    #[must_use]
    pub fn sessions_to_recheck(&self) -> HashSet<String> {
        self.next_end.store(i64::MAX, Ordering::SeqCst);
        let of = |sockets: &Sockets| -> Vec<String> {
            sockets.open.iter().map(|socket| socket.token_hash.clone()).collect()
        };
        self.users.iter().flat_map(|sockets| of(&sockets)).collect()
    }

    /// Whether no user is connected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// Closes all sockets and those that still join, because the server is stopping.
    pub fn close_all(&self) {
        self.closing.store(true, Ordering::SeqCst);
        self.reconnect_all();
    }

    /// Closes all open sockets, so that their pages reconnect and compare.
    pub fn reconnect_all(&self) {
        for sockets in self.users.iter() {
            for socket in &sockets.open {
                socket.end(CloseReason::GoingAway);
            }
        }
    }
}

#[cfg(test)]
mod tests;
