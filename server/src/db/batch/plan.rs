//! What a batch does, decided without a database: which place each message gets, what is a repetition, how far marks
//! move. Both databases carry out the same plan, under the lock of the chats it is about.

use super::{Correction, Unfit, Write, WriteKind, Written};
use crate::{
    db::{
        DbError, DbResult,
        chat::ChatRow,
        member::{Mark, Marks},
        message::NewMessage,
    },
    fault,
};
use app::protocol::{ChatId, ClientId, Message, Seq, Timestamp, UserId};
use std::collections::{BTreeMap, HashMap};

/// What tells a sender's messages apart.
pub(super) type MessageKey = (UserId, ChatId, ClientId);

/// What the database holds of what a batch is about, read under the chats' locks.
#[derive(Default)]
pub(super) struct Held {
    /// The chats that there are.
    pub(super) chats: HashMap<ChatId, ChatRow>,
    /// The marks of whoever moves one.
    pub(super) marks: HashMap<(ChatId, UserId), Marks>,
    /// Messages that were stored before under a client id of the batch. Looked up only once an insert has met one:
    /// it seldom does.
    pub(super) stored: HashMap<MessageKey, Message>,
    /// The messages that some of the batch put right.
    pub(super) corrected: HashMap<(ChatId, Seq), Message>,
}

/// A message to insert, and whom to tell.
#[derive(Clone, Copy)]
pub(super) struct Insert<'a> {
    pub(super) message: NewMessage<'a>,
    members: [UserId; 2],
}

/// The answer to a write, before the new rows have their ids.
enum Answer {
    /// The message of this insert.
    Stored(usize),
    /// The same as this insert, earlier in the batch.
    RepeatedInBatch(usize),
    /// Known already.
    Known(Written),
}

/// What a message is beside its text.
#[derive(Clone, Copy)]
struct Kind {
    /// What it answers, and what it puts right.
    refers: [Option<Seq>; 2],
    is_urgent: bool,
    is_automatic: bool,
}

/// Whether anybody may write in this chat.
const fn may_write(chat: &ChatRow) -> Result<(), Unfit> {
    match chat {
        ChatRow { is_closed: true, .. } => Err(Unfit::Closed),
        ChatRow { is_blocked: true, .. } => Err(Unfit::Blocked),
        _ => Ok(()),
    }
}

/// What to write, and what to answer then.
pub(super) struct Plan<'a> {
    /// Messages, places rising in each chat.
    pub(super) inserts: Vec<Insert<'a>>,
    /// Chats whose newest place moves, by id.
    pub(super) moves: BTreeMap<ChatId, ChatRow>,
    /// Marks to move forward, where they stand behind.
    pub(super) marks: BTreeMap<(ChatId, UserId), Marks>,
    answers: Vec<Answer>,
}

impl<'a> Plan<'a> {
    /// Plans the writes, in order.
    pub(super) fn new(writes: &'a [Write], held: &Held) -> DbResult<Self> {
        let mut plan = Plan {
            inserts: Vec::with_capacity(writes.len()),
            moves: BTreeMap::new(),
            marks: BTreeMap::new(),
            answers: Vec::with_capacity(writes.len()),
        };
        let mut chats = held.chats.clone();
        let mut placed: HashMap<MessageKey, usize> = HashMap::with_capacity(writes.len());
        for write in writes {
            let chat = chats.get_mut(&write.chat).filter(|chat| chat.members().contains(&write.user));
            let answer = match (chat, &write.kind) {
                (None, _) => Answer::Known(Written::NoSuchChat),
                (Some(chat), WriteKind::Append { client_id, content, reply_to, corrects, is_urgent, at }) => {
                    let is_blind = fault::is_broken("break::dedupe");
                    let key = (write.user, write.chat, if is_blind { ClientId::new_v4() } else { *client_id });
                    match (placed.get(&key), held.stored.get(&key)) {
                        (Some(&first), _) => plan.repeated(first, content),
                        (None, Some(stored)) => Answer::Known(repeated(stored, content)),
                        (None, None) => match plan.refers(held, chat, write.user, (*reply_to, *corrects)) {
                            Err(unfit) => Answer::Known(Written::Unfit(unfit)),
                            Ok(refers) => {
                                placed.insert(key, plan.inserts.len());
                                let kind = Kind { refers, is_urgent: *is_urgent, is_automatic: false };
                                plan.append(chat, key, content, kind, *at)
                            }
                        },
                    }
                }
                (Some(chat), WriteKind::Notice { content, not_since, at }) => {
                    let is_due = chat.waiting_since.is_some() && !chat.notice_at.is_some_and(|told| told >= *not_since);
                    if !is_due || may_write(chat).is_err() {
                        Answer::Known(Written::Unmoved)
                    } else {
                        let kind = Kind { refers: [None; 2], is_urgent: false, is_automatic: true };
                        let key = (chat.doctor, chat.chat_id, ClientId::new_v4());
                        plan.append(chat, key, content, kind, *at)
                    }
                }
                (Some(chat), WriteKind::Advance { mark, seq, at }) => {
                    let stored = held.marks.get(&(write.chat, write.user));
                    let stored = stored.ok_or(DbError::Unknown("member of a chat"))?;
                    Answer::Known(plan.advance(chat, write.user, *stored, (*mark, *seq, *at)))
                }
            };
            plan.answers.push(answer);
        }
        Ok(plan)
    }

