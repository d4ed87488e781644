//! "Is writing": told to the other person, stored nowhere.

use super::require_member;
use crate::{auth::Viewer, state::AppState};
use app::protocol::{ChatId, Problem, ServerFrame};

/// Tells the other member that the viewer is writing.
pub async fn typing(state: &AppState, viewer: &Viewer, chat: ChatId) -> Result<(), Problem> {
    let user_id = viewer.user.id;
    let mut conn = state.db.read().await?;
    let row = require_member(&mut conn, chat, user_id).await?;
    if row.is_closed || row.is_blocked {
        return Ok(());
    }
    state.live.deliver(&[row.other(user_id)], &ServerFrame::Typing { chat_id: chat, user_id });
    Ok(())
}
