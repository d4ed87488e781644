//! What a batch does, decided without a database: which place each message gets, what is a repetition, how far marks
//! move. Both databases carry out the same plan, under the lock of the chats it is about.

use super::{Correction, Rejection, Write, WriteKind, WriteOutcome};
use crate::{
    db::{
        DbError, DbResult,
        chat::ChatRow,
        member::{Mark, ReceiptAdvances, Receipts},
        message::NewMessage,
        time,
    },
    failpoints,
};
use app::protocol::{ChatId, ClientId, Message, Seq, Timestamp, UserId};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What tells a sender's messages apart.
pub(super) type MessageKey = (UserId, ChatId, ClientId);

/// What the database holds of what a batch is about, read under the chats' locks.
#[derive(Default)]
pub(super) struct Stored {
    /// The chats that there are.
    pub(super) chats: HashMap<ChatId, ChatRow>,
    /// Chats that another transaction holds.
    pub(super) locked: HashSet<ChatId>,
    /// How far the database's clock is ahead of this machine's, in milliseconds. All moments go by the former.
    pub(super) clock_ms: i64,
    /// The marks of whoever moves one.
    pub(super) marks: HashMap<(ChatId, UserId), Receipts>,
    /// Messages that were stored before under a client id of the batch. Looked up only once an insert has met one, or a
    /// write seems unfit: they seldom do.
    pub(super) known: HashMap<MessageKey, Message>,
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
    /// None yet: somebody else holds the chat.
    Locked,
    /// The message of this insert.
    Stored(usize),
    /// The same as this insert, earlier in the batch.
    RepeatedInBatch(usize),
    /// Known already.
    Known(WriteOutcome),
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
const fn may_write(chat: &ChatRow) -> Result<(), Rejection> {
    match chat {
        ChatRow { is_closed: true, .. } => Err(Rejection::Closed),
        ChatRow { has_disabled_member: true, .. } => Err(Rejection::Disabled),
        ChatRow { is_blocked: true, .. } => Err(Rejection::Blocked),
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
    pub(super) marks: BTreeMap<(ChatId, UserId), ReceiptAdvances>,
    answers: Vec<Answer>,
}

impl<'a> Plan<'a> {
    /// Plans the writes, in order.
    pub(super) fn new(writes: &'a [Write], held: &Stored) -> DbResult<Self> {
        let mut plan = Plan {
            inserts: Vec::with_capacity(writes.len()),
            moves: BTreeMap::new(),
            marks: BTreeMap::new(),
            answers: Vec::with_capacity(writes.len()),
        };
        let mut chats = held.chats.clone();
        let mut placed: HashMap<MessageKey, usize> = HashMap::with_capacity(writes.len());
        let by_its_clock = |moment: Timestamp| Timestamp(moment.0.saturating_add(held.clock_ms));
        for write in writes {
            if held.locked.contains(&write.chat) {
                plan.answers.push(Answer::Locked);
                continue;
            }
            let chat = chats.get_mut(&write.chat).filter(|chat| chat.members().contains(&write.user));
            let answer = match (chat, &write.kind) {
                (None, _) => Answer::Known(WriteOutcome::NoSuchChat),
                (Some(chat), WriteKind::Append { client_id, content, reply_to, corrects, is_urgent, at }) => {
                    let is_blind = failpoints::is_broken("break::dedupe");
                    let key = (write.user, write.chat, if is_blind { ClientId::new_v4() } else { *client_id });
                    let at = by_its_clock(*at);
                    let by_its_clock = |Correction { seq, not_before }: Correction| Correction {
                        seq,
                        not_before: by_its_clock(not_before),
                    };
                    match (placed.get(&key), held.known.get(&key)) {
                        (Some(&first), _) => plan.repeated(first, content),
                        (None, Some(stored)) => Answer::Known(repeated(stored, content, chat.members())),
                        (None, None) => {
                            match plan.refers(held, chat, (write.user, at), (*reply_to, corrects.map(by_its_clock))) {
                                Err(unfit) => Answer::Known(WriteOutcome::Rejection(unfit)),
                                Ok(refers) => {
                                    placed.insert(key, plan.inserts.len());
                                    let kind = Kind { refers, is_urgent: *is_urgent, is_automatic: false };
                                    plan.append(chat, key, content, kind, at)
                                }
                            }
                        }
                    }
                }
                (Some(chat), WriteKind::Notice { content, not_since, at }) => {
                    let (not_since, at) = (by_its_clock(*not_since), by_its_clock(*at));
                    let is_lately = |told: &Timestamp| *told >= not_since && !time::is_ahead(*told, at);
                    if let Some(told) = chat.notice_at.filter(is_lately) {
                        Answer::Known(WriteOutcome::Told(told))
                    } else if chat.waiting_since.is_none() || may_write(chat).is_err() {
                        Answer::Known(WriteOutcome::Unmoved)
                    } else {
                        let kind = Kind { refers: [None; 2], is_urgent: false, is_automatic: true };
                        let key = (chat.doctor, chat.chat_id, ClientId::new_v4());
                        plan.append(chat, key, content, kind, at)
                    }
                }
                (Some(chat), WriteKind::Advance { mark, seq, at }) => {
                    let stored = held.marks.get(&(write.chat, write.user));
                    let stored = stored.ok_or(DbError::Unknown("member of a chat"))?;
                    Answer::Known(plan.advance(chat, write.user, *stored, (*mark, *seq, by_its_clock(*at))))
                }
            };
            plan.answers.push(answer);
        }
        Ok(plan)
    }

    /// Whether some write is refused for where it goes or what it refers to. It may have been stored before, when it was fit:
    /// that has to be looked up.
    pub(super) fn has_unfit(&self) -> bool {
        self.answers.iter().any(|answer| matches!(answer, Answer::Known(WriteOutcome::Rejection(_))))
    }

    /// What a message refers to, if it may.
    fn refers(
        &self,
        held: &Stored,
        chat: &ChatRow,
        (user, now): (UserId, Timestamp),
        (reply_to, corrects): (Option<Seq>, Option<Correction>),
    ) -> Result<[Option<Seq>; 2], Rejection> {
        may_write(chat)?;
        // Places have no holes: whatever is not beyond the end is there.
        if reply_to.is_some_and(|seq| seq.0 < 1 || seq > chat.last_seq) {
            return Err(Rejection::NoSuchMessage);
        }
        if let Some(Correction { seq, not_before }) = corrects {
            let before = held.corrected.get(&(chat.chat_id, seq));
            // What the program wrote in a doctor's place can be taken back, but its words were never theirs.
            let is_fixed = |message: &Message| message.retracted.is_some() || message.is_automatic;
            let before = before.map(|message| (message.sender_id, message.created_at, is_fixed(message)));
            let mut here = self.inserts.iter().map(|insert| insert.message);
            let here = here.find(|message| (message.chat_id, message.seq) == (chat.chat_id, seq));
            let here = here.map(|message| (message.sender, message.created_at, message.is_automatic));
            match before.or(here) {
                None => return Err(Rejection::NoSuchMessage),
                Some((sender, _, is_fixed)) if sender != user || is_fixed => return Err(Rejection::NotOnes),
                // One that a wrong clock has dated ahead would stay open for ever.
                Some((_, stored_at, _)) if stored_at < not_before || time::is_ahead(stored_at, now) => {
                    return Err(Rejection::TooLate);
                }
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
        // A clock that was set back a little must not move the chat down the list; one that once ran far ahead must not
        // date what follows. (An empty chat's own moment is no message's.)
        let created_at = if chat.last_seq == Seq(0) { at } else { time::following(chat.updated_at, at) };
        let seq = if failpoints::is_broken("break::hole") { chat.last_seq.next().next() } else { chat.last_seq.next() };
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
                let since = chat.waiting_since.filter(|since| !time::is_ahead(*since, at));
                chat.waiting_since = Some(since.unwrap_or(created_at));
                chat.is_urgent |= is_urgent;
            } else {
                (chat.waiting_since, chat.is_urgent) = (None, false);
            }
            // Whoever writes has read what stands before. Nobody has for whom the program wrote.
            let steps = self.marks.entry((chat_id, sender)).or_default();
            steps.read.go(seq, seq.previous(), created_at);
            steps.delivered.go(seq, seq.previous(), created_at);
        }
        self.moves.insert(chat_id, *chat);
        Answer::Stored(self.inserts.len() - 1)
    }

    fn repeated(&self, first: usize, content: &str) -> Answer {
        let is_same = self.inserts.get(first).is_some_and(|insert| insert.message.content == content);
        if is_same { Answer::RepeatedInBatch(first) } else { Answer::Known(WriteOutcome::Reused) }
    }

    fn advance(
        &mut self,
        chat: &ChatRow,
        user: UserId,
        stored: Receipts,
        (mark, seq, at): (Mark, Seq, Timestamp),
    ) -> WriteOutcome {
        let seq = seq.min(chat.last_seq);
        let moved = self.marks.get(&(chat.chat_id, user)).copied().unwrap_or_default();
        let stands_at = match mark {
            Mark::Read => moved.read.seq.max(stored.read_seq),
            Mark::Delivered => moved.delivered.seq.max(stored.delivered_seq),
        };
        if stands_at >= seq {
            return WriteOutcome::Unmoved;
        }
        let steps = self.marks.entry((chat.chat_id, user)).or_default();
        // Reading implies having received.
        steps.delivered.go(seq, seq, at);
        if mark == Mark::Read {
            steps.read.go(seq, seq, at);
        }
        WriteOutcome::Moved(seq, at, chat.members())
    }

    /// The answers, once each insert has its row's id.
    pub(super) fn answers(self, ids: &[i64]) -> DbResult<Vec<Option<WriteOutcome>>> {
        let inserts = self.inserts;
        let stored = |index: usize| {
            let (insert, id) = inserts.get(index).zip(ids.get(index)).ok_or(DbError::Unknown("id of a new message"))?;
            Ok((insert.message.stored_as(*id), insert.members))
        };
        self.answers
            .into_iter()
            .map(|answer| match answer {
                Answer::Locked => Ok(None),
                Answer::Stored(index) => {
                    stored(index).map(|(message, members)| Some(WriteOutcome::Stored(message, members)))
                }
                // Its members are told of the first.
                Answer::RepeatedInBatch(index) => {
                    stored(index).map(|(message, _)| Some(WriteOutcome::Repeated(message, None)))
                }
                Answer::Known(written) => Ok(Some(written)),
            })
            .collect()
    }
}

fn repeated(stored: &Message, content: &str, members: [UserId; 2]) -> WriteOutcome {
    // One that was taken back meanwhile has lost its text: whoever sends it again has not heard of that.
    let is_same = stored.retracted.is_some() || stored.content == content;
    if is_same { WriteOutcome::Repeated(stored.clone(), Some(members)) } else { WriteOutcome::Reused }
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
mod tests;
