//! The automatic reply: a message in the doctor's name to a patient who writes while the doctor is
//! not in.
//!
//! The server stores it separately from the patient's message and does not guarantee it. If it is
//! not stored (because of a stop or a full queue), the patient's next message causes another
//! attempt.

use crate::{
    chat::{
        auto_reply_queue::{Asked, Known},
        service::ChatService,
    },
    db::{
        batch::{Write, WriteKind, WriteOutcome},
        time,
    },
};
use app::{
    auto_reply_text,
    protocol::{Problem, Timestamp},
};
use chrono::DateTime;
use tokio::sync::mpsc;

/// A chat gets at most one automatic reply in this time: twelve hours, in milliseconds.
const REPLY_AGAIN_AFTER_MS: i64 = 12 * 60 * 60 * 1000;
impl ChatService {
    /// The queue of patients' messages that may need an automatic reply. Only one task reads it.
    pub async fn waiting_auto_replies(&self) -> tokio::sync::MutexGuard<'_, mpsc::Receiver<Asked>> {
        self.auto_replies.waiting().await
    }

    /// Stores an automatic reply for one queued message if the doctor is not in.
    pub async fn answer_automatically(&self, Asked { chat, doctor }: Asked) -> Result<(), Problem> {
        let now = time::now();
        let not_since = Timestamp(now.0.saturating_sub(REPLY_AGAIN_AFTER_MS));
        if self.auto_replies.cooldown().is_since(chat, not_since, now) {
            return Ok(());
        }
        let known = self.auto_replies.known(&self.db, self.rules.time_zone, doctor).await?;
        if known.calendar.is_open(now) {
            return Ok(());
        }
        // Before the write is finished, so that messages which arrive meanwhile cause no second
        // attempt.
        self.auto_replies.cooldown().note(chat, now, not_since);
        let kind = WriteKind::AutoReply { content: text(&known, now), not_since, at: now };
        let noting = self.clone();
        let done = move |result: Result<&WriteOutcome, &Problem>| {
            let cooldown = match result {
                Ok(WriteOutcome::Stored(message, _)) => Some(message.created_at),
                Ok(WriteOutcome::RepliedRecently(at)) => Some(*at),
                _ => None,
            };
            let mut memory = noting.auto_replies.cooldown();
            match cooldown {
                Some(at) => memory.note(chat, at, not_since),
                None => memory.forget(chat),
            }
        };
        let submitted = self.committer.submit(Write { chat, user: doctor, kind }, Box::new(done));
        if submitted.is_err() {
            self.auto_replies.cooldown().forget(chat);
        }
        submitted
    }
}

/// The text of the automatic reply.
fn text(known: &Known, now: Timestamp) -> String {
    let Known { times, calendar, zone, .. } = known;
    let back = calendar.back_at(now).and_then(|back| DateTime::from_timestamp_millis(back.0));
    let away = times.away.as_ref().filter(|away| away.from <= now && now < away.until);
    let note = away.map_or("", |away| &away.note);
    auto_reply_text::text(&times.languages, back.map(|back| back.with_timezone(zone)), note)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::{
        chat::availability,
        db::office_hours::{Absence, Times},
        domain::office_hours::Opening,
    };
    use chrono_tz::Tz;
    use std::time::Instant;

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
    fn auto_reply_has_return_time_in_the_doctors_zone() {
        let text = text(&known("en", None), moment("2026-11-29T12:00:00Z"));
        assert!(text.contains("Monday 30 November at 8:00 (Europe/Berlin)"), "{text}");
    }

    #[test]
    fn auto_reply_has_the_note_only_while_doctor_is_away() {
        let (from, until) = (moment("2026-11-28T00:00:00Z"), moment("2028-11-29T13:00:00Z"));
        let known = known("en", Some(Absence { from, until, note: "Dr. Lin is here for me.".to_owned() }));
        assert_eq!(
            text(&known, from),
            "Your doctor is not available right now.\n\nDr. Lin is here for me.\n\n(Sent automatically)",
            "the return is unknown"
        );
        assert!(!text(&known, Timestamp(from.0 - 1)).contains("Lin"));
    }
}
