//! "Is writing": told to the other person, stored nowhere.

use super::{
    broadcaster::Change,
    service::{ChatService, require_member},
};
use crate::{auth::Viewer, live::Connection};
use app::protocol::{ChatId, Problem, UserId};

impl ChatService {
    /// Tells the other member that the viewer is writing, if that can be done without the database. Too often is as good
    /// as told. Otherwise it takes [`look_up_and_tell`].
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

    /// Finds out who the other member is, remembers it for this connection, and tells them.
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
