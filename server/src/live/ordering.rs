//! Puts a chat's frames in order, because they arrive from several nodes and from the database at
//! different speeds.
//!
//! For each user of this node and each chat, the order keeps the last message that was sent to the
//! user. A message that arrives before its predecessor waits for it a moment, and so does a receipt
//! that arrives before its message. A late or repeated frame is sent as it arrives; clients merge
//! it.

use crate::live::connection::Droppable;
use app::protocol::{ChatId, Seq, ServerFrame};
use axum::extract::ws::Utf8Bytes;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

/// How long a frame waits for the frames before it. Then it is sent, and clients fetch what is
/// missing.
pub(super) const HOLD: Duration = Duration::from_millis(250);
/// The most waiting frames of one chat for one user.
const HELD_MAX: usize = 64;

/// The position of a frame in its chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Position {
    /// The chat.
    pub chat: ChatId,
    /// The `seq` of the message that the frame contains or is about.
    pub seq: Seq,
    /// Whether the frame contains the message itself when it is new.
    pub is_message: bool,
}

impl Position {
    /// The position of a frame; `None` if the frame has none.
    #[must_use]
    pub const fn from_frame(frame: &ServerFrame) -> Option<Self> {
        match frame {
            ServerFrame::Message { message } => {
                Some(Self { chat: message.chat_id, seq: message.seq, is_message: true })
            }
            ServerFrame::Changed { message } => {
                Some(Self { chat: message.chat_id, seq: message.seq, is_message: false })
            }
            ServerFrame::Read { chat_id, seq, .. } | ServerFrame::Delivered { chat_id, seq, .. } => {
                Some(Self { chat: *chat_id, seq: *seq, is_message: false })
            }
            _ => None,
        }
    }
}

/// A serialised frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ready {
    pub(super) text: Utf8Bytes,
    /// The content, if a slow socket may drop the frame.
    pub(super) droppable: Option<Droppable>,
}

/// What to do with a frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Send it, and then these waiting frames.
    Now(Vec<Ready>),
    /// Keep it waiting. `true`: it is the chat's first waiting frame, so the caller must call
    /// [`Order::overdue`] after [`HOLD`].
    Later(bool),
}

/// The order of one user's frames, by chat.
#[derive(Debug, Default)]
pub(super) struct Order(HashMap<ChatId, ChatOrder>);

/// The order of one chat.
#[derive(Debug)]
struct ChatOrder {
    /// The highest message that was sent.
    last: Seq,
    /// The waiting frames by position. A message comes before the frames about it, and these are in
    /// the order of arrival.
    held: BTreeMap<(Seq, bool, u64), Ready>,
    /// The number of frames that have waited so far. It distinguishes frames of one position.
    count: u64,
    since: Instant,
}

impl Order {
    /// Whether this message or a later one was sent.
    pub(super) fn has_sent(&self, position: Position) -> bool {
        self.0.get(&position.chat).is_some_and(|chat_order| chat_order.last >= position.seq)
    }

    /// Decides what to do with an arriving frame.
    pub(super) fn pass(&mut self, position: Position, ready: &Ready, now: Instant) -> Verdict {
        let Some(chat_order) = self.0.get_mut(&position.chat) else {
            if position.is_message {
                let chat_order = ChatOrder { last: position.seq, held: BTreeMap::new(), count: 0, since: now };
                self.0.insert(position.chat, chat_order);
            }
            return Verdict::Now(Vec::new());
        };
        if chat_order.may_go(position.seq, position.is_message) || chat_order.held.len() >= HELD_MAX {
            if position.is_message {
                chat_order.last = chat_order.last.max(position.seq);
            }
            return Verdict::Now(chat_order.follow());
        }
        let is_first = chat_order.held.is_empty();
        if is_first {
            chat_order.since = now;
        }
        chat_order.count = chat_order.count.wrapping_add(1);
        chat_order.held.insert((position.seq, !position.is_message, chat_order.count), ready.clone());
        Verdict::Later(is_first)
    }

    /// Takes the chat's waiting frames if the first has waited for [`HOLD`].
    pub(super) fn overdue(&mut self, chat: ChatId, now: Instant) -> Vec<Ready> {
        let Some(chat_order) = self.0.get_mut(&chat).filter(|chat_order| now.duration_since(chat_order.since) >= HOLD)
        else {
            return Vec::new();
        };
        if let Some((seq, _, _)) = chat_order.held.keys().rev().find(|(_, is_about, _)| !is_about) {
            chat_order.last = chat_order.last.max(*seq);
        }
        std::mem::take(&mut chat_order.held).into_values().collect()
    }
}

