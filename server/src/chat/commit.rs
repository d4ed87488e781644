//! Group commit: writes that arrive while one transaction commits share the next.
//!
//! A task (on PostgreSQL a few, each with its own chats) takes everything that waits, stores it in one transaction, answers whoever asked, and tells the
//! chats' members, in that order: nothing is answered that isn't stored, and frames of one chat leave in the
//! order of their `seq`. Telling goes on while the next transaction runs.

use super::list::Teller;
use crate::{
    db::{
        self, DbError, DbPool, DbResult,
        batch::{self, Write, WriteKind, Written},
        member::Mark,
    },
    fault,
    live::Registry,
    metrics::Metrics,
};
use app::protocol::{ChatId, Problem, ProblemCode, Seq, ServerFrame, UserId};
use futures::FutureExt;
use std::{sync::Arc, time::Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::task::{TaskTracker, task_tracker::TaskTrackerToken};

/// Most writes in one transaction: bounds how long the first of them waits for the last.
const BATCH_MAX: usize = 256;
/// Texts waiting to be stored, in bytes over all writes; more is refused as overload.
const WAITING_MAX_BYTES: usize = 16 * 1024 * 1024;
/// What a write takes up beside its text, roughly, in bytes.
const WRITE_BYTES: usize = 1024;

/// Told what became of a write, before anybody else is.
pub type Done = Box<dyn FnOnce(Result<&Written, &Problem>) + Send>;

/// A write on its way: what it is, and what it leaves to do.
struct Job {
    write: Write,
    rest: Rest,
}

/// What is left to do for a write that is stored.
struct Rest {
    done: Done,
    /// Given back when the write is through.
    _room: OwnedSemaphorePermit,
    /// A stop waits for it.
    _counted: TaskTrackerToken,
}

/// What the task works with.
#[derive(Clone)]
pub struct Parts {
    /// Where it stores.
    pub db: DbPool,
    /// Whom it tells.
    pub live: Arc<Registry>,
    /// What it counts.
    pub metrics: Arc<Metrics>,
    /// Tells how changed chats stand.
    pub teller: Teller,
    /// Writes under way.
    pub writes: TaskTracker,
}

/// Hands writes to the tasks. A chat's writes all go to one of them, so that they stay in order.
pub struct Committer {
    jobs: Vec<mpsc::UnboundedSender<Job>>,
    room: Arc<Semaphore>,
    writes: TaskTracker,
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
        Self { jobs, room: Arc::new(Semaphore::new(WAITING_MAX_BYTES)), writes }
    }

    /// Hands over a write. `done` is called once it is committed or has failed; a problem here means that it
    /// was not taken at all.
    pub fn submit(&self, write: Write, done: Done) -> Result<(), Problem> {
        let size = WRITE_BYTES
            + match &write.kind {
                WriteKind::Append { content, .. } | WriteKind::Notice { content, .. } => content.len(),
                WriteKind::Advance { .. } => 0,
            };
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).try_acquire_many_owned(size).map_err(|_| Problem::overloaded())?;
        let rest = Rest { done, _room: room, _counted: self.writes.token() };
        let shard = write.chat.0.unsigned_abs() % self.jobs.len().max(1) as u64;
        let jobs = usize::try_from(shard).ok().and_then(|shard| self.jobs.get(shard));
        let jobs = jobs.ok_or(ProblemCode::Internal)?;
        jobs.send(Job { write, rest }).map_err(|_| ProblemCode::Internal.into())
    }

    /// Hands over a write and waits for what becomes of it. Dropping the answer doesn't stop the write.
    pub async fn write(&self, write: Write) -> Result<Written, Problem> {
        let (answer, answered) = oneshot::channel();
        let done = |result: Result<&Written, &Problem>| {
            // Whoever asked may have gone.
            let _ = answer.send(result.cloned().map_err(Clone::clone));
        };
        self.submit(write, Box::new(done))?;
        answered.await.unwrap_or_else(|_| Err(ProblemCode::Internal.into()))
    }
}

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

/// Writes that are through, still to be told.
type Told = Vec<(About, Rest, Result<Written, Problem>)>;

async fn run(parts: Parts, mut waiting: mpsc::UnboundedReceiver<Job>) {
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
        let (stored, ()) = tokio::join!(store(&parts, batch), async { tell(&parts, told) });
        told = stored.unwrap_or_else(|refused| refuse(refused, &mut waiting));
    }
}

/// A batch that could not be stored, and why.
type Refused = (Vec<(About, Rest)>, Problem);