    /// Whether some write is refused for where it goes or what it refers to. It may have been stored before, when it was fit.
    pub(super) fn has_unfit(&self) -> bool {
        self.answers.iter().any(|answer| matches!(answer, Answer::Known(Written::Unfit(_))))
    }

    /// What a message refers to, if it may.
    fn refers(
        &self,
        held: &Held,
        chat: &ChatRow,
        user: UserId,
        (reply_to, corrects): (Option<Seq>, Option<Correction>),
    ) -> Result<[Option<Seq>; 2], Unfit> {
        may_write(chat)?;
        // Places have no holes: whatever is not beyond the end is there.
        if reply_to.is_some_and(|seq| seq.0 < 1 || seq > chat.last_seq) {
            return Err(Unfit::NoSuchMessage);
        }
        if let Some(Correction { seq, not_before }) = corrects {
            let before = held.corrected.get(&(chat.chat_id, seq));
            let before = before.map(|message| (message.sender_id, message.created_at, message.retracted.is_some()));
            let mut here = self.inserts.iter().map(|insert| insert.message);
            let here = here.find(|message| (message.chat_id, message.seq) == (chat.chat_id, seq));
            let here = here.map(|message| (message.sender, message.created_at, false));
            match before.or(here) {
                None => return Err(Unfit::NoSuchMessage),
                Some((sender, _, is_retracted)) if sender != user || is_retracted => return Err(Unfit::NotOnes),
                Some((_, stored_at, _)) if stored_at < not_before => return Err(Unfit::TooLate),
                Some(_) => {}
            }
        }
        Ok([reply_to, corrects.map(|correction| correction.seq)])
    }

    fn append(
        &mut self,
        chat: &mut ChatRow,
        key: MessageKey,
        content: &'a str,
        Kind { refers: [reply_to, corrects], is_urgent, is_automatic }: Kind,
        at: Timestamp,
    ) -> Answer {
        let (sender, chat_id, client_id) = key;
        // A clock that was set back must not move the chat down the list.
        // (An empty chat's own moment is no message's.)
        let created_at = if chat.last_seq == Seq(0) { at } else { at.max(chat.updated_at) };
        let seq = if fault::is_broken("break::hole") { chat.last_seq.next().next() } else { chat.last_seq.next() };
        #[rustfmt::skip]
        let message = NewMessage {
            chat_id, seq, sender, client_id, content, created_at, reply_to, corrects, is_urgent, is_automatic,
        };
        self.inserts.push(Insert { message, members: chat.members() });
        (chat.last_seq, chat.updated_at) = (seq, created_at);
        if is_automatic {
            chat.notice_at = Some(created_at);
        } else {
            if sender == chat.patient {
                chat.waiting_since.get_or_insert(created_at);
                chat.is_urgent |= is_urgent;
            } else {
                (chat.waiting_since, chat.is_urgent) = (None, false);
            }
            // Whoever writes has read what stands before. Nobody has for whom the program wrote.
            raise(self.marks.entry((chat_id, sender)).or_default(), Mark::Read, seq, created_at);
        }
        self.moves.insert(chat_id, *chat);
        Answer::Stored(self.inserts.len() - 1)
    }

