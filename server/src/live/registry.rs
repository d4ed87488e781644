//! All connected sockets of this process, by user, and through the bus those of other nodes.

use super::{
    CloseReason, Connection,
    bus::{Alone, Bus, Event},
};
use crate::{auth::Viewer, fault};
use app::protocol::{ChatId, ServerFrame, UserId};
use axum::extract::ws::Utf8Bytes;
use dashmap::{DashMap, Entry};
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// Who is connected.
pub struct Registry {
    bus: Arc<dyn Bus>,
    users: DashMap<UserId, Vec<Arc<Connection>>>,
    next_id: AtomicU64,
    closing: AtomicBool,
}

/// A frame as it goes over the wire. Serialised once, however many sockets get it.
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
    /// Nobody is connected yet; other nodes are reached over `bus`.
    #[must_use]
    pub fn new(bus: Arc<dyn Bus>) -> Self {
        Self { bus, users: DashMap::new(), next_id: AtomicU64::new(0), closing: AtomicBool::new(false) }
    }

    /// Registers a socket: from now on it gets its user's frames.
    pub fn join(&self, viewer: &Viewer) -> Arc<Connection> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let connection = Arc::new(Connection::new(id, viewer.user.id, viewer.token_hash.clone()));
        // While the user's entry is held, so that subscribing and its end can't overtake each other.
        let mut sockets = self.users.entry(viewer.user.id).or_default();
        if sockets.is_empty() {
            self.bus.subscribe(viewer.user.id);
        }
        sockets.push(Arc::clone(&connection));
        drop(sockets);
        // After the insert, so that a socket is either seen by `close_all` or sees that it came too late.
        if self.closing.load(Ordering::SeqCst) {
            connection.end(CloseReason::GoingAway);
        }
        connection
    }

    /// Forgets a socket.
    pub fn leave(&self, connection: &Connection) {
        if let Entry::Occupied(mut sockets) = self.users.entry(connection.user) {
            sockets.get_mut().retain(|other| other.id != connection.id);
            if sockets.get().is_empty() {
                self.bus.unsubscribe(connection.user);
                sockets.remove();
            }
        }
    }

    /// Waits until what other nodes tell this connected user arrives here.
    pub async fn reachable(&self, user: UserId) {
        self.bus.subscribed(user).await;
    }

    /// Whether other nodes are reached at the moment.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.bus.is_well()
    }

    /// Whether anything that other nodes told may have been lost since this was last asked.
    #[must_use]
    pub fn take_missed(&self) -> bool {
        self.bus.take_missed()
    }

    /// Who has sockets here.
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
        self.users.get(&user).is_none_or(|sockets| sockets.len() < cap)
    }

    /// Queues a frame for every socket of these users, on whichever node. Never waits.
    pub fn deliver(&self, users: &[UserId], frame: &ServerFrame) {
        if !self.bus.is_alone()
            && let Some(event) = Event::of(frame)
        {
            self.bus.publish(users, &event);
        }
        self.deliver_here(users, frame);
    }

    /// Has other nodes tell these users how a chat stands.
    pub fn announce(&self, chat: ChatId, users: &[UserId]) {
        self.bus.publish(users, &Event::changed(chat));
    }

    /// Queues a frame for every socket of these users on this node. Never waits.
    pub fn deliver_here(&self, users: &[UserId], frame: &ServerFrame) {
        if fault::is_broken("break::leak") {
            let all: Vec<UserId> = self.users.iter().map(|sockets| *sockets.key()).collect();
            return self.deliver_to(&all, frame);
        }
        self.deliver_to(users, frame);
    }

    fn deliver_to(&self, users: &[UserId], frame: &ServerFrame) {
        let mut encoded = None;
        for user in users {
            let Some(sockets) = self.users.get(user) else { continue };
            if encoded.is_none() {
                encoded = encode(frame);
            }
            let Some(text) = &encoded else { return };
            for socket in sockets.iter() {
                match frame {
                    // The next `ready` brings marks anyway, and typing is over by then.
                    ServerFrame::Typing { .. } | ServerFrame::Delivered { .. } => socket.push_if_room(text.clone()),
                    _ => socket.push(text.clone()),
                }
            }
        }
    }

    /// Queues a frame that came from another node for a user's sockets on this one.
    pub fn deliver_text(&self, user: UserId, text: &str, may_drop: bool) {
        let Some(sockets) = self.users.get(&user) else { return };
        let text = Utf8Bytes::from(text);
        for socket in sockets.iter() {
            if may_drop { socket.push_if_room(text.clone()) } else { socket.push(text.clone()) }
        }
    }

    /// Closes the sockets of a session that ended.
    pub fn end_session(&self, token_hash: &str) {
        for sockets in &self.users {
            for socket in sockets.iter().filter(|socket| socket.token_hash == token_hash) {
                socket.end(CloseReason::SessionEnded);
            }
        }
    }

    /// The sessions that have sockets here.
    #[must_use]
    pub fn sessions(&self) -> HashSet<String> {
        let of = |sockets: &Vec<Arc<Connection>>| -> Vec<String> {
            sockets.iter().map(|socket| socket.token_hash.clone()).collect()
        };
        self.users.iter().flat_map(|sockets| of(&sockets)).collect()
    }

    /// Whether nobody is connected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// Closes every socket, and every one that still comes: the program is stopping.
    pub fn close_all(&self) {
        self.closing.store(true, Ordering::SeqCst);
        self.reconnect_all();
    }

    /// Closes every socket that is open now, so that their pages come back and compare anew.
    pub fn reconnect_all(&self) {
        for sockets in &self.users {
            for socket in sockets.iter() {
                socket.end(CloseReason::GoingAway);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::protocol::{Role, Seq, Timestamp, User};

    fn viewer(id: i64) -> Viewer {
        Viewer {
            user: User { id: UserId(id), name: String::new(), role: Role::Patient },
            token_hash: format!("session of {id}"),
            is_program: false,
            outbox_key: None,
        }
    }

    fn read() -> ServerFrame {
        ServerFrame::Read { chat_id: ChatId(1), user_id: UserId(1), seq: Seq(1), at: Timestamp(1) }
    }

    #[tokio::test]
    async fn a_socket_that_cannot_keep_up_is_ended_and_others_are_not() {
        let registry = Registry::default();
        let (slow, quick) = (registry.join(&viewer(1)), registry.join(&viewer(1)));
        let mut frames = Vec::new();
        for _ in 0..1_000 {
            registry.deliver(&[UserId(1)], &read());
            quick.take(&mut frames, 1).await;
        }
        assert_eq!(frames.len(), 1_000);
        assert_eq!(slow.reason(), Some(CloseReason::TooSlow));
        assert_eq!(quick.reason(), None);
    }

    #[test]
    fn a_flood_of_typing_costs_nobody_their_connection() {
        let registry = Registry::default();
        let slow = registry.join(&viewer(1));
        for _ in 0..1_000 {
            registry.deliver(&[UserId(1)], &ServerFrame::Typing { chat_id: ChatId(1), user_id: UserId(2) });
        }
        assert_eq!(slow.reason(), None);
    }

    #[test]
    fn a_session_ends_only_its_own_sockets() {
        let registry = Registry::default();
        let ended = registry.join(&viewer(1));
        let kept = registry.join(&viewer(2));
        registry.end_session("session of 1");
        assert_eq!(ended.reason(), Some(CloseReason::SessionEnded));
        assert_eq!(kept.reason(), None);
    }

    #[test]
    fn a_socket_that_joins_while_stopping_is_ended() {
        let registry = Registry::default();
        registry.close_all();
        let late = registry.join(&viewer(1));
        assert_eq!(late.reason(), Some(CloseReason::GoingAway));
        registry.leave(&late);
        assert!(!registry.is_connected(UserId(1)));
    }
}
