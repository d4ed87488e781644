//! The messages of one open-loop sender that are under way.

use std::{collections::VecDeque, time::Instant};

#[derive(Debug, Clone, Copy)]
struct Entry {
    due: Instant,
    acked: bool,
    delivered: bool,
}

/// The state of each message sent. Messages are numbered from 0 in the order of sending.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    /// The number of the first entry. All earlier messages are acked and delivered.
    first: u64,
    entries: VecDeque<Entry>,
    /// The number of entries that wait for an ack or a delivery.
    open: u64,
}

impl InFlight {
    /// Adds a message that was due at this time. Returns its number.
    pub(crate) fn send(&mut self, due: Instant) -> u64 {
        let number = self.first + u64::try_from(self.entries.len()).unwrap_or_default();
        self.entries.push_back(Entry { due, acked: false, delivered: false });
        self.open += 1;
        number
    }

    /// The number of messages that wait for an ack or a delivery.
    pub(crate) const fn open(&self) -> u64 {
        self.open
    }

    /// Records an ack. Returns when the message was due, if this is its first ack.
    pub(crate) fn ack(&mut self, number: u64) -> Option<Instant> {
        self.note(number, |entry| !std::mem::replace(&mut entry.acked, true))
    }

    /// Records a delivery. Returns when the message was due, if this is its first delivery.
    pub(crate) fn deliver(&mut self, number: u64) -> Option<Instant> {
        self.note(number, |entry| !std::mem::replace(&mut entry.delivered, true))
    }

    /// Stops waiting for this message.
    pub(crate) fn forget(&mut self, number: u64) {
        self.note(number, |entry| {
            entry.acked = true;
            !std::mem::replace(&mut entry.delivered, true)
        });
    }

    /// Stops waiting for all messages, because the socket is lost. Returns when those without an
    /// ack or without a delivery were due.
    pub(crate) fn forget_all(&mut self) -> Vec<Instant> {
        self.first += u64::try_from(self.entries.len()).unwrap_or_default();
        self.open = 0;
        self.entries.drain(..).filter(|entry| !(entry.acked && entry.delivered)).map(|entry| entry.due).collect()
    }

    fn note(&mut self, number: u64, change: impl FnOnce(&mut Entry) -> bool) -> Option<Instant> {
        let at = usize::try_from(number.checked_sub(self.first)?).ok()?;
        let entry = self.entries.get_mut(at)?;
        let was_open = !(entry.acked && entry.delivered);
        let due = change(entry).then_some(entry.due);
        if was_open && entry.acked && entry.delivered {
            self.open -= 1;
        }
        while self.entries.front().is_some_and(|entry| entry.acked && entry.delivered) {
            self.entries.pop_front();
            self.first += 1;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_is_done_when_acked_and_delivered() {
        let now = Instant::now();
        let mut flight = InFlight::default();
        assert_eq!((flight.send(now), flight.send(now), flight.send(now)), (0, 1, 2));
        assert_eq!(flight.deliver(1), Some(now));
        assert_eq!(flight.ack(1), Some(now));
        assert_eq!(flight.ack(1), None, "a second ack must not count");
        assert_eq!(flight.open(), 2);
        assert_eq!(flight.ack(0), Some(now));
        assert_eq!(flight.deliver(0), Some(now));
        assert_eq!((flight.first, flight.open()), (2, 1));
        assert_eq!(flight.ack(0), None, "one that is through is not known any more");
        assert_eq!(flight.ack(99), None);
    }

    #[test]
    fn numbers_continue_after_a_lost_socket() {
        let now = Instant::now();
        let mut flight = InFlight::default();
        flight.send(now);
        flight.send(now);
        flight.forget(0);
        assert_eq!(flight.forget_all(), vec![now]);
        assert_eq!(flight.open(), 0);
        assert_eq!(flight.send(now), 2);
    }
}
