//! Group commit: writes that arrive while one transaction commits share the next.
//!
//! A task (on PostgreSQL a few, each with its own chats) takes everything that waits, stores it in one transaction,
//! answers whoever asked, and tells the chats' members, in that order: nothing is answered that isn't stored, and frames
//! of one chat leave in the order of their `seq`. Telling goes on while the next transaction runs. A chat that another
//! program holds steps aside (`queue`), so that the others go on.

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
use publish::{Through, Told, tell};
use queue::Queue;
use std::sync::Arc;
use store::{Outcome, Refused, store};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::task::task_tracker::TaskTrackerToken;

/// Most writes in one transaction: bounds how long the first of them waits for the last.
const BATCH_MAX: usize = 256;
/// Texts waiting to be stored, in bytes over all writes; more is refused as overload.
const WAITING_MAX_BYTES: usize = 16 * 1024 * 1024;
/// When somebody who has too much waiting may try again, in seconds.
const SHARE_RETRY_AFTER_S: u64 = 1;
/// What a write takes up beside its text, roughly, in bytes.
const WRITE_BYTES: usize = 1024;

/// Told what became of a write, before anybody else is.
pub type Done = Box<dyn FnOnce(Result<&WriteOutcome, &Problem>) + Send>;

/// A write on its way: what it is, and what it leaves to do.
struct Job {
    write: Write,
    rest: Rest,
}

impl Job {
    /// It could not be stored.
    fn refuse(self, problem: &Problem) -> Through {
        Through::new(self, Err(problem.clone()))
    }
}

/// What is left to do for a write that is stored.
struct Rest {
    done: Done,
    /// Given back when the write is through.
    _room: OwnedSemaphorePermit,
    /// The same of its sender's.
    _share: Option<Share>,
    /// A stop waits for it.
    _counted: TaskTrackerToken,
}

/// What the task works with.
#[derive(Clone)]
pub struct Parts {
    /// Where it stores.
    pub db: DbPool,
    /// What it counts.
    pub metrics: Arc<Metrics>,
    /// Tells the members.
    pub broadcaster: Broadcaster,
    /// Writes under way.
    pub writes: Writes,
}

/// Hands writes to the tasks. A chat's writes all go to one of them, so that they stay in order.
pub struct Committer {
    jobs: Vec<mpsc::UnboundedSender<Job>>,
    room: Arc<Semaphore>,
    shares: Shares,
    writes: Writes,
}

impl Committer {
    /// Starts as many tasks as the database takes commits at once; they end when this is dropped.
    #[must_use]
    pub fn start(parts: Parts) -> Self {
        let writes = parts.writes.clone();
        let start = |_| {
            // Bounded by `room`, not by a count: writes differ in size.
            let (jobs, waiting) = mpsc::unbounded_channel();
            tokio::spawn(run(parts.clone(), waiting));
            jobs
        };
        let jobs = (0..parts.db.committers()).map(start).collect();
        Self { jobs, room: Arc::new(Semaphore::new(WAITING_MAX_BYTES)), shares: Shares::default(), writes }
    }

    /// Hands over a write. `done` is called once it is committed or has failed; a problem here means that it
    /// was not taken at all.
    pub fn submit(&self, write: Write, done: Done) -> Result<(), Problem> {
        let size = WRITE_BYTES
            + match &write.kind {
                WriteKind::Append { content, .. } | WriteKind::Notice { content, .. } => content.len(),
                WriteKind::Advance { .. } => 0,
            };
        let share = match &write.kind {
            // The program's own, and bounded by what patients send.
            WriteKind::Notice { .. } => None,
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

    /// Hands over a write and waits for what becomes of it. Dropping the answer doesn't stop the write.
    pub async fn write(&self, write: Write) -> Result<WriteOutcome, Problem> {
        let (answer, answered) = oneshot::channel();
        let done = |result: Result<&WriteOutcome, &Problem>| {
            // Whoever asked may have gone.
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

/// Stores whatever comes until nothing more does.
async fn serve(parts: &Parts, mut waiting: mpsc::UnboundedReceiver<Job>, held: &Queue) {
    let mut told = Told::new();
    loop {
        let mut batch = Vec::new();
        if told.is_empty() {
            if waiting.recv_many(&mut batch, BATCH_MAX).await == 0 {
                return;
            }
        } else {
            // Whatever waits already; what was stored must not wait for more to come.
            let _ = waiting.recv_many(&mut batch, BATCH_MAX).now_or_never();
        }
        let batch = held.set_aside(batch);
        let (stored, ()) = tokio::join!(store(parts, batch, Snapshot::LeaveOut), async { tell(parts, told) });
        told = match stored {
            Ok(Outcome { told, left, .. }) => {
                held.add(left);
                told
            }
            Err(refused) => refuse(refused, &mut waiting),
        };
    }
}

/// What has waited behind a batch that could not be stored would meet the same, after as long a wait of its own:
/// all of it is refused now.
fn refuse(refused: Refused, waiting: &mut mpsc::UnboundedReceiver<Job>) -> Told {
    let Refused { told, left, problem } = refused;
    let behind = std::iter::from_fn(|| waiting.try_recv().ok());
    told.into_iter().chain(left.into_iter().chain(behind).map(|job| job.refuse(&problem))).collect()
}