/// What has waited behind a batch that could not be stored would meet the same, after as long a wait of its own:
/// all of it is refused now.
fn refuse((mut batch, problem): Refused, waiting: &mut mpsc::UnboundedReceiver<Job>) -> Told {
    while let Ok(job) = waiting.try_recv() {
        batch.push((About::from(&job.write), job.rest));
    }
    batch.into_iter().map(|(about, rest)| (about, rest, Err(problem.clone()))).collect()
}

/// Stores a batch in one transaction; on a row's fault, each write in one of its own.
async fn store(parts: &Parts, mut batch: Vec<Job>) -> Result<Told, Refused> {
    if batch.is_empty() {
        return Ok(Told::new());
    }
    fault::stop_at("send::received");
    if fault::is_broken("break::order") {
        batch.reverse();
    }
    let mut rests = Vec::with_capacity(batch.len());
    let mut writes = Vec::with_capacity(batch.len());
    for Job { write, rest } in batch {
        rests.push((About::from(&write), rest));
        writes.push(write);
    }
    let writes = Arc::new(writes);
    match commit(parts, Arc::clone(&writes)).await {
        Ok(written) => {
            let told = rests.into_iter().zip(written);
            Ok(told.map(|((about, rest), written)| (about, rest, Ok(written))).collect())
        }
        Err(error) if error.is_about_a_row() && writes.len() > 1 => {
            let mut told = Told::with_capacity(writes.len());
            for ((about, rest), write) in rests.into_iter().zip(writes.iter()) {
                let alone = commit(parts, Arc::new(vec![write.clone()])).await;
                let result = alone.and_then(|mut written| written.pop().ok_or(DbError::Unknown("answer")));
                told.push((about, rest, result.map_err(Problem::from)));
            }
            Ok(told)
        }
        Err(error) => Err((rests, error.into())),
    }
}

async fn commit(parts: &Parts, writes: Arc<Vec<Write>>) -> DbResult<Vec<Written>> {
    let (begun, count) = (Instant::now(), writes.len());
    // Before the connection is taken: it must not be to an older file than the one that is named here.
    let epoch = parts.db.epoch()?;
    let mut conn = parts.db.write().await?;
    let chats: Vec<ChatId> = writes.iter().map(|write| write.chat).collect();
    let written = batch::run(&mut conn, writes).await?;
    if !parts.live.is_well() {
        // Nodes that have the bus don't know that this one hasn't; they do listen to the database.
        let stored = chats.into_iter().zip(&written).filter_map(|(chat, written)| match written {
            Written::Stored(message, _) => Some((chat, message.seq)),
            Written::Moved(..) => Some((chat, Seq(0))),
            _ => None,
        });
        if let Err(error) = db::message::announce(&mut conn, stored.collect()).await {
            tracing::warn!(%error, "other nodes could not be told of messages");
        }
    }
    parts.metrics.commit_seconds.observe(begun.elapsed().as_secs_f64());
    parts.metrics.commit_writes.observe(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
    // Stored in a file that is not the clinic's any more is not stored.
    if parts.db.epoch()? != epoch {
        return Err(DbError::Unknown("database: it was replaced during a write"));
    }
    Ok(written)
}

/// Answers whoever asked, then tells the members.
fn tell(parts: &Parts, told: Told) {
    if told.is_empty() {
        return;
    }
    fault::stop_at("send::committed");
    let mut news = Vec::with_capacity(told.len());
    for (about, rest, result) in told {
        (rest.done)(result.as_ref());
        if let Ok(written) = result {
            news.push((about, written));
        }
    }
    fault::stop_at("send::acked");
    for (About { chat, user, mark }, written) in news {
        let (frame, members) = match written {
            Written::Stored(message, members) => {
                parts.metrics.messages_stored.inc();
                parts.teller.changed(chat, &members);
                (ServerFrame::Message { message }, members)
            }
            Written::Moved(seq, at, members) if mark == Some(Mark::Delivered) => {
                (ServerFrame::Delivered { chat_id: chat, user_id: user, seq, at }, members)
            }
            Written::Moved(seq, at, members) => {
                // The reader's other tabs and devices show a new count of unread messages.
                parts.teller.changed(chat, &[user]);
                (ServerFrame::Read { chat_id: chat, user_id: user, seq, at }, members)
            }
            Written::Repeated(_)
            | Written::Reused
            | Written::Told(_)
            | Written::Unmoved
            | Written::NoSuchChat
            | Written::Unfit(_) => {
                continue;
            }
        };
        parts.live.deliver(&members, &frame);
    }
}
