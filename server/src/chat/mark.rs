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
    {
        // Most marks move nothing (every tab tells them): those must not wait for, or hold up, the writer.
        let mut conn = state.db.read().await?;
        let row = require_member(&mut conn, chat, user).await?;
        let marks = db::member::of_chats(&mut conn, &[chat]).await?.remove(&(chat, user)).unwrap_or_default();
        let held = match mark {
            Mark::Read => marks.read_seq,
            Mark::Delivered => marks.delivered_seq,
        };
        if seq.min(row.last_seq) <= held {
            return Ok(());
        }
    }
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
                list::tell_members_soon(&task_state, chat, vec![user]);
            }
            Ok(())
        })
        .await
}
