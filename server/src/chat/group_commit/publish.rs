//! After the commit: answers the callers, then publishes to the chats' members.

use crate::{
    chat::{
        broadcaster::Change,
        group_commit::{Job, Parts, Rest},
    },
    db::{
        batch::{Write, WriteKind, WriteOutcome},
        member::Mark,
    },
    failpoints,
};
use app::protocol::{ChangeSeq, ChatId, Problem, UserId};

/// The facts about a write that publishing needs.
#[derive(Clone, Copy)]
struct WriteTarget {
    chat: ChatId,
    user: UserId,
    mark: Option<Mark>,
}

impl From<&Write> for WriteTarget {
    fn from(write: &Write) -> Self {
        let mark = match write.kind {
            WriteKind::Append { .. } | WriteKind::AutoReply { .. } => None,
            WriteKind::Advance { mark, .. } => Some(mark),
        };
        Self { chat: write.chat, user: write.user, mark }
    }
}

/// A finished write whose caller has no answer yet.
pub(super) struct CommittedWrite {
    about: WriteTarget,
    rest: Rest,
    result: Result<WriteOutcome, Problem>,
}

impl CommittedWrite {
    pub(super) fn new(job: Job, result: Result<WriteOutcome, Problem>) -> Self {
        Self { about: (&job.write).into(), rest: job.rest, result }
    }
}

/// Finished writes, in order.
pub(super) type CommittedWrites = Vec<CommittedWrite>;

/// Answers all callers first, then publishes to the members.
pub(super) fn publish(parts: &Parts, committed: CommittedWrites) {
    if committed.is_empty() {
        return;
    }
    failpoints::stop_at("send::committed");
    let mut frames = Vec::with_capacity(committed.len());
    for CommittedWrite { about, rest, result } in committed {
        (rest.done)(result.as_ref());
        if let Ok(written) = result {
            frames.push((about, written));
        }
    }
    failpoints::stop_at("send::acked");
    for (WriteTarget { chat, user, mark }, written) in frames {
        let (change, members) = match written {
            WriteOutcome::Stored(message, members) => {
                parts.metrics.messages_stored.inc();
                (Change::Stored(message), members)
            }
            // The answer to the first commit may have been lost, or its node may have stopped,
            // before it published the message.
            WriteOutcome::Repeated(message, Some(members)) if message.change == ChangeSeq(0) => {
                (Change::StoredBefore(message), members)
            }
            WriteOutcome::Moved(seq, at, members) => {
                (Change::Marked { chat, user, mark: mark.unwrap_or(Mark::Read), seq, at }, members)
            }
            WriteOutcome::Repeated(..)
            | WriteOutcome::Reused
            | WriteOutcome::RepliedRecently(_)
            | WriteOutcome::Unmoved
            | WriteOutcome::NoSuchChat
            | WriteOutcome::Rejected(_) => continue,
        };
        parts.broadcaster.publish(&members, change);
    }
}
