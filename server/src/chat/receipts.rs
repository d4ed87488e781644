//! Read and delivered marks: they move forward only, and never past the newest message.

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
    /// Moves one of the viewer's marks up to `seq`; returns after the commit.
    pub async fn mark(&self, viewer: &Viewer, chat: ChatId, mark: Mark, seq: Seq) -> Result<(), Problem> {
        let written = self.committer.write(write(viewer, chat, mark, seq)?).await?;
        done(&written)
    }

    /// The same without waiting: `failed` is called if nothing came of it.
    pub fn submit_mark(
        &self,
        viewer: &Viewer,
        (chat, mark, seq): (ChatId, Mark, Seq),
        failed: impl FnOnce(Problem) + Send + 'static,
    ) -> Result<(), Problem> {
        let told = |result: Result<&WriteOutcome, &Problem>| {
            if let Err(problem) = result.map_err(Clone::clone).and_then(done) {
                failed(problem);
            }
        };
        self.committer.submit(write(viewer, chat, mark, seq)?, Box::new(told))
    }
}
