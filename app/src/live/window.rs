//! The stretch of a chat's history that a tab holds.

use super::event::PageOf;
use crate::protocol::{Message, MessagePage, Seq};
use std::{collections::BTreeMap, sync::Arc};

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

    pub(super) fn of(page: &MessagePage) -> Self {
        let first = page.messages.first().map_or(Seq(1), |message| message.seq);
        let mut window = Self { first, top: first.previous(), starts: vec![first], ..Self::default() };
        for message in &page.messages {
            window.insert(message.clone());
        }
        window
    }

    /// Takes a message in. Not while in doubt: it could be the server's next after another history than the
    /// one held.
    pub(super) fn insert(&mut self, message: Message) {
        if message.seq < self.first || self.is_in_doubt {
            return;
        }
        self.messages.entry(message.seq).or_insert_with(|| Arc::new(message));
        while self.messages.contains_key(&self.top.next()) {
            self.top = self.top.next();
        }
    }

    /// Lets go of what lies beyond a hole, and asks for the end of the rest to be compared.
    pub(super) fn doubt(&mut self) {
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
            *self = Self { first: Seq(1), starts: vec![Seq(1)], ..Self::default() };
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
        let Some(first) = page.messages.first().map(|message| message.seq) else {
            return;
        };
        match of {
            // Too far above what is held to close the hole: show the newest instead.
            PageOf::Newest if first > self.top.next() => *self = Self::of(page),
            PageOf::Before(seq) => {
                let joins = page.messages.last().is_some_and(|last| last.seq.next() == self.first);
                if joins && seq == self.first {
                    for message in &page.messages {
                        self.messages.insert(message.seq, Arc::new(message.clone()));
                    }
                    self.first = first;
                    self.starts.insert(0, first);
                }
            }
            PageOf::Newest | PageOf::After(_) => {
                for message in &page.messages {
                    self.insert(message.clone());
                }
            }
        }
    }
}
