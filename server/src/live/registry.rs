//! All connected sockets of this process, by user.

use super::{CloseReason, Connection};
use crate::auth::Viewer;
use app::protocol::{ServerFrame, UserId};
use axum::extract::ws::Utf8Bytes;
use dashmap::DashMap;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};
use tokio::sync::mpsc;

/// Who is connected.
#[derive(Default)]
pub struct Registry {
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

impl Registry {
    /// Registers a socket: from now on it gets its user's frames.
    pub fn join(&self, viewer: &Viewer) -> (Arc<Connection>, mpsc::Receiver<Utf8Bytes>) {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (connection, frames) = Connection::new(id, viewer.user.id, viewer.token_hash.clone());
        let connection = Arc::new(connection);
        self.users.entry(viewer.user.id).or_default().push(Arc::clone(&connection));
        // After the insert, so that a socket is either seen by `close_all` or sees that it came too late.
        if self.closing.load(Ordering::SeqCst) {
            connection.end(CloseReason::GoingAway);
        }
        (connection, frames)
    }

    /// Forgets a socket.
    pub fn leave(&self, connection: &Connection) {
        if let Some(mut sockets) = self.users.get_mut(&connection.user) {
            sockets.retain(|other| other.id != connection.id);
        }
        self.users.remove_if(&connection.user, |_, sockets| sockets.is_empty());
    }

    /// Whether the user has a socket here.
    #[must_use]
    pub fn is_connected(&self, user: UserId) -> bool {
        self.users.contains_key(&user)
    }

    /// Queues a frame for every socket of these users. Never waits.
    pub fn deliver(&self, users: &[UserId], frame: &ServerFrame) {
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

    /// Closes the sockets of a session that ended.
    pub fn end_session(&self, token_hash: &str) {
        for sockets in &self.users {
            for socket in sockets.iter().filter(|socket| socket.token_hash == token_hash) {
                socket.end(CloseReason::SessionEnded);
            }
        }
    }

    /// The sessions that have sockets here, each once.
    #[must_use]
    pub fn sessions(&self) -> Vec<String> {
        let mut sessions: Vec<String> = self
            .users
            .iter()
            .flat_map(|sockets| sockets.iter().map(|s| s.token_hash.clone()).collect::<Vec<_>>())
            .collect();
        sessions.sort_unstable();
        sessions.dedup();
        sessions
    }

    /// Closes every socket, and every one that still comes: the program is stopping.
    pub fn close_all(&self) {
        self.closing.store(true, Ordering::SeqCst);
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
    use app::protocol::{ChatId, Role, Seq, User};

    fn viewer(id: i64) -> Viewer {
        Viewer {
            user: User { id: UserId(id), name: String::new(), role: Role::Patient },
            token_hash: format!("session of {id}"),
        }
    }

    fn read() -> ServerFrame {
        ServerFrame::Read { chat_id: ChatId(1), user_id: UserId(1), seq: Seq(1) }
    }

    #[test]
    fn a_socket_that_cannot_keep_up_is_ended_and_others_are_not() {
        let registry = Registry::default();
        let (slow, _unread) = registry.join(&viewer(1));
        let (quick, mut frames) = registry.join(&viewer(1));
        for _ in 0..1_000 {
            registry.deliver(&[UserId(1)], &read());
            assert!(frames.try_recv().is_ok());
        }
        assert_eq!(slow.reason(), Some(CloseReason::TooSlow));
        assert_eq!(quick.reason(), None);
    }

    #[test]
    fn a_flood_of_typing_costs_nobody_their_connection() {
        let registry = Registry::default();
        let (slow, _unread) = registry.join(&viewer(1));
        for _ in 0..1_000 {
            registry.deliver(&[UserId(1)], &ServerFrame::Typing { chat_id: ChatId(1), user_id: UserId(2) });
        }
        assert_eq!(slow.reason(), None);
    }

    #[test]
    fn a_session_ends_only_its_own_sockets() {
        let registry = Registry::default();
        let (ended, _a) = registry.join(&viewer(1));
        let (kept, _b) = registry.join(&viewer(2));
        registry.end_session("session of 1");
        assert_eq!(ended.reason(), Some(CloseReason::SessionEnded));
        assert_eq!(kept.reason(), None);
    }

    #[test]
    fn a_socket_that_joins_while_stopping_is_ended() {
        let registry = Registry::default();
        registry.close_all();
        let (late, _frames) = registry.join(&viewer(1));
        assert_eq!(late.reason(), Some(CloseReason::GoingAway));
        registry.leave(&late);
        assert!(!registry.is_connected(UserId(1)));
    }
}
