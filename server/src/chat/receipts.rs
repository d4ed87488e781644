//! Read and delivered receipts. They only move forward, and never past the newest message.

use crate::{
    auth::Viewer,
    chat::service::ChatService,
    db::{
        batch::{Write, WriteKind, WriteOutcome},
        member::Mark,
        time,
    },
};
use app::protocol::{ChatId, FieldCode, Problem, ProblemCode, Seq};

fn write(viewer: &Viewer, chat: ChatId, mark: Mark, seq: Seq) -> Result<Write, Problem> {
    if seq.0 < 0 {
        return Err(Problem::field("seq", FieldCode::OutOfRange));
    }
    Ok(Write { chat, user: viewer.user.id, kind: WriteKind::Advance { mark, seq, at: time::now() } })
}

fn done(written: &WriteOutcome) -> Result<(), Problem> {
    match written {
        WriteOutcome::NoSuchChat => Err(ProblemCode::ChatNotFound.into()),
        _ => Ok(()),
    }
}

impl ChatService {
    /// Moves one of the viewer's receipts up to `seq`. Returns after the commit.
    pub async fn mark(&self, viewer: &Viewer, chat: ChatId, mark: Mark, seq: Seq) -> Result<(), Problem> {
        let written = self.committer.write(write(viewer, chat, mark, seq)?).await?;
        done(&written)
    }

    /// Like [`mark`](Self::mark), without waiting. `failed` is called if the write fails later; an
    /// error returned here means that the write was not queued.
    pub fn submit_mark(
        &self,
        viewer: &Viewer,
        chat: ChatId,
        mark: Mark,
        seq: Seq,
        failed: impl FnOnce(Problem) + Send + 'static,
    ) -> Result<(), Problem> {
        let publish = |result: Result<&WriteOutcome, &Problem>| {
            if let Err(problem) = result.map_err(Clone::clone).and_then(done) {
                failed(problem);
            }
        };
        self.committer.submit(write(viewer, chat, mark, seq)?, Box::new(publish))
    }
}
