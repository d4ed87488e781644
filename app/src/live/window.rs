//! The stretch of a chat's history that a tab holds.

use super::types::{PageOf, WindowEdge};
use crate::protocol::{ChangePage, ChangeSeq, Message, MessagePage, Seq};
use std::{collections::BTreeMap, sync::Arc};

/// Messages a page should show at most; more are let go of at the end that nobody looks at.
const HELD_MAX: usize = 400;
/// New messages that are kept together in one stretch.
const STRETCH_MAX: i64 = 50;

/// A stretch of history without a hole, and what lies beyond a hole above it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The lowest place held.
    pub first: Seq,
    /// The highest place up to which nothing is missing; below `first` when nothing is held.
    pub top: Seq,
    /// Where each stretch that was fetched begins, rising; the first is `first`.
    pub starts: Vec<Seq>,
    /// By place. Those above `top` wait for the hole to be filled and aren't shown.
    pub messages: BTreeMap<Seq, Arc<Message>>,
    /// Everything held is as it was after this change, or later.
    pub change: ChangeSeq,
    /// Whether somebody looks at an earlier part: new messages are not taken in until its end is reached.
    pub is_apart: bool,
    /// Whether the server may have another history by now: its end has to be compared.
    pub is_in_doubt: bool,
}

impl Window {
    /// What can be shown: from `first` to `top`, in order.
    pub fn shown(&self) -> impl Iterator<Item = &Arc<Message>> {
        // A range whose start lies above its end would panic.
        let range = (self.first <= self.top).then(|| self.messages.range(self.first..=self.top));
        range.into_iter().flatten().map(|(_, message)| message)
    }

    /// Whether nothing lies before what is held.
    #[must_use]
    pub fn is_from_start(&self) -> bool {
        self.first <= Seq(1)
    }

    /// Whether more is held than a page should show.
    #[must_use]
    pub fn is_large(&self) -> bool {
        self.messages.len() > HELD_MAX
    }

    /// One that holds nothing and goes on from the newest.
    fn empty() -> Self {
        Self { first: Seq(1), starts: vec![Seq(1)], ..Self::default() }
    }

    pub(super) fn of(page: &MessagePage) -> Self {
        let first = page.messages.first().map_or(Seq(1), |message| message.seq);
        let mut window =
            Self { first, top: first.previous(), starts: vec![first], change: page.last_change, ..Self::default() };
        for message in &page.messages {
            window.put(message.clone());
        }
        window.rise();
        window.is_apart = window.top < page.last_seq && !page.messages.is_empty();
        window
    }

    /// Takes a message in as it is told. Not while in doubt: it could be the server's next after another history than
    /// the one held.
    pub(super) fn insert(&mut self, message: Message) {
        let (seq, change) = (message.seq, message.change);
        if self.is_in_doubt {
            return;
        }
        if seq >= self.first && !(self.is_apart && seq > self.top) {
            self.put(message);
            self.rise();
        }
        // One that is not held changes nothing here.
        if change.0 == self.change.0 + 1 {
            self.change = change;
        }
    }

    /// Of two states of a message the later one stays.
    fn put(&mut self, message: Message) {
        match self.messages.get_mut(&message.seq) {
            Some(held) if held.change >= message.change => {}
            Some(held) => *held = Arc::new(message),
            None => {
                self.messages.insert(message.seq, Arc::new(message));
            }
        }
    }

    fn rise(&mut self) {
        while self.messages.contains_key(&self.top.next()) {
            self.top = self.top.next();
            let last = self.starts.last().copied().unwrap_or(self.first);
            if self.top.0 - last.0 >= STRETCH_MAX {
                self.starts.push(self.top);
            }
        }
    }

    /// Lets go of what lies beyond a hole, and asks for the end of the rest to be compared. Where messages have
    /// changed, or the end is not held, that would not be enough: nothing is kept then.
    pub(super) fn doubt(&mut self, last_change: ChangeSeq) {
        if self.is_apart || last_change.0 > 0 || self.change.0 > 0 {
            *self = Self::empty();
            return;
        }
        let top = self.top;
        self.messages.retain(|seq, _| *seq <= top);
        self.is_in_doubt = !self.messages.is_empty();
    }

    /// Compares with a page that should begin with the newest message held. Places are never given twice in
    /// one history, so where this one is equal, so is everything before it. Whether it was.
    fn settle(&mut self, page: &MessagePage) -> bool {
        self.is_in_doubt = false;
        let same = self.messages.get(&self.top).map(|held| &**held) == page.messages.first();
        if !same {
            *self = Self::empty();
        }
        same
    }

    /// Takes a page in. Answers whether the history held is still the server's.
    pub(super) fn merge(&mut self, of: PageOf, page: &MessagePage) -> bool {
        if self.is_in_doubt {
            return match of {
                PageOf::After(seq) if seq == self.top.previous() => self.settle(page) && self.merge(of, page),
                // Asked before the doubt came up.
                _ => true,
            };
        }
        self.merge_in(of, page);
        true
    }

    fn merge_in(&mut self, of: PageOf, page: &MessagePage) {
        let (Some(first), Some(last)) = (page.messages.first(), page.messages.last()) else {
            return;
        };
        let joins = first.seq <= self.top.next() && last.seq.next() >= self.first;
        match of {
            // Too far from what is held to close the hole: show this instead.
            PageOf::Newest if self.is_apart || !joins => return *self = Self::of(page),
            PageOf::Around(_) if !joins || self.messages.is_empty() => return *self = Self::of(page),
            // What is held has moved since this was asked for.
            PageOf::Before(_) if last.seq.next() != self.first => return,
            PageOf::After(_) if !joins || (self.is_apart && first.seq != self.top.next()) => return,
            _ => {}
        }
        if first.seq < self.first {
            self.first = first.seq;
            self.starts.insert(0, first.seq);
        }
        for message in &page.messages {
            self.put(message.clone());
        }
        if self.is_apart && page.messages.iter().any(|message| message.seq == self.top.next()) {
            self.starts.push(self.top.next());
        }
        self.rise();
        self.is_apart &= self.top < page.last_seq;
        // A page that was read before what is held had its last change may lack it.
        self.change = self.change.min(page.last_change);
    }

    /// Takes messages in that have changed after this change.
    pub(super) fn merge_changes(&mut self, after: ChangeSeq, page: &ChangePage) {
        if self.is_in_doubt {
            return;
        }
        for message in &page.messages {
            if self.messages.contains_key(&message.seq) {
                self.put(message.clone());
            }
        }
        if after <= self.change {
            self.change = self.change.max(page.complete_to);
        }
    }

    /// Lets go of whole stretches at this end, as long as enough stays.
    pub(super) fn trim(&mut self, edge: WindowEdge) {
        while self.messages.len() > HELD_MAX && self.starts.len() > 1 {
            match edge {
                WindowEdge::Start => {
                    self.starts.remove(0);
                    self.first = self.starts.first().copied().unwrap_or(self.first);
                    self.messages = self.messages.split_off(&self.first);
                }
                WindowEdge::End => {
                    let Some(start) = self.starts.pop() else { return };
                    self.messages.split_off(&start);
                    self.top = self.top.min(start.previous());
                    self.is_apart = true;
                }
            }
        }
    }
}
