//! "Is writing": told to the other person, stored nowhere.

use super::require_member;
use crate::{auth::Viewer, live::Connection, state::AppState};
use app::protocol::{ChatId, Problem, ServerFrame, UserId};

/// Tells the other member that the viewer is writing, if that can be done without the database. Too often is as good
/// as told. Otherwise it takes [`look_up_and_tell`].
#[must_use]
pub fn tell_if_known(state: &AppState, viewer: &Viewer, connection: &Connection, chat: ChatId) -> bool {
    if !state.person_limits.typing(viewer, chat) {
        return true;
    }
    let known = connection.peers.get(chat);
    if let Some(peer) = known {
        tell(state, viewer, chat, peer);
    }
    known.is_some()
}

/// Finds out who the other member is, remembers it for this connection, and tells them.
pub async fn look_up_and_tell(
    state: &AppState,
    viewer: &Viewer,
    connection: &Connection,
    chat: ChatId,
) -> Result<(), Problem> {
    let before = connection.peers.before();
    let mut conn = state.db.read().await?;
    let row = require_member(&mut conn, chat, viewer.user.id).await?;
    drop(conn);
    let peer = (!row.is_closed && !row.is_blocked).then(|| row.other(viewer.user.id));
    connection.peers.keep(before, chat, peer);
    tell(state, viewer, chat, peer);
    Ok(())
}

fn tell(state: &AppState, viewer: &Viewer, chat_id: ChatId, peer: Option<UserId>) {
    if let Some(peer) = peer {
        state.live.deliver(&[peer], &ServerFrame::Typing { chat_id, user_id: viewer.user.id });
    }
}
