//! Read and delivered marks: they move forward only, and never past the newest message.

use super::{list, require_member};
use crate::{
    auth::Viewer,
    db::{self, member::Mark},
    state::AppState,
};
use app::protocol::{ChatId, FieldCode, Problem, Seq, ServerFrame};

/// Moves one of the viewer's marks up to `seq` and tells both people.
pub async fn mark(state: &AppState, viewer: &Viewer, chat: ChatId, mark: Mark, seq: Seq) -> Result<(), Problem> {
    if seq.0 < 0 {
        return Err(Problem::field("seq", FieldCode::OutOfRange));
    }
    let user = viewer.user.id;
    let task_state = state.clone();
    state
        .write(async move {
            let mut conn = task_state.db.write().await?;
            let (row, seq, moved) = conn
                .transaction::<_, Problem>(|conn| {
                    Box::pin(async move {
                        let row = require_member(conn, chat, user).await?;
                        let seq = seq.min(row.last_seq);
                        let moved = db::member::advance(conn, chat, user, mark, seq).await?;
                        Ok((row, seq, moved))
                    })
                })
                .await?;
            if !moved {
                return Ok(());
            }
            let frame = match mark {
                Mark::Read => ServerFrame::Read { chat_id: chat, user_id: user, seq },
                Mark::Delivered => ServerFrame::Delivered { chat_id: chat, user_id: user, seq },
            };
            task_state.live.deliver(&row.members(), &frame);
            drop(conn);
            if mark == Mark::Read {
                // The reader's other tabs and devices show a new count of unread messages.
                list::tell_members(&task_state, chat, &[user]).await?;
            }
            Ok(())
        })
        .await
}
