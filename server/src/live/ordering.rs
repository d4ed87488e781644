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
pub struct Place {
    /// The chat.
    pub chat: ChatId,
    /// The `seq` of the message that the frame contains or is about.
    pub seq: Seq,
    /// Whether the frame contains the message itself when it is new.
    pub is_message: bool,
}

impl Place {
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
pub(super) struct Order(HashMap<ChatId, Line>);

/// The order of one chat.
#[derive(Debug)]
struct Line {
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
    pub(super) fn has_told(&self, place: Place) -> bool {
        self.0.get(&place.chat).is_some_and(|line| line.last >= place.seq)
    }

    /// Decides what to do with an arriving frame.
    pub(super) fn pass(&mut self, place: Place, ready: &Ready, now: Instant) -> Verdict {
        let Some(line) = self.0.get_mut(&place.chat) else {
            if place.is_message {
                let line = Line { last: place.seq, held: BTreeMap::new(), count: 0, since: now };
                self.0.insert(place.chat, line);
            }
            return Verdict::Now(Vec::new());
        };
        if line.may_go(place.seq, place.is_message) || line.held.len() >= HELD_MAX {
            if place.is_message {
                line.last = line.last.max(place.seq);
            }
            return Verdict::Now(line.follow());
        }
        let is_first = line.held.is_empty();
        if is_first {
            line.since = now;
        }
        line.count = line.count.wrapping_add(1);
        line.held.insert((place.seq, !place.is_message, line.count), ready.clone());
        Verdict::Later(is_first)
    }

    /// Takes the chat's waiting frames if the first has waited for [`HOLD`].
    pub(super) fn overdue(&mut self, chat: ChatId, now: Instant) -> Vec<Ready> {
        let Some(line) = self.0.get_mut(&chat).filter(|line| now.duration_since(line.since) >= HOLD) else {
            return Vec::new();
        };
        if let Some((seq, _, _)) = line.held.keys().rev().find(|(_, is_about, _)| !is_about) {
            line.last = line.last.max(*seq);
        }
        std::mem::take(&mut line.held).into_values().collect()
    }
}

impl Line {
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
        told: Vec<String>,
        now: Instant,
    }

    impl Out {
        fn new() -> Self {
            Self { order: Order::default(), told: Vec::new(), now: Instant::now() }
        }

        fn come(&mut self, seq: i64, is_message: bool) -> bool {
            let name = format!("{}{seq}", if is_message { "message " } else { "mark " });
            let frame = ready(&name);
            match self.order.pass(Place { chat: CHAT, seq: Seq(seq), is_message }, &frame, self.now) {
                Verdict::Now(others) => {
                    self.told.push(name);
                    self.told.extend(others.into_iter().map(|ready| ready.text.to_string()));
                    false
                }
                Verdict::Later(is_first) => is_first,
            }
        }

        fn look(&mut self) {
            let free = self.order.overdue(CHAT, self.now);
            self.told.extend(free.into_iter().map(|ready| ready.text.to_string()));
        }
    }

    #[test]
    fn messages_are_sent_in_seq_order_however_they_arrive() {
        let mut out = Out::new();
        for seq in [5, 7, 9, 8, 6, 10] {
            out.come(seq, true);
        }
        let places = ["message 5", "message 6", "message 7", "message 8", "message 9", "message 10"];
        assert_eq!(out.told, places);
    }

    #[test]
    fn receipt_is_not_sent_before_its_message() {
        let mut out = Out::new();
        out.come(3, false);
        out.come(4, true);
        assert!(out.come(5, false));
        out.come(4, false);
        out.come(5, true);
        assert_eq!(out.told, ["mark 3", "message 4", "mark 4", "message 5", "mark 5"]);
    }

    #[test]
    fn missing_message_is_waited_for_only_a_moment() {
        let mut out = Out::new();
        out.come(1, true);
        assert!(out.come(4, true), "the first that waits");
        assert!(!out.come(3, true));
        assert!(!out.come(4, false));
        out.look();
        assert_eq!(out.told, ["message 1"]);
        out.now += HOLD;
        out.look();
        out.come(5, true);
        assert_eq!(out.told, ["message 1", "message 3", "message 4", "mark 4", "message 5"]);
        out.come(2, true);
        assert_eq!(out.told.last().map(String::as_str), Some("message 2"), "late, and still");
    }

    #[test]
    fn waiting_frames_of_one_position_do_not_replace_each_other() {
        let mut out = Out::new();
        out.come(1, true);
        for (seq, is_message) in [(3, true), (4, false), (4, false), (2, true), (4, false), (4, true)] {
            out.come(seq, is_message);
        }
        assert_eq!(out.told.iter().filter(|name| *name == "mark 4").count(), 3, "{:?}", out.told);
    }

    #[test]
    fn waiting_frames_are_bounded() {
        let mut out = Out::new();
        out.come(1, true);
        for seq in 3..=1_000 {
            out.come(seq, true);
        }
        assert!(out.told.len() > 900, "{}", out.told.len());
    }

    #[test]
    fn sent_message_is_remembered() {
        let mut out = Out::new();
        let place = |seq| Place { chat: CHAT, seq: Seq(seq), is_message: true };
        assert!(!out.order.has_told(place(1)));
        out.come(2, true);
        assert!(out.order.has_told(place(1)) && out.order.has_told(place(2)) && !out.order.has_told(place(3)));
    }
}
