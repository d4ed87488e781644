//! Writes of chats that another program has locked. They are tried separately, on a connection of
//! their own, while all other writes continue; later writes of these chats wait behind them. After
//! [`REFUSED_AFTER`] they are rejected, and their senders send them again.

use crate::{
    chat::group_commit::{
        BATCH_MAX, Job, Parts,
        publish::{CommittedWrites, publish},
        store::{Outcome, Refused, store},
    },
    db::batch::Snapshot,
};
use app::protocol::{ChatId, Problem, ProblemCode};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::Notify;

/// A write that has waited for this long is rejected.
const REFUSED_AFTER: Duration = Duration::from_secs(5);
/// When the sender should try again, in seconds.
const AGAIN_AFTER_S: u64 = 2;
/// The pause after a round that stored nothing.
const PAUSE: Duration = Duration::from_millis(25);

/// The longest duration of a round. The next round begins with the chats that were not tried.
const ROUND_MAX: Duration = Duration::from_secs(1);

/// The writes by chat, each with the moment it entered the queue.
type Round = BTreeMap<ChatId, VecDeque<(Instant, Job)>>;

/// Writes of locked chats.
#[derive(Default)]
pub(super) struct Queue {
    /// A chat stays in this map while its writes are tried, so that later writes wait behind them.
    chats: Mutex<Round>,
    /// Counts the rounds, so that the chats take turns.
    rounds: AtomicUsize,
    filled: Notify,
    is_closed: AtomicBool,
}

impl Queue {
    fn chats(&self) -> MutexGuard<'_, Round> {
        self.chats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues the writes of chats that are already here and returns the others.
    pub(super) fn set_aside(&self, mut batch: Vec<Job>) -> Vec<Job> {
        let mut chats = self.chats();
        if !chats.is_empty() {
            let (here, others): (Vec<_>, Vec<_>) =
                batch.into_iter().partition(|job| chats.contains_key(&job.write.chat));
            for job in here {
                chats.entry(job.write.chat).or_default().push_back((Instant::now(), job));
            }
            batch = others;
        }
        batch
    }

    /// Queues writes, in order, of chats that have none here.
    pub(super) fn add(&self, jobs: Vec<Job>) {
        if jobs.is_empty() {
            return;
        }
        let mut chats = self.chats();
        for job in jobs {
            chats.entry(job.write.chat).or_default().push_back((Instant::now(), job));
        }
        drop(chats);
        self.filled.notify_one();
    }

    /// Marks the queue as complete: no write will be added.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.filled.notify_one();
    }

    /// Tries the queued writes until the queue is empty and closed.
    pub(super) async fn serve(&self, parts: &Parts) {
        loop {
            let round = self.take();
            if round.is_empty() {
                if self.is_closed.load(Ordering::Acquire) {
                    return;
                }
                self.filled.notified().await;
                continue;
            }
            let tried = round.len();
            let left = self.round(parts, round).await;
            let is_in_vain = left.len() == tried;
            self.give_back(left);
            if is_in_vain {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Takes up to [`BATCH_MAX`] writes to try, beginning with the chats that have waited longest.
    fn take(&self) -> Round {
        let mut chats = self.chats();
        let mut order: Vec<(Instant, ChatId)> =
            chats.iter().filter_map(|(chat, jobs)| Some((jobs.front()?.0, *chat))).collect();
        order.sort_unstable();
        let mut room = BATCH_MAX;
        let mut round = Round::new();
        for (_, chat) in order {
            if let Some(jobs) = chats.get_mut(&chat).filter(|_| room > 0) {
                let taken: VecDeque<_> = jobs.drain(..jobs.len().min(room)).collect();
                room -= taken.len();
                round.insert(chat, taken);
            }
        }
        round
    }

    /// Puts the remaining writes back in front of those that came meanwhile. A chat without waiting
    /// writes leaves the queue.
    fn give_back(&self, left: Round) {
        let mut chats = self.chats();
        for (chat, jobs) in left {
            let later = chats.entry(chat).or_default();
            for job in jobs.into_iter().rev() {
                later.push_front(job);
            }
        }
        chats.retain(|_, jobs| !jobs.is_empty());
    }

    /// Tries these writes and returns those that are still undecided.
    async fn round(&self, parts: &Parts, round: Round) -> Round {
        let begun = Instant::now();
        // All chats that are not locked any more, in one transaction.
        let (mut left, met_a_lock) = attempt(parts, round, Snapshot::LeaveOut).await;
        let mut order: Vec<ChatId> = left.keys().copied().collect();
        let offset = self.rounds.fetch_add(1, Ordering::Relaxed).checked_rem(order.len());
        order.rotate_left(offset.unwrap_or_default());
        // Then wait for the lock of one chat, a different one in each round. After a lock error of
        // an unknown chat, try every chat by itself, because one of them may block the others.
        for (index, chat) in order.into_iter().enumerate() {
            if index > 0 && (!met_a_lock || begun.elapsed() > ROUND_MAX) {
                break;
            }
            if let Some(jobs) = left.remove(&chat) {
                left.extend(attempt(parts, [(chat, jobs)].into(), Snapshot::WaitFor).await.0);
            }
        }
        refuse_old(parts, left)
    }
}

/// Tries writes in one transaction. Returns those that are still undecided, and whether a lock
/// error occurred.
async fn attempt(parts: &Parts, round: Round, held: Snapshot) -> (Round, bool) {
    let mut since = BTreeMap::<ChatId, VecDeque<Instant>>::new();
    let mut batch = Vec::new();
    for (chat, jobs) in round {
        for (at, job) in jobs {
            since.entry(chat).or_default().push_back(at);
            batch.push(job);
        }
    }
    let (committed, left, met_a_lock) = match store(parts, batch, held).await {
        Ok(Outcome { committed, left, met_a_lock }) => (committed, left, met_a_lock),
        Err(Refused { mut committed, left, problem }) => {
            committed.extend(left.into_iter().map(|job| job.refuse(&problem)));
            (committed, Vec::new(), false)
        }
    };
    publish(parts, committed);
    // The remaining writes of a chat are always the last of those that were tried.
    let mut waiting = Round::new();
    for job in left.into_iter().rev() {
        let chat = job.write.chat;
        let at = since.get_mut(&chat).and_then(VecDeque::pop_back).unwrap_or_else(Instant::now);
        waiting.entry(chat).or_default().push_front((at, job));
    }
    (waiting, met_a_lock)
}

/// Rejects the writes that have waited too long and returns the rest.
fn refuse_old(parts: &Parts, mut left: Round) -> Round {
    let problem = Problem { retry_after_s: Some(AGAIN_AFTER_S), ..ProblemCode::Unavailable.into() };
    let mut committed = CommittedWrites::new();
    for jobs in left.values_mut() {
        while jobs.front().is_some_and(|(since, _)| since.elapsed() >= REFUSED_AFTER) {
            committed.extend(jobs.pop_front().map(|(_, job)| job.refuse(&problem)));
        }
    }
    publish(parts, committed);
    left
}