    fn repeated(&self, first: usize, content: &str) -> Answer {
        let is_same = self.inserts.get(first).is_some_and(|insert| insert.message.content == content);
        if is_same { Answer::RepeatedInBatch(first) } else { Answer::Known(Written::Reused) }
    }

    fn advance(
        &mut self,
        chat: &ChatRow,
        user: UserId,
        stored: Marks,
        (mark, seq, at): (Mark, Seq, Timestamp),
    ) -> Written {
        let seq = seq.min(chat.last_seq);
        let moved = self.marks.get(&(chat.chat_id, user)).copied().unwrap_or_default();
        let stands_at = match mark {
            Mark::Read => moved.read_seq.max(stored.read_seq),
            Mark::Delivered => moved.delivered_seq.max(stored.delivered_seq),
        };
        if stands_at >= seq {
            return Written::Unmoved;
        }
        raise(self.marks.entry((chat.chat_id, user)).or_default(), mark, seq, at);
        Written::Moved(seq, at, chat.members())
    }

    /// The answers, once each insert has its row's id.
    pub(super) fn answers(self, ids: &[i64]) -> DbResult<Vec<Written>> {
        let inserts = self.inserts;
        let stored = |index: usize| {
            let (insert, id) = inserts.get(index).zip(ids.get(index)).ok_or(DbError::Unknown("id of a new message"))?;
            Ok((insert.message.stored_as(*id), insert.members))
        };
        self.answers
            .into_iter()
            .map(|answer| match answer {
                Answer::Stored(index) => stored(index).map(|(message, members)| Written::Stored(message, members)),
                Answer::RepeatedInBatch(index) => stored(index).map(|(message, _)| Written::Repeated(message)),
                Answer::Known(written) => Ok(written),
            })
            .collect()
    }
}

fn repeated(stored: &Message, content: &str) -> Written {
    // One that was taken back meanwhile has lost its text: whoever sends it again has not heard of that.
    let is_same = stored.retracted.is_some() || stored.content == content;
    if is_same { Written::Repeated(stored.clone()) } else { Written::Reused }
}

/// Reading implies having received.
fn raise(marks: &mut Marks, mark: Mark, seq: Seq, at: Timestamp) {
    if marks.delivered_seq < seq {
        (marks.delivered_seq, marks.delivered_at) = (seq, Some(at));
    }
    if mark == Mark::Read && marks.read_seq < seq {
        (marks.read_seq, marks.read_at) = (seq, Some(at));
    }
}

/// The chats that the writes are about, each once, by id: locked in this order, two batches never wait for each other.
pub(super) fn chats_of(writes: &[Write]) -> Vec<ChatId> {
    let mut chats: Vec<ChatId> = writes.iter().map(|write| write.chat).collect();
    chats.sort_unstable();
    chats.dedup();
    chats
}

/// Whose marks the writes may move on their own account, each once.
pub(super) fn movers_of(writes: &[Write]) -> Vec<(ChatId, UserId)> {
    let advances = writes.iter().filter(|write| matches!(write.kind, WriteKind::Advance { .. }));
    let mut movers: Vec<(ChatId, UserId)> = advances.map(|write| (write.chat, write.user)).collect();
    movers.sort_unstable();
    movers.dedup();
    movers
}

/// The messages that the writes put right, each once.
pub(super) fn corrected_by(writes: &[Write]) -> Vec<(ChatId, Seq)> {
    let corrections = writes.iter().filter_map(|write| match &write.kind {
        WriteKind::Append { corrects: Some(correction), .. } => Some((write.chat, correction.seq)),
        _ => None,
    });
    let mut corrected: Vec<(ChatId, Seq)> = corrections.collect();
    corrected.sort_unstable();
    corrected.dedup();
    corrected
}

