//! Taking a message back: its text is gone for both people at once, and what is left says so.

use super::standing::reconsider;
use crate::{
    auth::Viewer,
    db::{self, time},
    state::AppState,
};
use app::protocol::{ChangeSeq, ChatId, Message, Problem, ProblemCode, Retracted, Seq, ServerFrame, UserId};

/// Takes the viewer's own message back; as it is then. Once is enough: again changes nothing.
pub async fn retract(state: &AppState, viewer: &Viewer, chat: ChatId, seq: Seq) -> Result<Message, Problem> {
    state.person_limits.change(viewer)?;
    let (task_state, user) = (state.clone(), viewer.user.id);
    state
        .write(async move {
            let mut conn = task_state.db.write().await?;
            let now = time::now_at(&mut conn).await?;
            let since = task_state.config.changeable_since(now);
            let (message, told) = conn
                .transaction::<_, Problem>(|conn| {
                    Box::pin(async move {
                        let row = db::chat::lock_of_member(conn, chat, user).await?;
                        let row = row.ok_or(ProblemCode::ChatNotFound)?;
                        let message = db::message::at(conn, chat, &[seq]).await?.pop();
                        let message = message.ok_or(ProblemCode::MessageNotFound)?;
                        if message.sender_id != user {
                            return Err(ProblemCode::NotOnesMessage.into());
                        }
                        if message.retracted.is_some() {
                            return Ok((message, None));
                        }
                        // What a report is about stays until the clinic has looked into it. A report takes the same lock.
                        if db::report::is_any_unsettled(conn, chat).await? {
                            return Err(ProblemCode::ChatOnHold.into());
                        }
                        // One that a wrong clock has dated ahead would stay open for ever.
                        if message.created_at < since || time::is_ahead(message.created_at, now) {
                            return Err(ProblemCode::TooLateToChange.into());
                        }
                        // Whoever makes messages searchable at the moment has read it as it was: wait for them.
                        db::search::lock(conn, chat).await?;
                        let was_read = db::member::of(conn, chat, row.other(user)).await?.read_seq >= seq;
                        let change = ChangeSeq(row.last_change.0 + 1);
                        let retracted = Retracted { at: now, was_read };
                        let message = db::message::retract(conn, message, retracted, change).await?;
                        db::chat::note_change(conn, chat, change, time::following(row.updated_at, now)).await?;
                        reconsider(conn, &row).await?;
                        Ok((message, Some(row.members())))
                    })
                })
                .await?;
            if told.is_some() && !task_state.live.is_well() {
                // As with messages: nodes that have the bus listen to the database as well.
                if let Err(error) = db::message::announce(&mut conn, vec![(chat, seq)]).await {
                    tracing::warn!(%error, "other nodes could not be told of a message that was taken back");
                }
            }
            drop(conn);
            if let Some(members) = told {
                tell(&task_state, &message, &members);
            }
            Ok(message)
        })
        .await
}

fn tell(state: &AppState, message: &Message, members: &[UserId]) {
    state.teller.changed(message.chat_id, members);
    state.live.deliver(members, &ServerFrame::Changed { message: message.clone() });
}
