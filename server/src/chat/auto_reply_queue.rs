//! Patients' messages that wait for a look at whether the doctor is in, what is known of doctors, and which chats were
//! told lately.

mod told;

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
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use told::Told;

/// Messages that wait to be looked at; what comes beyond that brings no notice.
const WAITING_MAX: usize = 1_024;
/// What is known of a doctor holds this long: a change that another node made shows after that.
const KNOWN_FOR: Duration = Duration::from_secs(30);
/// Doctors of whom it is known; beyond that all are looked up anew.
const KNOWN_MAX: usize = 4_096;

/// A patient's message that was stored.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub(super) chat: ChatId,
    pub(super) doctor: UserId,
}

/// Where stored messages are handed in. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct AutoReplySender(mpsc::Sender<Asked>);

impl AutoReplySender {
    /// Hands in what became of a patient's message. Never waits.
    pub(super) fn hand_in(&self, patient: UserId, written: &WriteOutcome) {
        if let WriteOutcome::Stored(message, members) = written
            && let Some(doctor) = members.iter().find(|member| **member != patient)
            && self.0.try_send(Asked { chat: message.chat_id, doctor: *doctor }).is_err()
        {
            tracing::debug!("too much waits for an automatic notice");
        }
    }
}

/// What is known of a doctor.
pub(super) struct Known {
    pub(super) at: Instant,
    pub(super) times: Times,
    pub(super) calendar: Calendar,
    pub(super) zone: Tz,
}

/// Messages that wait to be looked at, what is known of doctors, and who was told lately.
pub(super) struct AutoReplies {
    door: AutoReplySender,
    waiting: tokio::sync::Mutex<mpsc::Receiver<Asked>>,
    known: Mutex<Memory>,
    told: Mutex<Told>,
}

/// What is known of doctors.
#[derive(Default)]
struct Memory {
    doctors: HashMap<UserId, Arc<Known>>,
    /// How often something was forgotten: what was read before that is not kept.
    forgotten: u64,
}

impl Default for AutoReplies {
    fn default() -> Self {
        let (door, waiting) = mpsc::channel(WAITING_MAX);
        Self {
            door: AutoReplySender(door),
            waiting: tokio::sync::Mutex::new(waiting),
            known: Mutex::default(),
            told: Mutex::default(),
        }
    }
}

impl AutoReplies {
    /// Where to hand in.
    #[must_use]
    pub(super) fn door(&self) -> AutoReplySender {
        self.door.clone()
    }

    /// What is handed in.
    pub(super) async fn waiting(&self) -> tokio::sync::MutexGuard<'_, mpsc::Receiver<Asked>> {
        self.waiting.lock().await
    }

    /// What was known of a doctor does not hold any more.
    pub(super) fn forget(&self, doctor: UserId) {
        let mut memory = self.memory();
        memory.doctors.remove(&doctor);
        memory.forgotten += 1;
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn known(&self, db: &DbPool, clinic: Tz, doctor: UserId) -> DbResult<Arc<Known>> {
        let (known, forgotten) = {
            let memory = self.memory();
            (memory.doctors.get(&doctor).map(Arc::clone), memory.forgotten)
        };
        if let Some(known) = known.filter(|known| known.at.elapsed() < KNOWN_FOR) {
            return Ok(known);
        }
        // Before it is read: a change meanwhile must not count as known for longer.
        let at = Instant::now();
        let mut conn = db.read().await?;
        let times = office_hours::of(&mut conn, &[doctor]).await?.remove(&doctor).unwrap_or_default();
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
