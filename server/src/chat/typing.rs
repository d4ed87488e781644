//! "Is typing": published to the other member, never stored.

use super::{
    broadcaster::Change,
    service::{ChatService, require_member},
};
use crate::{auth::Viewer, live::Connection};
use app::protocol::{ChatId, Problem, UserId};

impl ChatService {
    /// Publishes that the viewer is typing, if the other member is known without asking the
    /// database. Returns `false` if not; then the caller must use [`typing`](Self::typing). Calls
    /// beyond the rate limit do nothing and return `true`.
    #[must_use]
    pub fn typing_if_known(&self, viewer: &Viewer, connection: &Connection, chat: ChatId) -> bool {
        if !self.limits.typing(viewer, chat) {
            return true;
        }
        let known = connection.peers.get(chat);
        if let Some(peer) = known {
            self.publish_typing(viewer, chat, peer);
        }
        known.is_some()
    }

    /// Reads who the other member is, remembers it for this connection, and publishes that the
    /// viewer is typing.
    pub async fn typing(&self, viewer: &Viewer, connection: &Connection, chat: ChatId) -> Result<(), Problem> {
        let before = connection.peers.before();
        let mut conn = self.db.read().await?;
        let row = require_member(&mut conn, chat, viewer.user.id).await?;
        drop(conn);
        let peer = (!row.is_closed && !row.is_blocked).then(|| row.other(viewer.user.id));
        connection.peers.keep(before, chat, peer);
        self.publish_typing(viewer, chat, peer);
        Ok(())
    }

    fn publish_typing(&self, viewer: &Viewer, chat: ChatId, peer: Option<UserId>) {
        if let Some(peer) = peer {
            self.broadcaster.publish(&[peer], Change::Typing { chat, user: viewer.user.id });
        }
    }
}
