//! Group commit: writes that arrive while one transaction commits share the next.
//!
//! A task (on PostgreSQL a few tasks, each with its own chats) takes all waiting writes, stores
//! them in one transaction, answers the callers, and then publishes to the chats' members. So no
//! caller gets an answer before the commit, and the frames of one chat are sent in the order of
//! their `seq`. Publishing overlaps with the next transaction. Writes of a chat that another
//! program has locked move to a separate queue (`queue`), so that the other chats do not wait.

mod publish;
mod queue;
mod store;

use crate::{
    chat::{
        broadcaster::Broadcaster,
        share::{Share, Shares},
    },
    db::{
        DbPool, Writes,
        batch::{Snapshot, Write, WriteKind, WriteOutcome},
    },
    metrics::Metrics,
};
use app::protocol::{Problem, ProblemCode};
use futures::FutureExt;
use publish::{CommittedWrite, CommittedWrites, publish};
use queue::Queue;
use std::sync::Arc;
use store::{Outcome, Refused, store};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::task::task_tracker::TaskTrackerToken;

/// The most writes in one transaction. It bounds how long the first write waits for the last.
const BATCH_MAX: usize = 256;
/// The most bytes that may wait to be stored, over all writes. More is rejected as overload.
const WAITING_MAX_BYTES: usize = 16 * 1024 * 1024;
/// When a user with too many waiting writes may try again, in seconds.
const SHARE_RETRY_AFTER_S: u64 = 1;
/// The approximate memory of a write in addition to its text, in bytes.
const WRITE_BYTES: usize = 1024;

/// Called with the result of a write, before anything is published.
pub type Done = Box<dyn FnOnce(Result<&WriteOutcome, &Problem>) + Send>;

/// A write in the queue, and what is left to do after it.
struct Job {
    write: Write,
    rest: Rest,
}

impl Job {
    /// Ends a write that could not be stored.
    fn refuse(self, problem: &Problem) -> CommittedWrite {
        CommittedWrite::new(self, Err(problem.clone()))
    }
}

/// What is left to do after the write.
struct Rest {
    done: Done,
    /// This write's part of [`WAITING_MAX_BYTES`], freed on drop.
    _room: OwnedSemaphorePermit,
    /// This write's part of its sender's share, freed on drop.
    _share: Option<Share>,
    /// A stop waits until this is dropped.
    _counted: TaskTrackerToken,
}

/// What the tasks need.
#[derive(Clone)]
pub struct Parts {
    /// The database.
    pub db: DbPool,
    /// Counts commits, writes and messages.
    pub metrics: Arc<Metrics>,
    /// Publishes to the members.
    pub broadcaster: Broadcaster,
    /// Writes that have begun; a stop waits for them.
    pub writes: Writes,
}

/// Passes writes to the tasks. All writes of a chat go to the same task, which keeps their order.
pub struct Committer {
    jobs: Vec<mpsc::UnboundedSender<Job>>,
    room: Arc<Semaphore>,
    shares: Shares,
    writes: Writes,
}

impl Committer {
    /// Starts as many tasks as the database can commit at once. They end when this value is
    /// dropped.
    #[must_use]
    pub fn start(parts: Parts) -> Self {
        let writes = parts.writes.clone();
        let start = |_| {
            // Bounded by `room` instead of a count, because writes differ in size.
            let (jobs, waiting) = mpsc::unbounded_channel();
            tokio::spawn(run(parts.clone(), waiting));
            jobs
        };
        let jobs = (0..parts.db.committers()).map(start).collect();
        Self { jobs, room: Arc::new(Semaphore::new(WAITING_MAX_BYTES)), shares: Shares::default(), writes }
    }

    /// Queues a write. `done` is called when it is committed or has failed. If this returns a
    /// problem, the write was not queued and `done` is not called.
    pub fn submit(&self, write: Write, done: Done) -> Result<(), Problem> {
        let size = WRITE_BYTES
            + match &write.kind {
                WriteKind::Append { content, .. } | WriteKind::AutoReply { content, .. } => content.len(),
                WriteKind::Advance { .. } => 0,
            };
        let share = match &write.kind {
            // The server itself sends automatic replies; the patients' messages bound their number.
            WriteKind::AutoReply { .. } => None,
            WriteKind::Append { .. } | WriteKind::Advance { .. } => {
                let share = self.shares.take(write.user, size);
                Some(share.ok_or_else(|| Problem::rate_limited(SHARE_RETRY_AFTER_S))?)
            }
        };
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).try_acquire_many_owned(size).map_err(|_| Problem::overloaded())?;
        let rest = Rest { done, _room: room, _share: share, _counted: self.writes.token() };
        let lane = write.chat.0.unsigned_abs() % self.jobs.len().max(1) as u64;
        let jobs = usize::try_from(lane).ok().and_then(|lane| self.jobs.get(lane));
        let jobs = jobs.ok_or(ProblemCode::Internal)?;
        jobs.send(Job { write, rest }).map_err(|_| ProblemCode::Internal.into())
    }

    /// Queues a write and waits for its result. Dropping the future does not cancel the write.
    pub async fn write(&self, write: Write) -> Result<WriteOutcome, Problem> {
        let (answer, answered) = oneshot::channel();
        let done = |result: Result<&WriteOutcome, &Problem>| {
            // The caller may have gone.
            let _ = answer.send(result.cloned().map_err(Clone::clone));
        };
        self.submit(write, Box::new(done))?;
        answered.await.unwrap_or_else(|_| Err(ProblemCode::Internal.into()))
    }
}

async fn run(parts: Parts, waiting: mpsc::UnboundedReceiver<Job>) {
    let held = Queue::default();
    let usual = async {
        serve(&parts, waiting, &held).await;
        held.close();
    };
    tokio::join!(usual, held.serve(&parts));
}

/// Stores writes until the channel is closed and empty.
async fn serve(parts: &Parts, mut waiting: mpsc::UnboundedReceiver<Job>, held: &Queue) {
    let mut committed = CommittedWrites::new();
    loop {
        let mut batch = Vec::new();
        if committed.is_empty() {
            if waiting.recv_many(&mut batch, BATCH_MAX).await == 0 {
                return;
            }
        } else {
            // Only what waits already: publishing the last batch must not wait for further writes.
            let _ = waiting.recv_many(&mut batch, BATCH_MAX).now_or_never();
        }
        let batch = held.set_aside(batch);
        let (stored, ()) = tokio::join!(store(parts, batch, Snapshot::LeaveOut), async { publish(parts, committed) });
        committed = match stored {
            Ok(Outcome { committed, left, .. }) => {
                held.add(left);
                committed
            }
            Err(refused) => refuse(refused, &mut waiting),
        };
    }
}

/// Rejects the writes of a failed batch and all that wait behind it. They would fail for the same
/// reason, each after an equally long wait.
fn refuse(refused: Refused, waiting: &mut mpsc::UnboundedReceiver<Job>) -> CommittedWrites {
    let Refused { committed, left, problem } = refused;
    let behind = std::iter::from_fn(|| waiting.try_recv().ok());
    committed.into_iter().chain(left.into_iter().chain(behind).map(|job| job.refuse(&problem))).collect()
}
