//! Sending a message: it is stored once per client id, gets the chat's next `seq`, and is published
//! to both members after the commit.

use super::service::{ChatService, peer_not_available};
use crate::{
    auth::Viewer,
    chat::auto_reply_queue::AutoReplySender,
    db::{
        batch::{Correction, Rejection, Write, WriteKind, WriteOutcome},
        time,
    },
};
use app::protocol::{
    CONTENT_MAX_CHARS, ChatId, ClientId, FieldCode, Message, Problem, ProblemCode, Role, Seq, Timestamp,
};

/// A message to send.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The chat.
    pub chat: ChatId,
    /// The sender's own id for the message.
    pub client_id: ClientId,
    /// The text.
    pub content: String,
    /// The message it replies to.
    pub reply_to: Option<Seq>,
    /// The sender's own message that it corrects.
    pub corrects: Option<Seq>,
    /// Whether it is flagged as urgent.
    pub is_urgent: bool,
}

impl Draft {
    /// A message that replies to nothing, corrects nothing and is not urgent.
    #[must_use]
    pub const fn new(chat: ChatId, client_id: ClientId, content: String) -> Self {
        Self { chat, client_id, content, reply_to: None, corrects: None, is_urgent: false }
    }
}

/// Why a message's text is invalid, if it is.
pub fn fault(content: &str) -> Option<FieldCode> {
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

impl ChatService {
    fn message_write(&self, viewer: &Viewer, draft: Draft, at: Timestamp) -> Result<Write, Problem> {
        let Draft { chat, client_id, content, reply_to, corrects, is_urgent } = draft;
        if corrects.is_some() {
            self.limits.change(viewer)?;
        }
        if let Some(code) = fault(&content) {
            return Err(Problem::field("content", code));
        }
        let corrects = corrects.map(|seq| Correction { seq, not_before: self.rules.changeable_since(at) });
        // Only patients see the emergency prompt that sets this flag.
        let is_urgent = is_urgent && viewer.user.role == Role::Patient;
        let kind = WriteKind::Append { client_id, content, reply_to, corrects, is_urgent, at };
        Ok(Write { chat, user: viewer.user.id, kind })
    }

    /// Validates a message and then counts it against the sender's limits. An invalid message does
    /// not count.
    fn admit_message(&self, viewer: &Viewer, draft: Draft) -> Result<Write, Problem> {
        let bytes = draft.content.len();
        let write = self.message_write(viewer, draft, time::now())?;
        self.limits.message(viewer, bytes)?;
        Ok(write)
    }
}

/// The message that a write stored, or had stored before under the same client id.
fn message(written: &WriteOutcome, sender: Role) -> Result<&Message, Problem> {
    match written {
        WriteOutcome::Stored(message, _) | WriteOutcome::Repeated(message, _) => Ok(message),
        WriteOutcome::Reused => Err(ProblemCode::ClientIdReused.into()),
        WriteOutcome::NoSuchChat => Err(ProblemCode::ChatNotFound.into()),
        WriteOutcome::Rejected(Rejection::NoSuchMessage) => Err(ProblemCode::MessageNotFound.into()),
        WriteOutcome::Rejected(Rejection::NotYours) => Err(ProblemCode::NotOnesMessage.into()),
        WriteOutcome::Rejected(Rejection::TooLate) => Err(ProblemCode::TooLateToChange.into()),
        WriteOutcome::Rejected(Rejection::Closed) => Err(ProblemCode::ChatClosed.into()),
        WriteOutcome::Rejected(Rejection::Disabled) => Err(peer_not_available(sender == Role::Doctor).into()),
        WriteOutcome::Rejected(Rejection::Blocked) => Err(ProblemCode::ChatBlocked.into()),
        WriteOutcome::Moved(..) | WriteOutcome::RepliedRecently(_) | WriteOutcome::Unmoved => {
            Err(ProblemCode::Internal.into())
        }
    }
}

impl ChatService {
    /// Only patients' messages can cause an automatic reply.
    fn auto_replies_for(&self, viewer: &Viewer) -> Option<AutoReplySender> {
        (viewer.user.role == Role::Patient).then(|| self.auto_replies.door())
    }

    /// Stores a message from the viewer. Returns after the commit. If the client id was used
    /// before, returns the message that was stored then.
    pub async fn send(&self, viewer: &Viewer, draft: Draft) -> Result<Message, Problem> {
        let written = self.committer.write(self.admit_message(viewer, draft)?).await?;
        if let Some(door) = self.auto_replies_for(viewer) {
            door.hand_in(viewer.user.id, &written);
        }
        message(&written, viewer.user.role).cloned()
    }

    /// Like [`send`](Self::send), for a text that no script has checked for signs of an emergency.
    /// The server checks it and flags a patient's message as urgent if it has one.
    pub async fn send_unscreened(&self, viewer: &Viewer, draft: Draft) -> Result<Message, Problem> {
        // An invalid text need not be checked.
        let is_patients = viewer.user.role == Role::Patient && fault(&draft.content).is_none();
        let is_urgent = is_patients && self.clinic.is_alarming(&draft.content).await;
        self.send(viewer, Draft { is_urgent, ..draft }).await
    }

    /// Like [`send`](Self::send), at a given moment and without rate limits. The demo clinic uses
    /// it to create past messages.
    pub async fn send_at(&self, viewer: &Viewer, draft: Draft, at: Timestamp) -> Result<Message, Problem> {
        let written = self.committer.write(self.message_write(viewer, draft, at)?).await?;
        message(&written, viewer.user.role).cloned()
    }

    /// Like [`send`](Self::send), without waiting. `done` is called after the commit and before the
    /// message is published. A problem returned here means that the message was not queued.
    pub fn submit_message(
        &self,
        viewer: &Viewer,
        draft: Draft,
        done: impl FnOnce(Result<&Message, Problem>) + Send + 'static,
    ) -> Result<(), Problem> {
        let (auto_replies, sender, role) = (self.auto_replies_for(viewer), viewer.user.id, viewer.user.role);
        let done = move |result: Result<&WriteOutcome, &Problem>| {
            done(result.map_err(Clone::clone).and_then(|written| message(written, role)));
            if let (Some(door), Ok(written)) = (auto_replies, result) {
                door.hand_in(sender, written);
            }
        };
        self.committer.submit(self.admit_message(viewer, draft)?, Box::new(done))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_trimmed_only_to_check_emptiness() {
        assert_eq!(fault(" \n\t "), Some(FieldCode::Required));
        assert_eq!(fault("  kept as typed \n"), None);
        assert_eq!(fault("a\0b"), Some(FieldCode::ForbiddenCharacter));
        assert_eq!(fault(&"é".repeat(CONTENT_MAX_CHARS)), None);
        assert_eq!(fault(&"é".repeat(CONTENT_MAX_CHARS + 1)), Some(FieldCode::TooLong));
    }
}
