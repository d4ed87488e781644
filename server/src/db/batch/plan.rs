//! Decides what a batch does, without a database: the `seq` of each new message, which writes are
//! repetitions, and how far receipts move. Both databases carry out the same plan while they hold
//! the locks of the batch's chats.

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

/// Identifies a message: its sender, its chat and the sender's client id.
pub(super) type MessageKey = (UserId, ChatId, ClientId);

/// What the database holds about the chats, members and messages of a batch, read under the chats'
/// locks.
#[derive(Default)]
pub(super) struct Stored {
    /// The chats of the batch that exist.
    pub(super) chats: HashMap<ChatId, ChatRow>,
    /// Chats that another transaction has locked.
    pub(super) locked: HashSet<ChatId>,
    /// How far the database's clock is ahead of this machine's clock, in milliseconds. All stored
    /// times follow the database's clock.
    pub(super) clock_ms: i64,
    /// The receipts of the members who move one with an `Advance`.
    pub(super) marks: HashMap<(ChatId, UserId), Receipts>,
    /// Messages that were stored before under a client id of the batch. They are rare, so they are
    /// loaded only after an insert has met one or the plan has rejected a write.
    pub(super) known: HashMap<MessageKey, Message>,
    /// The messages that writes of the batch correct.
    pub(super) corrected: HashMap<(ChatId, Seq), Message>,
}

/// A message to insert, and the members to notify of it.
#[derive(Clone, Copy)]
pub(super) struct Insert<'a> {
    pub(super) message: NewMessage<'a>,
    members: [UserId; 2],
}

/// The outcome of a write, before the new rows have their ids.
enum Answer {
    /// No outcome: another transaction has locked the chat.
    Locked,
    /// A new message: its index in `inserts`.
    Stored(usize),
    /// A repetition of an earlier message of the batch: its index in `inserts`.
    RepeatedInBatch(usize),
    /// An outcome that needs no row id.
    Known(WriteOutcome),
}

/// The properties of a message, without its text.
#[derive(Clone, Copy)]
struct Kind {
    /// The messages that it replies to and that it corrects.
    refers: [Option<Seq>; 2],
    is_urgent: bool,
    is_automatic: bool,
}

/// Checks that the members may write in this chat.
const fn may_write(chat: &ChatRow) -> Result<(), Rejection> {
    match chat {
        ChatRow { is_closed: true, .. } => Err(Rejection::Closed),
        ChatRow { has_disabled_member: true, .. } => Err(Rejection::Disabled),
        ChatRow { is_blocked: true, .. } => Err(Rejection::Blocked),
        _ => Ok(()),
    }
}

/// The rows to write, and the outcomes to return afterwards.
pub(super) struct Plan<'a> {
    /// New messages, by rising `seq` in each chat.
    pub(super) inserts: Vec<Insert<'a>>,
    /// Chats with new messages: their new rows, by id.
    pub(super) moves: BTreeMap<ChatId, ChatRow>,
    /// Receipts to move forward; a stored receipt that is further stays.
    pub(super) marks: BTreeMap<(ChatId, UserId), ReceiptAdvances>,
    answers: Vec<Answer>,
}

