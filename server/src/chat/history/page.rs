//! One page of a history, bounded in messages and in bytes. It reads in steps, so that it never
//! holds more than a few megabytes, however long the messages are.

use crate::db::{self, DbConn, message::Range};
use app::protocol::{ChatId, Message, Problem, Seq};
use std::collections::{BTreeMap, BTreeSet};

/// Messages per query.
const READ_AT_ONCE: i64 = 50;

/// The messages of a page by `seq`, and separately the messages that they reply to or correct.
#[derive(Default)]
pub(super) struct Gathered {
    messages: BTreeMap<Seq, Message>,
    quoted: BTreeMap<Seq, Message>,
    bytes: usize,
}

impl Gathered {
    /// The number of messages, quoted ones excluded.
    pub(super) fn count(&self) -> i64 {
        i64::try_from(self.messages.len()).unwrap_or(i64::MAX)
    }

    /// The messages of the page, and the quoted messages that are not among them, both in the order
    /// of `seq`.
    pub(super) fn into_parts(self) -> (Vec<Message>, Vec<Message>) {
        (self.messages.into_values().collect(), self.quoted.into_values().collect())
    }

    /// Reads up to `limit` more messages, until the page has `max_bytes` in total, but at least
    /// one.
    pub(super) async fn read(
        &mut self,
        conn: &mut DbConn,
        chat: ChatId,
        range: Range,
        limit: i64,
        max_bytes: usize,
    ) -> Result<(), Problem> {
        let (mut range, mut left, mut is_first) = (range, limit, true);
        while left > 0 {
            let count = left.min(READ_AT_ONCE);
            let found = db::message::page(conn, chat, range, count).await?;
            let is_last = i64::try_from(found.len()).is_ok_and(|found| found < count);
            let mut order: Vec<Seq> = found.iter().map(|message| message.seq).collect();
            if !matches!(range, Range::After(_)) {
                order.reverse();
            }
            let Some(&end) = order.last() else { return Ok(()) };
            let mut found: BTreeMap<Seq, Message> = found.into_iter().map(|message| (message.seq, message)).collect();
            let answered = self.answered(conn, chat, &found).await?;
            for seq in order {
                if let Some(message) = found.remove(&seq)
                    && !self.put(message, |seq| found.get(&seq).or_else(|| answered.get(&seq)), max_bytes, is_first)
                {
                    return Ok(());
                }
                is_first = false;
            }
            if is_last {
                return Ok(());
            }
            left -= count;
            range = if matches!(range, Range::After(_)) { Range::After(end) } else { Range::Before(end) };
        }
        Ok(())
    }

    /// Reads the messages that `found` replies to or corrects and that are not loaded yet.
    async fn answered(
        &self,
        conn: &mut DbConn,
        chat: ChatId,
        found: &BTreeMap<Seq, Message>,
    ) -> Result<BTreeMap<Seq, Message>, Problem> {
        let missing = found.values().filter_map(|message| message.reply_to.or(message.corrects));
        let missing: BTreeSet<Seq> = missing.filter(|seq| !self.has(*seq) && !found.contains_key(seq)).collect();
        if missing.is_empty() {
            return Ok(BTreeMap::new());
        }
        let missing: Vec<Seq> = missing.into_iter().collect();
        Ok(db::message::at(conn, chat, &missing).await?.into_iter().map(|message| (message.seq, message)).collect())
    }

    fn has(&self, seq: Seq) -> bool {
        self.messages.contains_key(&seq) || self.quoted.contains_key(&seq)
    }

    /// Adds a message and the message it quotes. Returns `false`, without adding them, if both do
    /// not fit.
    fn put<'a>(
        &mut self,
        message: Message,
        find: impl Fn(Seq) -> Option<&'a Message>,
        max_bytes: usize,
        is_first: bool,
    ) -> bool {
        let answered = message.reply_to.or(message.corrects).filter(|seq| !self.has(*seq)).and_then(find);
        // A message that is quoted already was counted with the message that quotes it.
        let own = if self.quoted.contains_key(&message.seq) { 0 } else { weight(&message) };
        let bytes = self.bytes.saturating_add(own).saturating_add(answered.map_or(0, weight));
        if bytes > max_bytes && !is_first {
            return false;
        }
        self.bytes = bytes;
        self.quoted.remove(&message.seq);
        if let Some(answered) = answered {
            self.quoted.insert(answered.seq, answered.clone());
        }
        self.messages.insert(message.seq, message);
        true
    }
}

/// The text's length in JSON, in bytes: a quotation mark takes two, a control character up to six.
fn weight(message: &Message) -> usize {
    let bytes = message.content.bytes().map(|byte| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0..=0x1f => 6,
        _ => 1,
    });
    bytes.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::protocol::{ChangeSeq, ClientId, MessageId, Timestamp, UserId};

    fn message(seq: i64, content: &str, reply_to: Option<i64>) -> Message {
        Message {
            chat_id: ChatId(1),
            seq: Seq(seq),
            id: MessageId(seq),
            sender_id: UserId(1),
            client_id: ClientId::new_v4(),
            content: content.to_owned(),
            is_ai: false,
            created_at: Timestamp(0),
            reply_to: reply_to.map(Seq),
            corrects: None,
            retracted: None,
            change: ChangeSeq(0),
            is_urgent: false,
            is_automatic: false,
        }
    }

    #[test]
    fn page_ends_before_message_that_does_not_fit_with_its_quote() {
        let (one, two) = (message(1, "12345", None), message(2, "12345", None));
        let find = |seq: Seq| [&one, &two].into_iter().find(|message| message.seq == seq);
        let mut page = Gathered::default();
        assert!(page.put(message(9, "12345678901", None), find, 10, true), "one there always is");
        let mut page = Gathered::default();
        assert!(page.put(message(5, "12345", Some(2)), find, 20, true));
        assert!(page.put(message(4, "12345", Some(2)), find, 20, false), "what two answer counts once");
        assert!(!page.put(message(3, "1", Some(1)), find, 20, false));
        assert!(page.put(message(2, "12345", None), find, 20, false), "nor twice when it is on the page itself");
        assert!(page.put(message(1, "12345", None), find, 20, false));
        let (messages, quoted) = page.into_parts();
        assert_eq!(messages.iter().map(|message| message.seq.0).collect::<Vec<_>>(), [1, 2, 4, 5]);
        assert_eq!(quoted, []);
    }

    #[test]
    fn weight_equals_the_json_length_of_the_text() {
        for text in ["plain", "\"quoted\" \\ and\nbroken\tup", "\u{1}\u{1f}", "🦤 é"] {
            let json = serde_json::to_string(text).map_or(0, |json| json.len() - 2);
            assert_eq!(weight(&message(1, text, None)), json, "{text}");
        }
    }
}
