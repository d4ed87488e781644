//! Stores one batch in the database.

use crate::{
    chat::group_commit::{
        Job, Parts,
        publish::{CommittedWrite, CommittedWrites},
    },
    db::{
        DbError, DbPool, DbResult,
        batch::{self, Snapshot, Write, WriteOutcome},
    },
    failpoints,
};
use app::protocol::{ChatId, Problem, Seq};
use std::{collections::BTreeSet, sync::Arc, time::Instant};

/// The result of a batch.
#[derive(Default)]
pub(super) struct Outcome {
    /// Finished writes.
    pub(super) committed: CommittedWrites,
    /// Undecided writes: another transaction holds the chat, or a lock error occurred.
    pub(super) left: Vec<Job>,
    /// Whether a lock error occurred that does not name the chat.
    pub(super) met_a_lock: bool,
}

/// A batch that failed because of the storage.
pub(super) struct Refused {
    /// Writes that finished before the failure.
    pub(super) committed: CommittedWrites,
    /// All other writes.
    pub(super) left: Vec<Job>,
    /// The reason.
    pub(super) problem: Problem,
}

/// Stores a batch in one transaction. If a row causes an error, stores each write in its own
/// transaction, so that only the faulty write is rejected.
pub(super) async fn store(parts: &Parts, mut batch: Vec<Job>, held: Snapshot) -> Result<Outcome, Refused> {
    if batch.is_empty() {
        return Ok(Outcome::default());
    }
    failpoints::stop_at("send::received");
    if failpoints::is_broken("break::order") {
        batch.reverse();
    }
    let (rests, writes): (Vec<_>, Vec<_>) = batch.into_iter().map(|Job { write, rest }| (rest, write)).unzip();
    let writes = Arc::new(writes);
    let written = commit(parts, Arc::clone(&writes), held).await;
    let writes = Arc::unwrap_or_clone(writes);
    let jobs = writes.into_iter().zip(rests).map(|(write, rest)| Job { write, rest });
    match written {
        Ok(written) => {
            let mut outcome = Outcome::default();
            for (job, written) in jobs.zip(written) {
                match written {
                    Some(written) => outcome.committed.push(CommittedWrite::new(job, Ok(written))),
                    None => outcome.left.push(job),
                }
            }
            Ok(outcome)
        }
        Err(error) if error.is_about_a_row() => one_by_one(parts, jobs.collect(), (error, held)).await,
        Err(error) if may_be_a_lock(parts, &error) => {
            tracing::warn!(%error, "writes wait: the queue is full");
            Ok(Outcome { committed: CommittedWrites::new(), left: jobs.collect(), met_a_lock: true })
        }
        Err(error) => Err(Refused { committed: CommittedWrites::new(), left: jobs.collect(), problem: error.into() }),
    }
}

/// Stores each write in its own transaction, since one of them is faulty.
async fn one_by_one(parts: &Parts, jobs: Vec<Job>, (error, held): (DbError, Snapshot)) -> Result<Outcome, Refused> {
    let mut outcome = Outcome::default();
    if jobs.len() == 1 {
        let problem = Problem::from(error);
        outcome.committed.extend(jobs.into_iter().map(|job| job.refuse(&problem)));
        return Ok(outcome);
    }
    // A write must not overtake an undecided write of the same chat.
    let mut left = BTreeSet::<ChatId>::new();
    let mut jobs = jobs.into_iter();
    while let Some(job) = jobs.next() {
        if left.contains(&job.write.chat) {
            outcome.left.push(job);
            continue;
        }
        let written = commit(parts, Arc::new(vec![job.write.clone()]), held).await;
        match written.and_then(|mut written| written.pop().ok_or(DbError::Unknown("answer"))) {
            Ok(Some(written)) => outcome.committed.push(CommittedWrite::new(job, Ok(written))),
            Ok(None) => {
                left.insert(job.write.chat);
                outcome.left.push(job);
            }
            Err(error) if error.is_about_a_row() => outcome.committed.push(CommittedWrite::new(job, Err(error.into()))),
            Err(error) if may_be_a_lock(parts, &error) => {
                left.insert(job.write.chat);
                outcome.left.push(job);
            }
            Err(error) => {
                let Outcome { committed, left, .. } = outcome;
                let left = left.into_iter().chain([job]).chain(jobs).collect();
                return Err(Refused { committed, left, problem: error.into() });
            }
        }
    }
    Ok(outcome)
}

/// Whether the error may come from a lock, so that another try can succeed. Never on SQLite, which
/// has no other writer to wait for.
fn may_be_a_lock(parts: &Parts, error: &DbError) -> bool {
    matches!(parts.db, DbPool::Postgres(_)) && error.is_unnamed()
}

async fn commit(parts: &Parts, writes: Arc<Vec<Write>>, held: Snapshot) -> DbResult<Vec<Option<WriteOutcome>>> {
    let (begun, count) = (Instant::now(), writes.len());
    // Read before the connection is taken, so that the connection can't belong to an older file
    // than this epoch.
    let epoch = parts.db.epoch()?;
    let mut conn = parts.db.write_batch().await?;
    let chats: Vec<ChatId> = writes.iter().map(|write| write.chat).collect();
    let written = batch::run(&mut conn, writes, held).await?;
    let stored = chats.into_iter().zip(&written).filter_map(|(chat, written)| match written {
        Some(WriteOutcome::Stored(message, _) | WriteOutcome::Repeated(message, Some(_))) => Some((chat, message.seq)),
        Some(WriteOutcome::Moved(..)) => Some((chat, Seq(0))),
        _ => None,
    });
    parts.broadcaster.announce(&mut conn, stored).await;
    parts.metrics.commit_seconds.observe(begun.elapsed().as_secs_f64());
    parts.metrics.commit_writes.observe(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
    // If the file was replaced meanwhile, the commit went to the old file and is lost.
    if parts.db.epoch()? != epoch {
        return Err(DbError::Unknown("database: it was replaced during a write"));
    }
    Ok(written)
}