impl<'a> Plan<'a> {
    /// Plans the writes, in order. Fails if `held` lacks the receipts of a member who moves one.
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
                            match plan.refers(held, chat, write.user, at, *reply_to, corrects.map(by_its_clock)) {
                                Err(unfit) => Answer::Known(WriteOutcome::Rejected(unfit)),
                                Ok(refers) => {
                                    placed.insert(key, plan.inserts.len());
                                    let kind = Kind { refers, is_urgent: *is_urgent, is_automatic: false };
                                    plan.append(chat, key, content, kind, at)
                                }
                            }
                        }
                    }
                }
                (Some(chat), WriteKind::AutoReply { content, not_since, at }) => {
                    let (not_since, at) = (by_its_clock(*not_since), by_its_clock(*at));
                    let is_lately = |reply: &Timestamp| *reply >= not_since && !time::is_ahead(*reply, at);
                    if let Some(reply) = chat.notice_at.filter(is_lately) {
                        Answer::Known(WriteOutcome::RepliedRecently(reply))
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
                    Answer::Known(plan.advance(chat, write.user, *stored, *mark, *seq, by_its_clock(*at)))
                }
            };
            plan.answers.push(answer);
        }
        Ok(plan)
    }

    /// Whether the plan rejects a message because of its chat or the message it refers to. It may
    /// have been stored before, when it was acceptable, so its client id has to be looked up.
    pub(super) fn has_unfit(&self) -> bool {
        self.answers.iter().any(|answer| matches!(answer, Answer::Known(WriteOutcome::Rejected(_))))
    }

    /// Checks that a message may be stored and may refer to these messages. Returns the position
    /// that it replies to and the one that it corrects.
    fn refers(
        &self,
        held: &Stored,
        chat: &ChatRow,
        user: UserId,
        now: Timestamp,
        reply_to: Option<Seq>,
        corrects: Option<Correction>,
    ) -> Result<[Option<Seq>; 2], Rejection> {
        may_write(chat)?;
        // The `seq`s of a chat have no gaps: each one up to the newest exists.
        if reply_to.is_some_and(|seq| seq.0 < 1 || seq > chat.last_seq) {
            return Err(Rejection::NoSuchMessage);
        }
        if let Some(Correction { seq, not_before }) = corrects {
            let before = held.corrected.get(&(chat.chat_id, seq));
            // A doctor can unsend an automatic reply, but not correct it: the words were not the
            // doctor's.
            let is_fixed = |message: &Message| message.retracted.is_some() || message.is_automatic;
            let before = before.map(|message| (message.sender_id, message.created_at, is_fixed(message)));
            let mut here = self.inserts.iter().map(|insert| insert.message);
            let here = here.find(|message| (message.chat_id, message.seq) == (chat.chat_id, seq));
            let here = here.map(|message| (message.sender, message.created_at, message.is_automatic));
            match before.or(here) {
                None => return Err(Rejection::NoSuchMessage),
                Some((sender, _, is_fixed)) if sender != user || is_fixed => return Err(Rejection::NotYours),
                // A wrong clock dated this message far ahead: its time limit would never pass.
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
        // If the clock was set back a little, the chat must not move down the list. If the clock
        // once ran far ahead, later messages must not get that time. (The `updated_at` of an empty
        // chat is not the time of a message.)
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
            // The sender of a message has read everything before it. An automatic reply does not
            // show that the doctor has read anything.
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
        mark: Mark,
        seq: Seq,
        at: Timestamp,
    ) -> WriteOutcome {
        let seq = seq.min(chat.last_seq);
        let moved = self.marks.get(&(chat.chat_id, user)).copied().unwrap_or_default();
        let stored = match mark {
            Mark::Read => moved.read.seq.max(stored.read_seq),
            Mark::Delivered => moved.delivered.seq.max(stored.delivered_seq),
        };
        if stored >= seq {
            return WriteOutcome::Unmoved;
        }
        let steps = self.marks.entry((chat.chat_id, user)).or_default();
        // A read message is also delivered.
        steps.delivered.go(seq, seq, at);
        if mark == Mark::Read {
            steps.read.go(seq, seq, at);
        }
        WriteOutcome::Moved(seq, at, chat.members())
    }

    /// The outcomes in the order of the writes; `None` for a write that was left out because its
    /// chat is locked. `ids` are the row ids of `inserts`, in the same order; a missing one is an
    /// error.
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
                // The first one already notifies the members.
                Answer::RepeatedInBatch(index) => {
                    stored(index).map(|(message, _)| Some(WriteOutcome::Repeated(message, None)))
                }
                Answer::Known(written) => Ok(Some(written)),
            })
            .collect()
    }
}

fn repeated(stored: &Message, content: &str, members: [UserId; 2]) -> WriteOutcome {
    // A retracted message has lost its text. A client that sends it again has not received the
    // retraction.
    let is_same = stored.retracted.is_some() || stored.content == content;
    if is_same { WriteOutcome::Repeated(stored.clone(), Some(members)) } else { WriteOutcome::Reused }
}

/// The chats of the writes, without duplicates, by id. Batches that lock chats in this order do not
/// deadlock.
pub(super) fn chats_of(writes: &[Write]) -> Vec<ChatId> {
    let mut chats: Vec<ChatId> = writes.iter().map(|write| write.chat).collect();
    chats.sort_unstable();
    chats.dedup();
    chats
}

/// The members whose receipts the writes move with an `Advance`, without duplicates.
pub(super) fn movers_of(writes: &[Write]) -> Vec<(ChatId, UserId)> {
    let advances = writes.iter().filter(|write| matches!(write.kind, WriteKind::Advance { .. }));
    let mut movers: Vec<(ChatId, UserId)> = advances.map(|write| (write.chat, write.user)).collect();
    movers.sort_unstable();
    movers.dedup();
    movers
}

/// The messages that the writes correct, without duplicates.
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

/// The keys of the messages that the writes store.
pub(super) fn keys_of(writes: &[Write]) -> impl Iterator<Item = MessageKey> {
    writes.iter().filter_map(|write| match write.kind {
        WriteKind::Append { client_id, .. } => Some((write.user, write.chat, client_id)),
        WriteKind::Advance { .. } | WriteKind::AutoReply { .. } => None,
    })
}

#[cfg(test)]
mod tests;
