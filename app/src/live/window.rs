//! The part of a chat's history that a tab holds.

use super::types::{PageOf, WindowEdge};
use crate::protocol::{ChangePage, ChangeSeq, Message, MessagePage, Seq};
use std::{collections::BTreeMap, sync::Arc};

/// The number of messages that a page should show at most. More are dropped at the end that the
/// user does not look at.
const HELD_MAX: usize = 400;
/// The number of new messages that form one stretch.
const STRETCH_MAX: i64 = 50;

/// A part of a history without a hole, and messages beyond a hole after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The lowest position held.
    pub first: Seq,
    /// The highest position up to which nothing is missing; below `first` if no message is held.
    pub top: Seq,
    /// The first position of each fetched stretch, ascending; the first one is `first`.
    pub starts: Vec<Seq>,
    /// The messages, by position. Those above `top` wait until the hole is filled and aren't shown.
    pub messages: BTreeMap<Seq, Arc<Message>>,
    /// All messages held are in the state after this change, or a later one.
    pub change: ChangeSeq,
    /// Whether the user looks at an earlier part. New messages are then not added until the user
    /// reaches its end.
    pub is_apart: bool,
    /// Whether the server may have another history now, so that the newest message must be
    /// compared.
    pub is_in_doubt: bool,
}

impl Window {
    /// The messages to show: from `first` to `top`, in order.
    pub fn shown(&self) -> impl Iterator<Item = &Arc<Message>> {
        // A range whose start lies above its end would panic.
        let range = (self.first <= self.top).then(|| self.messages.range(self.first..=self.top));
        range.into_iter().flatten().map(|(_, message)| message)
    }

    /// Whether the window begins with the chat's first message.
    #[must_use]
    pub fn is_from_start(&self) -> bool {
        self.first <= Seq(1)
    }

    /// Whether the window holds more messages than a page should show.
    #[must_use]
    pub fn is_large(&self) -> bool {
        self.messages.len() > HELD_MAX
    }

    /// A window without messages, to be filled with the newest ones.
    fn empty() -> Self {
        Self { first: Seq(1), starts: vec![Seq(1)], ..Self::default() }
    }

    pub(super) fn from_page(page: &MessagePage) -> Self {
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

    /// Adds a message that the server published. Does nothing while in doubt, because the message
    /// may follow on another history than the one held.
    pub(super) fn insert(&mut self, message: Message) {
        let (seq, change) = (message.seq, message.change);
        if self.is_in_doubt {
            return;
        }
        if seq >= self.first && !(self.is_apart && seq > self.top) {
            self.put(message);
            self.rise();
        }
        // A change of a message that is not held does not affect the others.
        if change.0 == self.change.0 + 1 {
            self.change = change;
        }
    }

    /// Adds a message. Of two states of a message, the later one stays.
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

    /// Drops the messages beyond a hole and marks the rest as in doubt, so that its newest message
    /// is compared. If messages have changed, or the newest are not held, the comparison would not
    /// be enough: then it drops everything.
    pub(super) fn doubt(&mut self, last_change: ChangeSeq) {
        if self.is_apart || last_change.0 > 0 || self.change.0 > 0 {
            *self = Self::empty();
            return;
        }
        let top = self.top;
        self.messages.retain(|seq, _| *seq <= top);
        self.is_in_doubt = !self.messages.is_empty();
    }

    /// Compares the newest message held with the first of `page`. The server uses each position
    /// only once in a history, so if they are equal, all earlier messages are equal too. Returns
    /// whether they are; otherwise drops everything.
    fn set_ends(&mut self, page: &MessagePage) -> bool {
        self.is_in_doubt = false;
        let same = self.messages.get(&self.top).map(|held| &**held) == page.messages.first();
        if !same {
            *self = Self::empty();
        }
        same
    }

    /// Merges a page. Returns whether the history held is still the server's.
    pub(super) fn merge(&mut self, of: PageOf, page: &MessagePage) -> bool {
        if self.is_in_doubt {
            return match of {
                PageOf::After(seq) if seq == self.top.previous() => self.set_ends(page) && self.merge(of, page),
                // The page was requested before the doubt.
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
            // The page does not join what is held: show the page instead.
            PageOf::Newest if self.is_apart || !joins => return *self = Self::from_page(page),
            PageOf::Around(_) if !joins || self.messages.is_empty() => return *self = Self::from_page(page),
            // The window has changed since the request.
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
        // If the server read the page before the last change held, the page may lack that change.
        self.change = self.change.min(page.last_change);
    }

    /// Merges messages that have changed after the change `after`.
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

    /// Drops whole stretches at this end while the window is too large.
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
