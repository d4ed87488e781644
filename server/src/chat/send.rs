//! Sending: stored once per client id, numbered without a hole, told to both people after the commit.

use super::{list, require_member};
use crate::{
    auth::Viewer,
    db::{self, member::Mark, message::NewMessage, time},
    state::AppState,
};
use app::protocol::{
    CONTENT_MAX_CHARS, ChatId, ClientId, FieldCode, Message, Problem, ProblemCode, Seq, ServerFrame, Timestamp,
};

/// What is wrong with a message's text.
fn fault(content: &str) -> Option<FieldCode> {
    if content.contains('\0') {
        Some(FieldCode::ForbiddenCharacter)
    } else if content.trim().is_empty() {
        Some(FieldCode::Required)
    } else if content.chars().count() > CONTENT_MAX_CHARS {
        Some(FieldCode::TooLong)
    } else {
        None
    }
}

/// Stores a message from the viewer. Returns after the commit; sending the same client id again answers
/// the row of the first time.
pub async fn send(
    state: &AppState,
    viewer: &Viewer,
    chat: ChatId,
    client_id: ClientId,
    content: String,
) -> Result<Message, Problem> {
    send_at(state, viewer, chat, client_id, content, time::now()).await
}

/// The same at a given moment, which the demo clinic uses to have a past.
pub async fn send_at(
    state: &AppState,
    viewer: &Viewer,
    chat: ChatId,
    client_id: ClientId,
    content: String,
    now: Timestamp,
) -> Result<Message, Problem> {
    if let Some(code) = fault(&content) {
        return Err(Problem::field("content", code));
    }
    let sender = viewer.user.id;
    let task_state = state.clone();
    state
        .write(async move {
            let mut conn = task_state.db.write().await?;
            let (message, members) = conn
                .transaction::<_, Problem>(|conn| {
                    Box::pin(async move {
                        let row = require_member(conn, chat, sender).await?;
                        if let Some(stored) = db::message::by_client_id(conn, chat, sender, client_id).await? {
                            return if stored.content == content {
                                Ok((stored, None))
                            } else {
                                Err(ProblemCode::ClientIdReused.into())
                            };
                        }
                        // A clock that was set back must not move the chat down the list.
                        // (An empty chat's own moment is no message's.)
                        let now = if row.last_seq == Seq(0) { now } else { now.max(row.updated_at) };
                        let seq = db::chat::take_seq(conn, chat, now).await?;
                        let new =
                            NewMessage { chat_id: chat, seq, sender, client_id, content: &content, created_at: now };
                        let message = db::message::insert(conn, new).await?;
                        db::member::advance(conn, chat, sender, Mark::Read, seq).await?;
                        Ok((message, Some(row.members())))
                    })
                })
                .await?;
            let Some(members) = members else { return Ok(message) };
            task_state.metrics.messages_stored.inc();
            // Still holding the writer: frames of one chat leave in the order of their commits.
            task_state.live.deliver(&members, &ServerFrame::Message { message: message.clone() });
            drop(conn);
            list::tell_members_soon(&task_state, chat, members.to_vec());
            Ok(message)
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_emptiness_is_judged_after_trimming() {
        assert_eq!(fault(" \n\t "), Some(FieldCode::Required));
        assert_eq!(fault("  kept as typed \n"), None);
        assert_eq!(fault("a\0b"), Some(FieldCode::ForbiddenCharacter));
        assert_eq!(fault(&"é".repeat(CONTENT_MAX_CHARS)), None);
        assert_eq!(fault(&"é".repeat(CONTENT_MAX_CHARS + 1)), Some(FieldCode::TooLong));
    }
}
