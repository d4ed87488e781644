//! All connected sockets of this node, by user. It reaches the sockets of other nodes through the
//! bus.

use super::{
    CloseReason, Connection,
    bus::{Alone, Bus, Event},
    connection::Droppable,
};
use crate::{
    failpoints,
    live::ordering::{HOLD, Order, Place, Ready, Verdict},
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
        let place = Place::from_frame(frame);
        let is_told = |user: &UserId| {
            let sockets = self.users.get(user);
            place.is_some_and(|place| sockets.is_some_and(|sockets| sockets.order.has_told(place)))
        };
        let users: Vec<UserId> = users.iter().copied().filter(|user| !is_told(user)).collect();
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
                Place::from_frame(frame),
                &Ready { text: text.clone(), droppable: Droppable::from_frame(frame) },
            );
        }
    }

    /// Queues a frame for a user's sockets here, in the order of its chat.
    fn put(&self, user: UserId, place: Option<Place>, ready: &Ready) {
        let Some(place) = place else {
            if let Some(sockets) = self.users.get(&user) {
                sockets.push(ready);
            }
            return;
        };
        let Some(mut sockets) = self.users.get_mut(&user) else { return };
        match sockets.order.pass(place, ready, Instant::now()) {
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
                        let overdue = sockets.order.overdue(place.chat, Instant::now());
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
        let is_told = |place| self.users.get(&user).is_some_and(|sockets| sockets.order.has_told(place));
        if event.is_again && event.place.is_some_and(is_told) {
            return;
        }
        let frame = event.may_drop.then(|| serde_json::from_str(text).ok()).flatten();
        let droppable = frame.as_ref().and_then(Droppable::from_frame);
        self.put(user, event.place, &Ready { text: text.into(), droppable });
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
mod tests {
    use super::*;
    use app::protocol::Seq;

    fn join(registry: &Registry, user: i64) -> Arc<Connection> {
        registry.join(UserId(user), &format!("session of {user}"))
    }

    fn read() -> ServerFrame {
        ServerFrame::Read { chat_id: ChatId(1), user_id: UserId(1), seq: Seq(1), at: Timestamp(1) }
    }

    #[tokio::test]
    async fn slow_socket_is_ended_and_others_stay_open() {
        let registry = Registry::default();
        let (slow, quick) = (join(&registry, 1), join(&registry, 1));
        let mut frames = Vec::new();
        for _ in 0..1_000 {
            registry.deliver(&[UserId(1)], &read());
            quick.take(&mut frames, 1).await;
        }
        assert_eq!(frames.len(), 1_000);
        assert_eq!(slow.reason(), Some(CloseReason::TooSlow));
        assert_eq!(quick.reason(), None);
    }

    fn message(seq: i64) -> ServerFrame {
        let message = app::protocol::Message {
            chat_id: ChatId(1),
            seq: Seq(seq),
            id: app::protocol::MessageId(seq),
            sender_id: UserId(2),
            client_id: app::protocol::ClientId::nil(),
            content: String::new(),
            is_ai: false,
            created_at: Timestamp(1),
            reply_to: None,
            corrects: None,
            retracted: None,
            change: app::protocol::ChangeSeq(0),
            is_urgent: false,
            is_automatic: false,
        };
        ServerFrame::Message { message }
    }

    /// Receives `count` frames and returns the positions of the messages among them.
    async fn told(socket: &Connection, count: usize) -> Vec<i64> {
        let mut frames = Vec::new();
        while frames.len() < count {
            socket.take(&mut frames, count).await;
        }
        let place = |text: &Utf8Bytes| match serde_json::from_str(text) {
            Ok(ServerFrame::Message { message }) => Some(message.seq.0),
            _ => None,
        };
        frames.iter().filter_map(place).collect()
    }

    #[tokio::test]
    async fn messages_of_two_nodes_arrive_in_order() -> Result<(), Box<dyn std::error::Error>> {
        let registry = Registry::default();
        let socket = join(&registry, 1);
        // This node's own frames arrive at once, the others over the bus.
        for (seq, is_own) in [(1, true), (3, true), (4, true), (2, false), (6, false), (5, true)] {
            let frame = message(seq);
            if is_own {
                registry.deliver(&[UserId(1)], &frame);
            } else {
                let event = Event::from_frame(&frame).ok_or("an event")?;
                let event: Event = serde_json::from_slice(&serde_json::to_vec(&event)?)?;
                registry.deliver_text(UserId(1), event.frame.as_ref().ok_or("a frame")?.get(), &event);
            }
        }
        assert_eq!(told(&socket, 6).await, [1, 2, 3, 4, 5, 6]);
        // A missing message is waited for only a moment.
        registry.deliver(&[UserId(1)], &message(9));
        registry.deliver(&[UserId(1)], &message(8));
        assert_eq!(told(&socket, 2).await, [8, 9]);
        Ok(())
    }

    #[tokio::test]
    async fn repeated_message_is_sent_only_to_users_who_lack_it() {
        let registry = Registry::default();
        let first = join(&registry, 1);
        registry.deliver(&[UserId(1)], &message(1));
        let second = join(&registry, 2);
        registry.deliver_again(&[UserId(1), UserId(2)], &message(1));
        for user in [UserId(1), UserId(2)] {
            registry.deliver(&[user], &message(2));
        }
        assert_eq!(told(&first, 2).await, [1, 2]);
        assert_eq!(told(&second, 2).await, [1, 2]);
    }

    fn typing(chat: i64) -> ServerFrame {
        ServerFrame::Typing { chat_id: ChatId(chat), user_id: UserId(2) }
    }

    fn delivered(seq: i64) -> ServerFrame {
        ServerFrame::Delivered { chat_id: ChatId(1), user_id: UserId(2), seq: Seq(seq), at: Timestamp(1) }
    }

    #[test]
    fn flood_of_droppable_frames_leaves_room_for_other_frames() {
        let registry = Registry::default();
        let slow = join(&registry, 1);
        for n in 0..1_000 {
            registry.deliver(&[UserId(1)], &typing(n));
            registry.deliver(&[UserId(1)], &delivered(n));
        }
        for _ in 0..128 {
            registry.deliver(&[UserId(1)], &read());
        }
        assert_eq!(slow.reason(), None);
    }

    #[tokio::test]
    async fn droppable_frame_replaces_an_earlier_one_of_its_chat() -> Result<(), Box<dyn std::error::Error>> {
        let registry = Registry::default();
        let slow = join(&registry, 1);
        let from_elsewhere = Event::from_frame(&typing(1)).ok_or("an event")?;
        let text = from_elsewhere.frame.as_ref().ok_or("a frame")?.get();
        for _ in 0..50 {
            registry.deliver(&[UserId(1)], &typing(1));
            registry.deliver(&[UserId(1)], &typing(2));
            registry.deliver_text(UserId(1), text, &from_elsewhere);
        }
        let mut frames = Vec::new();
        slow.take(&mut frames, 1_000).await;
        assert_eq!(frames.len(), 2);
        for seq in [1, 3, 2] {
            registry.deliver(&[UserId(1)], &delivered(seq));
        }
        slow.take(&mut frames, 1_000).await;
        assert_eq!(frames.len(), 3, "a mark is the furthest");
        assert!(frames.pop().is_some_and(|frame| frame.contains("\"seq\":3")));
        registry.deliver(&[UserId(1)], &typing(1));
        slow.take(&mut frames, 1_000).await;
        assert_eq!(frames.len(), 3, "once it is on its way, the next may follow");
        Ok(())
    }

    #[test]
    fn registry_reports_the_next_session_end_and_new_sessions() {
        let registry = Registry::default();
        let _first = join(&registry, 1);
        assert_eq!(registry.take_joined(), ["session of 1"]);
        registry.note_end(Timestamp(5));
        registry.note_end(Timestamp(3));
        registry.note_end(Timestamp(7));
        assert_eq!(registry.next_end(), Timestamp(3));
        let _late = join(&registry, 2);
        assert_eq!(registry.sessions_to_recheck().len(), 2);
        assert_eq!(registry.next_end(), Timestamp(i64::MAX), "noted anew by whoever asked");
        assert_eq!(registry.take_joined(), ["session of 2"]);
        assert!(registry.take_joined().is_empty());
    }

    #[test]
    fn session_end_closes_only_its_own_sockets() {
        let registry = Registry::default();
        let ended = join(&registry, 1);
        let kept = join(&registry, 2);
        registry.end_session("session of 1");
        assert_eq!(ended.reason(), Some(CloseReason::SessionEnded));
        assert_eq!(kept.reason(), None);
    }

    #[test]
    fn socket_is_ended_when_it_joins_during_a_stop() {
        let registry = Registry::default();
        registry.close_all();
        let late = join(&registry, 1);
        assert_eq!(late.reason(), Some(CloseReason::GoingAway));
        registry.leave(&late);
        assert!(!registry.is_connected(UserId(1)));
    }
}
