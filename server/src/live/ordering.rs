//! Puts the frames of a chat in order that come from several nodes, or from the database, each as quick as it was.
//!
//! For each user of this node and each chat it is known which message they were told last. One that comes before its
//! predecessor waits for it a moment, and so does a mark that comes before its message. What comes late, or again, goes
//! out as it comes: clients know what they hold.

use crate::live::connection::Droppable;
use app::protocol::{ChatId, Seq, ServerFrame};
use axum::extract::ws::Utf8Bytes;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

/// For this long a frame waits for those before it. Then it goes out: what is missing, clients fetch.
pub(super) const HOLD: Duration = Duration::from_millis(250);
/// Frames of one chat that wait for one user at most.
const HELD_MAX: usize = 64;

/// Where a frame stands among its chat's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The chat.
    pub chat: ChatId,
    /// The message's, or that of the message it is about.
    pub seq: Seq,
    /// Whether it is the message itself.
    pub is_message: bool,
}

impl Place {
    /// That of a frame that has one.
    #[must_use]
    pub const fn of(frame: &ServerFrame) -> Option<Self> {
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

/// A frame as it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ready {
    pub(super) text: Utf8Bytes,
    /// What it says, if a socket that is behind can do without it.
    pub(super) droppable: Option<Droppable>,
}

/// What becomes of a frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes out, and then these.
    Now(Vec<Ready>),
    /// It waits. `true`: as the first of its chat, for which somebody has to look after a while.
    Later(bool),
}

/// One user's chats.
#[derive(Debug, Default)]
pub(super) struct Order(HashMap<ChatId, Line>);

/// One chat.
#[derive(Debug)]
struct Line {
    /// The message that was told last.
    last: Seq,
    /// What waits: by its place, a message before what is about it, and these in the order they came.
    held: BTreeMap<(Seq, bool, u64), Ready>,
    /// How many have been held so far: tells those of one place apart.
    count: u64,
    since: Instant,
}

impl Order {
    /// Whether this message was told, or a later one.
    pub(super) fn has_told(&self, place: Place) -> bool {
        self.0.get(&place.chat).is_some_and(|line| line.last >= place.seq)
    }

    /// A frame has come.
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

    /// What has waited for long enough.
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
    /// Whether all that comes before it was told.
    fn may_go(&self, seq: Seq, is_message: bool) -> bool {
        if is_message { seq <= self.last.next() } else { seq <= self.last }
    }

    /// What waited only for what was told just now.
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

    /// What goes out, in order, as frames come.
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
    fn messages_go_out_by_rising_places_whichever_way_is_quicker() {
        let mut out = Out::new();
        for seq in [5, 7, 9, 8, 6, 10] {
            out.come(seq, true);
        }
        let places = ["message 5", "message 6", "message 7", "message 8", "message 9", "message 10"];
        assert_eq!(out.told, places);
    }

    #[test]
    fn a_mark_does_not_go_before_its_message() {
        let mut out = Out::new();
        out.come(3, false);
        out.come(4, true);
        assert!(out.come(5, false));
        out.come(4, false);
        out.come(5, true);
        assert_eq!(out.told, ["mark 3", "message 4", "mark 4", "message 5", "mark 5"]);
    }

    #[test]
    fn what_never_comes_is_waited_for_only_a_while() {
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
    fn none_takes_the_place_of_another_that_waits() {
        let mut out = Out::new();
        out.come(1, true);
        for (seq, is_message) in [(3, true), (4, false), (4, false), (2, true), (4, false), (4, true)] {
            out.come(seq, is_message);
        }
        assert_eq!(out.told.iter().filter(|name| *name == "mark 4").count(), 3, "{:?}", out.told);
    }

    #[test]
    fn it_holds_back_no_more_than_so_much() {
        let mut out = Out::new();
        out.come(1, true);
        for seq in 3..=1_000 {
            out.come(seq, true);
        }
        assert!(out.told.len() > 900, "{}", out.told.len());
    }

    #[test]
    fn what_was_told_is_known() {
        let mut out = Out::new();
        let place = |seq| Place { chat: CHAT, seq: Seq(seq), is_message: true };
        assert!(!out.order.has_told(place(1)));
        out.come(2, true);
        assert!(out.order.has_told(place(1)) && out.order.has_told(place(2)) && !out.order.has_told(place(3)));
    }
}
