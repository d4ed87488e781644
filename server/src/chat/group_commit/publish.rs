//! After the commit: whoever asked is answered, then the chats' members are told.

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

/// What news of a write needs to know of it.
#[derive(Clone, Copy)]
struct About {
    chat: ChatId,
    user: UserId,
    mark: Option<Mark>,
}

impl From<&Write> for About {
    fn from(write: &Write) -> Self {
        let mark = match write.kind {
            WriteKind::Append { .. } | WriteKind::Notice { .. } => None,
            WriteKind::Advance { mark, .. } => Some(mark),
        };
        Self { chat: write.chat, user: write.user, mark }
    }
}

/// A write that is through, still to be told.
pub(super) struct Through {
    about: About,
    rest: Rest,
    result: Result<WriteOutcome, Problem>,
}

impl Through {
    pub(super) fn new(job: Job, result: Result<WriteOutcome, Problem>) -> Self {
        Self { about: (&job.write).into(), rest: job.rest, result }
    }
}

/// Writes that are through.
pub(super) type Told = Vec<Through>;

/// Answers whoever asked, then tells the members.
pub(super) fn tell(parts: &Parts, told: Told) {
    if told.is_empty() {
        return;
    }
    failpoints::stop_at("send::committed");
    let mut news = Vec::with_capacity(told.len());
    for Through { about, rest, result } in told {
        (rest.done)(result.as_ref());
        if let Ok(written) = result {
            news.push((about, written));
        }
    }
    failpoints::stop_at("send::acked");
    for (About { chat, user, mark }, written) in news {
        let (change, members) = match written {
            WriteOutcome::Stored(message, members) => {
                parts.metrics.messages_stored.inc();
                (Change::Stored(message), members)
            }
            // The answer to its commit, or the node that had it, may have been lost before anybody was told.
            WriteOutcome::Repeated(message, Some(members)) if message.change == ChangeSeq(0) => {
                (Change::StoredBefore(message), members)
            }
            WriteOutcome::Moved(seq, at, members) => {
                (Change::Marked { chat, user, mark: mark.unwrap_or(Mark::Read), seq, at }, members)
            }
            WriteOutcome::Repeated(..)
            | WriteOutcome::Reused
            | WriteOutcome::Told(_)
            | WriteOutcome::Unmoved
            | WriteOutcome::NoSuchChat
            | WriteOutcome::Rejection(_) => continue,
        };
        parts.broadcaster.publish(&members, change);
    }
}
