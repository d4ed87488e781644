//! How soon each doctor usually answers: worked out in the background, for each at most once an hour.

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

/// A doctor's answers are looked at again after an hour.
const RENEW_AFTER_MS: i64 = 60 * 60 * 1000;
/// The answers of the last 30 days count.
const LOOK_BACK_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// Fewer answers say nothing about the next one.
const REPLIES_MIN: usize = 5;
/// Doctors looked up at a time.
const DOCTORS_AT_ONCE: i64 = 100;
/// This many times as long is waited as was worked.
const REST: u32 = 4;

impl ChatService {
    /// Works it out for every doctor whose turn it is.
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

    /// Works it out for one doctor, unless another node is at it.
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
        let times = office_hours::of(&mut conn, &[doctor]).await?.remove(&doctor).unwrap_or_default();
        let said = office_hours::said_since(&mut conn, doctor, Timestamp(now.0.saturating_sub(LOOK_BACK_MS))).await?;
        drop(conn);
        let calendar = (!times.openings.is_empty()).then(|| availability::calendar(&times, self.rules.time_zone));
        let length = |(asked, answered): (Timestamp, Timestamp)| match &calendar {
            Some(calendar) => calendar.working_ms_between(asked, answered),
            None => answered.0.saturating_sub(asked.0),
        };
        Ok(median(replies(&said).into_iter().map(length).collect()))
    }
}

/// From each first message that waits for an answer to that answer.
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

/// The length that half of them don't exceed; of an even count, the mean of the two in the middle. `None` for too few.
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
    fn an_answer_is_measured_from_the_first_message_that_waits_for_it() {
        let (patient, doctor) = (false, true);
        assert_eq!(lengths(&[(1, patient, 10), (1, patient, 50), (1, doctor, 60), (1, doctor, 90)]), [50]);
        assert_eq!(lengths(&[(1, doctor, 10), (1, patient, 20), (1, doctor, 21), (1, patient, 30)]), [1]);
        assert_eq!(lengths(&[(1, patient, 10), (2, doctor, 60)]), [0; 0], "another chat is no answer");
        assert_eq!(lengths(&[(1, patient, 10), (2, patient, 30), (2, doctor, 60)]), [30]);
        assert_eq!(lengths(&[]), [0; 0]);
    }

    #[test]
    fn the_median_takes_five_and_does_not_mind_one_that_took_for_ever() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![1, 2, 3, 4]), None);
        assert_eq!(median(vec![5, 1, i64::MAX, 2, 3]), Some(3));
        assert_eq!(median(vec![6, 1, 2, 3, 4, 60]), Some(3), "between 3 and 4, down");
        assert_eq!(median(vec![0; 6]), Some(0));
        assert_eq!(median(vec![i64::MAX; 6]), Some(i64::MAX));
    }
}
