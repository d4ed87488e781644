//! State of the automatic replies: the queue of patients' messages to check, a cache of doctors'
//! office hours, and a memory of the chats that got an automatic reply lately.

mod cooldown;

use crate::{
    chat::availability,
    db::{
        DbPool, DbResult,
        batch::WriteOutcome,
        office_hours::{self, Times},
    },
    domain::office_hours::Calendar,
};
use app::protocol::{ChatId, UserId};
use chrono_tz::Tz;
use cooldown::Cooldown;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

/// Capacity of the queue, in messages; a message beyond it causes no automatic reply.
const WAITING_MAX: usize = 1_024;
/// How long a cached calendar is used. A change made by another node takes effect after this time.
const KNOWN_FOR: Duration = Duration::from_secs(30);
/// Capacity of the cache, in doctors; when it is full, the cache is emptied.
const KNOWN_MAX: usize = 4_096;

/// A stored message of a patient, for which an automatic reply may be needed.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub(super) chat: ChatId,
    pub(super) doctor: UserId,
}

/// The sending end of the queue. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct AutoReplySender(mpsc::Sender<Asked>);

impl AutoReplySender {
    /// Queues the chat if `written` stored a message of the patient. Never waits; if the queue is
    /// full, the message is left out.
    pub(super) fn hand_in(&self, patient: UserId, written: &WriteOutcome) {
        if let WriteOutcome::Stored(message, members) = written
            && let Some(doctor) = members.iter().find(|member| **member != patient)
            && self.0.try_send(Asked { chat: message.chat_id, doctor: *doctor }).is_err()
        {
            tracing::debug!("too many messages wait for an automatic reply");
        }
    }
}

/// A doctor's office hours, as read from the database at `at`.
pub(super) struct Known {
    pub(super) at: Instant,
    pub(super) times: Times,
    pub(super) calendar: Calendar,
    pub(super) zone: Tz,
}

/// The queue, the cache of office hours, and the memory of recent automatic replies.
pub(super) struct AutoReplies {
    door: AutoReplySender,
    waiting: tokio::sync::Mutex<mpsc::Receiver<Asked>>,
    known: Mutex<Memory>,
    cooldown: Mutex<Cooldown>,
}

/// The cache of office hours.
#[derive(Default)]
struct Memory {
    doctors: HashMap<UserId, Arc<Known>>,
    /// Counts the invalidations: a result that was read before the latest one is not cached.
    forgotten: u64,
}

impl Default for AutoReplies {
    fn default() -> Self {
        let (door, waiting) = mpsc::channel(WAITING_MAX);
        Self {
            door: AutoReplySender(door),
            waiting: tokio::sync::Mutex::new(waiting),
            known: Mutex::default(),
            cooldown: Mutex::default(),
        }
    }
}

impl AutoReplies {
    /// A sending end of the queue.
    #[must_use]
    pub(super) fn door(&self) -> AutoReplySender {
        self.door.clone()
    }

    /// Locks the receiving end of the queue.
    pub(super) async fn waiting(&self) -> tokio::sync::MutexGuard<'_, mpsc::Receiver<Asked>> {
        self.waiting.lock().await
    }

    /// Removes a doctor from the cache, because their settings have changed.
    pub(super) fn forget(&self, doctor: UserId) {
        let mut memory = self.memory();
        memory.doctors.remove(&doctor);
        memory.forgotten += 1;
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn cooldown(&self) -> MutexGuard<'_, Cooldown> {
        self.cooldown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn known(&self, db: &DbPool, clinic: Tz, doctor: UserId) -> DbResult<Arc<Known>> {
        let (known, forgotten) = {
            let memory = self.memory();
            (memory.doctors.get(&doctor).map(Arc::clone), memory.forgotten)
        };
        if let Some(known) = known.filter(|known| known.at.elapsed() < KNOWN_FOR) {
            return Ok(known);
        }
        // Taken before the read, so that a change during the read is not cached for longer than
        // allowed.
        let at = Instant::now();
        let mut conn = db.read().await?;
        let times = office_hours::load(&mut conn, &[doctor]).await?.remove(&doctor).unwrap_or_default();
        drop(conn);
        let (calendar, zone) = (availability::calendar(&times, clinic), availability::zone(&times, clinic));
        let known = Arc::new(Known { at, times, calendar, zone });
        let mut memory = self.memory();
        if memory.doctors.len() >= KNOWN_MAX {
            memory.doctors.clear();
        }
        if memory.forgotten == forgotten {
            memory.doctors.insert(doctor, Arc::clone(&known));
        }
        Ok(known)
    }
}