/// What tells the writes' messages apart.
pub(super) fn keys_of(writes: &[Write]) -> impl Iterator<Item = MessageKey> {
    writes.iter().filter_map(|write| match write.kind {
        WriteKind::Append { client_id, .. } => Some((write.user, write.chat, client_id)),
        WriteKind::Advance { .. } | WriteKind::Notice { .. } => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::protocol::{ChangeSeq, Retracted};

    const PATIENT: UserId = UserId(1);
    const DOCTOR: UserId = UserId(2);

    fn chat(id: i64, last_seq: i64) -> (ChatId, ChatRow) {
        let (doctor, patient) = (DOCTOR, PATIENT);
        let (last_seq, last_change, updated_at) = (Seq(last_seq), ChangeSeq(0), Timestamp(100));
        let row = ChatRow {
            chat_id: ChatId(id),
            doctor,
            patient,
            last_seq,
            last_change,
            updated_at,
            revision: 0,
            waiting_since: None,
            is_urgent: false,
            is_closed: false,
            is_blocked: false,
            notice_at: None,
        };
        (ChatId(id), row)
    }

    fn held() -> Held {
        let marks = [PATIENT, DOCTOR]
            .map(|user| ((ChatId(1), user), Marks { read_seq: Seq(2), delivered_seq: Seq(3), ..Marks::default() }));
        Held { chats: [chat(1, 5), chat(2, 0)].into(), marks: marks.into(), ..Held::default() }
    }

    fn send(id: i64, user: UserId, client_id: u128, content: &str, at: i64) -> Write {
        let (client_id, content, at) = (ClientId::from_u128(client_id), content.to_owned(), Timestamp(at));
        let kind = WriteKind::Append { client_id, content, reply_to: None, corrects: None, is_urgent: false, at };
        Write { chat: ChatId(id), user, kind }
    }

    fn answer(seq: i64) -> Write {
        let (client_id, content, reply_to) = (ClientId::from_u128(7), "a".to_owned(), Some(Seq(seq)));
        let kind =
            WriteKind::Append { client_id, content, reply_to, corrects: None, is_urgent: false, at: Timestamp(0) };
        Write { chat: ChatId(1), user: PATIENT, kind }
    }

    fn advance(user: UserId, mark: Mark, seq: i64) -> Write {
        Write { chat: ChatId(1), user, kind: WriteKind::Advance { mark, seq: Seq(seq), at: Timestamp(9) } }
    }

    fn run(writes: &[Write], held: &Held) -> DbResult<Vec<Written>> {
        let plan = Plan::new(writes, held)?;
        let ids: Vec<i64> = (0..).take(plan.inserts.len()).collect();
        plan.answers(&ids)
    }

    fn places(written: &[Written]) -> Vec<(i64, i64)> {
        let place = |written: &Written| match written {
            Written::Stored(message, _) => Some((message.chat_id.0, message.seq.0)),
            _ => None,
        };
        written.iter().filter_map(place).collect()
    }

    #[test]
    fn places_go_on_in_each_chat_in_the_order_of_the_writes() -> DbResult<()> {
        let writes = [send(1, PATIENT, 1, "a", 0), send(2, DOCTOR, 2, "b", 0), send(1, DOCTOR, 3, "c", 0)];
        assert_eq!(places(&run(&writes, &held())?), [(1, 6), (2, 1), (1, 7)]);
        Ok(())
    }

    #[test]
    fn a_client_id_is_stored_once_whether_it_was_before_or_in_the_same_batch() -> DbResult<()> {
        let mut held = held();
        let writes = [send(1, PATIENT, 1, "a", 0), send(1, PATIENT, 1, "a", 0), send(1, PATIENT, 1, "b", 0)];
        let first = run(&writes, &held)?;
        let [Written::Stored(stored, _), Written::Repeated(again), Written::Reused] = &first[..] else {
            return Err(DbError::Unknown("answer"));
        };
        assert_eq!(stored, again);
        held.stored.insert((PATIENT, ChatId(1), stored.client_id), stored.clone());
        let second = run(&writes, &held)?;
        let repeated = || Written::Repeated(stored.clone());
        assert_eq!(second, [repeated(), repeated(), Written::Reused]);
        Ok(())
    }

    #[test]
    fn another_persons_client_id_is_another() -> DbResult<()> {
        let writes = [send(1, PATIENT, 1, "a", 0), send(1, DOCTOR, 1, "a", 0)];
        assert_eq!(places(&run(&writes, &held())?), [(1, 6), (1, 7)]);
        Ok(())
    }

    #[test]
    fn only_what_is_there_can_be_answered_also_from_earlier_in_the_same_batch() -> DbResult<()> {
        assert_eq!(run(&[answer(6)], &held())?, [Written::Unfit(Unfit::NoSuchMessage)]);
        assert_eq!(places(&run(&[answer(5)], &held())?), [(1, 6)]);
        assert_eq!(places(&run(&[send(1, DOCTOR, 1, "b", 0), answer(6)], &held())?), [(1, 6), (1, 7)]);
        Ok(())
    }

    #[test]
    fn only_ones_own_message_can_be_put_right_and_only_for_a_while() -> DbResult<()> {
        let first = send(1, PATIENT, 1, "a", 200);
        let correct = |user, not_before| {
            let corrects = Some(Correction { seq: Seq(6), not_before: Timestamp(not_before) });
            let (client_id, content) = (ClientId::from_u128(8), "b".to_owned());
            let kind = WriteKind::Append {
                client_id,
                content,
                reply_to: None,
                corrects,
                is_urgent: false,
                at: Timestamp(300),
            };
            Write { chat: ChatId(1), user, kind }
        };
        assert_eq!(run(&[correct(PATIENT, 0)], &held())?, [Written::Unfit(Unfit::NoSuchMessage)]);
        for (user, not_before, expected) in [
            (DOCTOR, 0, Some(Written::Unfit(Unfit::NotOnes))),
            (PATIENT, 201, Some(Written::Unfit(Unfit::TooLate))),
            (PATIENT, 200, None),
        ] {
            let answers = run(&[first.clone(), correct(user, not_before)], &held())?;
            match (answers.last(), expected) {
                (Some(Written::Stored(message, _)), None) => assert_eq!(message.corrects, Some(Seq(6))),
                (answer, expected) => assert_eq!(answer, expected.as_ref()),
            }
        }
        let mut held = held();
        let Some(Written::Stored(stored, _)) = run(&[first], &held)?.pop() else {
            return Err(DbError::Unknown("answer"));
        };
        let retracted = Some(Retracted { at: Timestamp(1), was_read: false });
        held.corrected.insert((ChatId(1), Seq(6)), Message { retracted, ..stored });
        assert_eq!(
            run(&[correct(PATIENT, 0)], &held)?,
            [Written::Unfit(Unfit::NotOnes)],
            "what was taken back stays so"
        );
        Ok(())
    }

    #[test]
    fn a_message_that_was_taken_back_is_still_the_same_one() -> DbResult<()> {
        let mut held = held();
        let first = run(&[send(1, PATIENT, 1, "a", 0)], &held)?;
        let Some(Written::Stored(stored, _)) = first.into_iter().next() else {
            return Err(DbError::Unknown("answer"));
        };
        let retracted = Some(Retracted { at: Timestamp(1), was_read: false });
        let stored = Message { content: "[retracted]".to_owned(), retracted, ..stored };
        held.stored.insert((PATIENT, ChatId(1), stored.client_id), stored.clone());
        assert_eq!(run(&[send(1, PATIENT, 1, "a", 0)], &held)?, [Written::Repeated(stored)]);
        Ok(())
    }

    #[test]
    fn who_is_no_member_and_what_is_no_chat_get_one_answer() -> DbResult<()> {
        let writes = [send(1, UserId(3), 1, "a", 0), send(9, PATIENT, 1, "a", 0)];
        assert_eq!(run(&writes, &held())?, [Written::NoSuchChat, Written::NoSuchChat]);
        Ok(())
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_order_a_chat() -> DbResult<()> {
        let writes = [send(1, PATIENT, 1, "a", 200), send(1, DOCTOR, 2, "b", 150), send(2, DOCTOR, 3, "c", 50)];
        let times = run(&writes, &held())?.into_iter().filter_map(|written| match written {
            Written::Stored(message, _) => Some(message.created_at.0),
            _ => None,
        });
        assert_eq!(times.collect::<Vec<_>>(), [200, 200, 50], "an empty chat's own moment is no message's");
        Ok(())
    }

    #[test]
    fn marks_move_forward_only_and_no_further_than_the_newest_message() -> DbResult<()> {
        let writes = [
            advance(DOCTOR, Mark::Read, 2),
            advance(DOCTOR, Mark::Read, 4),
            advance(DOCTOR, Mark::Delivered, 4),
            advance(DOCTOR, Mark::Delivered, 99),
            advance(PATIENT, Mark::Read, 3),
        ];
        let moved = |seq| Written::Moved(Seq(seq), Timestamp(9), [DOCTOR, PATIENT]);
        let answers = [Written::Unmoved, moved(4), Written::Unmoved, moved(5), moved(3)];
        assert_eq!(run(&writes, &held())?, answers, "reading implies having received");
        Ok(())
    }
}
