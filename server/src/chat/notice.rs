//! What a patient who writes while the doctor is closed or away is told at once, by a message in the doctor's place.
//!
//! Beside the sending, and no promise: a notice that is not stored in time (a stop, a full queue) is not missed, and
//! the next message brings it.

mod told;

use super::{availability, hours::Calendar};
use crate::{
    db::{
        DbResult,
        batch::{Write, WriteKind, Written},
        office_hours::{self, Times},
        time,
    },
    state::AppState,
};
use app::{
    notice_words,
    protocol::{ChatId, Problem, Timestamp, UserId},
};
use chrono::DateTime;
use chrono_tz::Tz;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use told::Told;

/// A patient is told once in twelve hours.
const TELL_AGAIN_AFTER_MS: i64 = 12 * 60 * 60 * 1000;
/// Messages that wait to be looked at; what comes beyond that brings no notice.
const WAITING_MAX: usize = 1_024;
/// What is known of a doctor holds this long: a change that another node made shows after that.
const KNOWN_FOR: Duration = Duration::from_secs(30);
/// Doctors of whom it is known; beyond that all are looked up anew.
const KNOWN_MAX: usize = 4_096;

/// A patient's message that was stored.
#[derive(Debug, Clone, Copy)]
struct Asked {
    chat: ChatId,
    doctor: UserId,
}

/// Where stored messages are handed in. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Door(mpsc::Sender<Asked>);

impl Door {
    /// Hands in what became of a patient's message. Never waits.
    pub fn hand_in(&self, patient: UserId, written: &Written) {
        if let Written::Stored(message, members) = written
            && let Some(doctor) = members.iter().find(|member| **member != patient)
            && self.0.try_send(Asked { chat: message.chat_id, doctor: *doctor }).is_err()
        {
            tracing::debug!("too much waits for an automatic notice");
        }
    }
}

/// What is known of a doctor.
struct Known {
    at: Instant,
    times: Times,
    calendar: Calendar,
    zone: Tz,
}

/// Messages that wait to be looked at, what is known of doctors, and who was told lately.
pub struct Notices {
    door: Door,
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

impl Default for Notices {
    fn default() -> Self {
        let (door, waiting) = mpsc::channel(WAITING_MAX);
        Self {
            door: Door(door),
            waiting: tokio::sync::Mutex::new(waiting),
            known: Mutex::default(),
            told: Mutex::default(),
        }
    }
}

impl Notices {
    /// Where to hand in.
    #[must_use]
    pub fn door(&self) -> Door {
        self.door.clone()
    }

    /// What was known of a doctor does not hold any more.
    pub fn forget(&self, doctor: UserId) {
        let mut memory = self.memory();
        memory.doctors.remove(&doctor);
        memory.forgotten += 1;
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn known(&self, state: &AppState, doctor: UserId) -> DbResult<Arc<Known>> {
        let (known, forgotten) = {
            let memory = self.memory();
            (memory.doctors.get(&doctor).map(Arc::clone), memory.forgotten)
        };
        if let Some(known) = known.filter(|known| known.at.elapsed() < KNOWN_FOR) {
            return Ok(known);
        }
        // Before it is read: a change meanwhile must not count as known for longer.
        let at = Instant::now();
        let mut conn = state.db.read().await?;
        let times = office_hours::of(&mut conn, &[doctor]).await?.remove(&doctor).unwrap_or_default();
        drop(conn);
        let clinic = state.config.time_zone;
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

/// Looks at what is handed in until the program stops.
pub async fn run(state: AppState) {
    let mut waiting = state.notices.waiting.lock().await;
    while let Some(asked) = waiting.recv().await {
        if let Err(problem) = answer(&state, asked).await {
            tracing::warn!(code = problem.code.as_str(), "an automatic notice could not be stored");
        }
    }
}

async fn answer(state: &AppState, Asked { chat, doctor }: Asked) -> Result<(), Problem> {
    let now = time::now();
    let not_since = Timestamp(now.0.saturating_sub(TELL_AGAIN_AFTER_MS));
    if state.notices.told().is_since(chat, not_since, now) {
        return Ok(());
    }
    let known = state.notices.known(state, doctor).await?;
    if known.calendar.is_open(now) {
        return Ok(());
    }
    // Before it is known: what comes meanwhile need not ask again.
    state.notices.told().note(chat, now, not_since);
    let kind = WriteKind::Notice { content: text(&known, now), not_since, at: now };
    let noting = state.clone();
    let done = move |result: Result<&Written, &Problem>| {
        let told = match result {
            Ok(Written::Stored(message, _)) => Some(message.created_at),
            Ok(Written::Told(at)) => Some(*at),
            _ => None,
        };
        let mut memory = noting.notices.told();
        match told {
            Some(at) => memory.note(chat, at, not_since),
            None => memory.forget(chat),
        }
    };
    let submitted = state.committer.submit(Write { chat, user: doctor, kind }, Box::new(done));
    if submitted.is_err() {
        state.notices.told().forget(chat);
    }
    submitted
}

/// What the patient is told.
fn text(known: &Known, now: Timestamp) -> String {
    let Known { times, calendar, zone, .. } = known;
    let back = calendar.back_at(now).and_then(|back| DateTime::from_timestamp_millis(back.0));
    let away = times.away.as_ref().filter(|away| away.from <= now && now < away.until);
    let note = away.map_or("", |away| &away.note);
    notice_words::notice(&times.languages, back.map(|back| back.with_timezone(zone)), note)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::{chat::hours::Opening, db::office_hours::Absence};

    fn moment(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn known(languages: &str, away: Option<Absence>) -> Known {
        let openings = vec![Opening { weekday: 1, opens: 480, closes: 960 }];
        let times = Times { languages: languages.to_owned(), openings, away, ..Times::default() };
        let zone = Tz::Europe__Berlin;
        Known { at: Instant::now(), calendar: availability::calendar(&times, zone), times, zone }
    }

    #[test]
    fn it_says_when_the_doctor_is_back_where_the_doctor_is() {
        let text = text(&known("en", None), moment("2026-11-29T12:00:00Z"));
        assert!(text.contains("Monday 30 November at 8:00 (Europe/Berlin)"), "{text}");
    }

    #[test]
    fn it_has_the_doctors_note_while_they_are_away_only() {
        let (from, until) = (moment("2026-11-28T00:00:00Z"), moment("2028-11-29T13:00:00Z"));
        let known = known("en", Some(Absence { from, until, note: "Dr. Lin is here for me.".to_owned() }));
        assert_eq!(
            text(&known, from),
            "Your doctor is not at work now.\n\nDr. Lin is here for me.\n\n(Sent automatically)",
            "nobody knows yet when that is"
        );
        assert!(!text(&known, Timestamp(from.0 - 1)).contains("Lin"));
    }
}