impl ChatOrder {
    /// Whether everything before it was sent.
    fn may_go(&self, seq: Seq, is_message: bool) -> bool {
        if is_message { seq <= self.last.next() } else { seq <= self.last }
    }

    /// Takes the waiting frames that may be sent now.
    fn follow(&mut self) -> Vec<Ready> {
        let mut free = Vec::new();
        while let Some(first) = self.held.first_entry() {
            let (seq, is_about, _) = *first.key();
            let is_due = if is_about { seq <= self.last } else { seq <= self.last.next() };
            if !is_due {
                break;
            }
            free.push(first.remove());
            if !is_about {
                self.last = self.last.max(seq);
            }
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAT: ChatId = ChatId(1);

    fn ready(text: &str) -> Ready {
        Ready { text: text.to_owned().into(), droppable: None }
    }

    /// Collects the sent frames in order.
    struct Out {
        order: Order,
        received: Vec<String>,
        now: Instant,
    }

    impl Out {
        fn new() -> Self {
            Self { order: Order::default(), received: Vec::new(), now: Instant::now() }
        }

        fn come(&mut self, seq: i64, is_message: bool) -> bool {
            let name = format!("{}{seq}", if is_message { "message " } else { "mark " });
            let frame = ready(&name);
            match self.order.pass(Position { chat: CHAT, seq: Seq(seq), is_message }, &frame, self.now) {
                Verdict::Now(others) => {
                    self.received.push(name);
                    self.received.extend(others.into_iter().map(|ready| ready.text.to_string()));
                    false
                }
                Verdict::Later(is_first) => is_first,
            }
        }

        fn take_overdue(&mut self) {
            let free = self.order.overdue(CHAT, self.now);
            self.received.extend(free.into_iter().map(|ready| ready.text.to_string()));
        }
    }

    #[test]
    fn messages_are_sent_in_seq_order_however_they_arrive() {
        let mut out = Out::new();
        for seq in [5, 7, 9, 8, 6, 10] {
            out.come(seq, true);
        }
        let expected = ["message 5", "message 6", "message 7", "message 8", "message 9", "message 10"];
        assert_eq!(out.received, expected);
    }

    #[test]
    fn receipt_is_not_sent_before_its_message() {
        let mut out = Out::new();
        out.come(3, false);
        out.come(4, true);
        assert!(out.come(5, false));
        out.come(4, false);
        out.come(5, true);
        assert_eq!(out.received, ["mark 3", "message 4", "mark 4", "message 5", "mark 5"]);
    }

    #[test]
    fn missing_message_is_waited_for_only_a_moment() {
        let mut out = Out::new();
        out.come(1, true);
        assert!(out.come(4, true), "the first that waits");
        assert!(!out.come(3, true));
        assert!(!out.come(4, false));
        out.take_overdue();
        assert_eq!(out.received, ["message 1"]);
        out.now += HOLD;
        out.take_overdue();
        out.come(5, true);
        assert_eq!(out.received, ["message 1", "message 3", "message 4", "mark 4", "message 5"]);
        out.come(2, true);
        assert_eq!(out.received.last().map(String::as_str), Some("message 2"), "a late frame is sent too");
    }

    #[test]
    fn waiting_frames_of_one_position_do_not_replace_each_other() {
        let mut out = Out::new();
        out.come(1, true);
        for (seq, is_message) in [(3, true), (4, false), (4, false), (2, true), (4, false), (4, true)] {
            out.come(seq, is_message);
        }
        assert_eq!(out.received.iter().filter(|name| *name == "mark 4").count(), 3, "{:?}", out.received);
    }

    #[test]
    fn waiting_frames_are_bounded() {
        let mut out = Out::new();
        out.come(1, true);
        for seq in 3..=1_000 {
            out.come(seq, true);
        }
        assert!(out.received.len() > 900, "{}", out.received.len());
    }

    #[test]
    fn sent_message_is_remembered() {
        let mut out = Out::new();
        let position = |seq| Position { chat: CHAT, seq: Seq(seq), is_message: true };
        assert!(!out.order.has_sent(position(1)));
        out.come(2, true);
        assert!(out.order.has_sent(position(1)) && out.order.has_sent(position(2)) && !out.order.has_sent(position(3)));
    }
}
