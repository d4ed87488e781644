//! How soon each doctor usually answers. A background task computes it, at most once an hour for
//! each doctor.

use crate::{
    chat::{availability, service::ChatService},
    db::{
        DbResult,
        office_hours::{self, Said},
        time,
    },
};
use app::protocol::{Problem, Timestamp, UserId};
use std::time::Instant;

/// A response time is computed again after an hour, in milliseconds.
const RENEW_AFTER_MS: i64 = 60 * 60 * 1000;
/// Only answers of the last 30 days count, in milliseconds.
const PERIOD_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// With fewer answers there is no response time.
const REPLIES_MIN: usize = 5;
/// Doctors per query.
const DOCTORS_AT_ONCE: i64 = 100;
/// After each doctor the task pauses for this multiple of the time it worked.
const REST: u32 = 4;

impl ChatService {
    /// Computes the response time of every doctor who is due.
    pub async fn renew_response_times(&self) -> Result<(), Problem> {
        loop {
            let before = Timestamp(time::now().0.saturating_sub(RENEW_AFTER_MS));
            let mut conn = self.db.read().await?;
            let due = office_hours::due(&mut conn, before, DOCTORS_AT_ONCE).await?;
            drop(conn);
            if due.is_empty() {
                return Ok(());
            }
            for doctor in due {
                let begun = Instant::now();
                self.renew_response_time(doctor, before).await?;
                tokio::time::sleep(begun.elapsed() * REST).await;
            }
        }
    }

    /// Computes the response time of one doctor, unless another node has claimed the doctor.
    async fn renew_response_time(&self, doctor: UserId, before: Timestamp) -> Result<(), Problem> {
        let (service, now) = (self.clone(), time::now());
        let is_ours = self
            .writes
            .run(async move {
                let mut conn = service.db.write().await?;
                Ok(office_hours::claim(&mut conn, doctor, before, now).await?)
            })
            .await?;
        if !is_ours {
            return Ok(());
        }
        let reply_ms = self.response_time(doctor, now).await?;
        let service = self.clone();
        self.writes
            .run(async move {
                let mut conn = service.db.write().await?;
                Ok(office_hours::keep(&mut conn, doctor, now, reply_ms).await?)
            })
            .await
    }

    async fn response_time(&self, doctor: UserId, now: Timestamp) -> DbResult<Option<i64>> {
        let mut conn = self.db.read().await?;
        let times = office_hours::load(&mut conn, &[doctor]).await?.remove(&doctor).unwrap_or_default();
        let said = office_hours::said_since(&mut conn, doctor, Timestamp(now.0.saturating_sub(PERIOD_MS))).await?;
        drop(conn);
        let calendar = (!times.openings.is_empty()).then(|| availability::calendar(&times, self.rules.time_zone));
        let length = |(asked, answered): (Timestamp, Timestamp)| match &calendar {
            Some(calendar) => calendar.working_ms_between(asked, answered),
            None => answered.0.saturating_sub(asked.0),
        };
        Ok(median(replies(&said).into_iter().map(length).collect()))
    }
}

/// Pairs the first message of each wait with its answer: `(asked, answered)`.
fn replies(said: &[Said]) -> Vec<(Timestamp, Timestamp)> {
    let (mut replies, mut asked, mut chat) = (Vec::new(), None, None);
    for one in said {
        if chat.replace(one.chat) != Some(one.chat) {
            asked = None;
        }
        if one.is_by_doctor {
            replies.extend(asked.take().map(|asked| (asked, one.at)));
        } else {
            asked.get_or_insert(one.at);
        }
    }
    replies
}

/// The median; for an even count, the mean of the two middle values. `None` for too few values.
fn median(mut lengths: Vec<i64>) -> Option<i64> {
    if lengths.len() < REPLIES_MIN {
        return None;
    }
    lengths.sort_unstable();
    let upper = *lengths.get(lengths.len() / 2)?;
    let lower = *lengths.get((lengths.len() - 1) / 2)?;
    Some(lower.midpoint(upper).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::protocol::ChatId;

    fn said(lines: &[(i64, bool, i64)]) -> Vec<Said> {
        let line =
            |&(chat, is_by_doctor, at): &(i64, bool, i64)| Said { chat: ChatId(chat), is_by_doctor, at: Timestamp(at) };
        lines.iter().map(line).collect()
    }

    fn lengths(lines: &[(i64, bool, i64)]) -> Vec<i64> {
        replies(&said(lines)).into_iter().map(|(asked, answered)| answered.0 - asked.0).collect()
    }

    #[test]
    fn response_time_starts_at_the_first_unanswered_message() {
        let (patient, doctor) = (false, true);
        assert_eq!(lengths(&[(1, patient, 10), (1, patient, 50), (1, doctor, 60), (1, doctor, 90)]), [50]);
        assert_eq!(lengths(&[(1, doctor, 10), (1, patient, 20), (1, doctor, 21), (1, patient, 30)]), [1]);
        assert_eq!(lengths(&[(1, patient, 10), (2, doctor, 60)]), [0; 0], "another chat is no answer");
        assert_eq!(lengths(&[(1, patient, 10), (2, patient, 30), (2, doctor, 60)]), [30]);
        assert_eq!(lengths(&[]), [0; 0]);
    }

    #[test]
    fn median_needs_five_values_and_ignores_outliers() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![1, 2, 3, 4]), None);
        assert_eq!(median(vec![5, 1, i64::MAX, 2, 3]), Some(3));
        assert_eq!(median(vec![6, 1, 2, 3, 4, 60]), Some(3), "between 3 and 4, down");
        assert_eq!(median(vec![0; 6]), Some(0));
        assert_eq!(median(vec![i64::MAX; 6]), Some(i64::MAX));
    }
}
