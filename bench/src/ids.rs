//! Numbers that look random and are reproducible: client ids, masks, positions in a history.

use uuid::{Builder, Uuid};

/// The number of characters before the counter in a client id's text form.
const COUNTER_AT: usize = 24;
/// Bits of a client id that hold the counter.
const COUNTER_BITS: u32 = 48;

/// A small generator (SplitMix64). Its numbers must be cheap and reproducible, not unpredictable.
#[derive(Debug, Clone)]
pub(crate) struct Seeded(u64);

impl Seeded {
    /// A generator. An equal seed gives equal numbers.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub(crate) const fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// The next number from 0 up to and excluding `end`.
    pub(crate) const fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.next_u64() % end }
    }

    /// The next WebSocket mask.
    pub(crate) const fn mask(&mut self) -> [u8; 4] {
        let [a, b, c, d, ..] = self.next_u64().to_ne_bytes();
        [a, b, c, d]
    }
}

/// The client ids of one sender. They start with random bits, so that they are spread over the
/// database's index like a browser's ids. They end with a counter, so that an ack is matched with
/// its send without a table of ids.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientIds {
    sender: u64,
}

impl ClientIds {
    /// The ids of the sender with this number.
    pub(crate) const fn new(sender: u64) -> Self {
        Self { sender }
    }

    /// The id of this sender's message `counter`.
    pub(crate) fn id(self, counter: u64) -> Uuid {
        let mut random = Seeded::new(self.sender.rotate_left(COUNTER_BITS) ^ counter);
        let random = u128::from(random.next_u64()) << 64 | u128::from(random.next_u64());
        let counter = u128::from(counter) & ((1 << COUNTER_BITS) - 1);
        let bytes = (random >> COUNTER_BITS << COUNTER_BITS) | counter;
        Builder::from_random_bytes(bytes.to_be_bytes()).into_uuid()
    }

    /// The counter in an id that [`Self::id`] made.
    pub(crate) fn counter(id: &str) -> Option<u64> {
        u64::from_str_radix(id.get(COUNTER_AT..)?, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn client_id_is_a_random_uuid_with_its_counter() {
        for counter in [0, 1, 0xFFFF, 1 << 40] {
            let id = ClientIds::new(7).id(counter);
            assert_eq!(id.get_version_num(), 4);
            assert_eq!(ClientIds::counter(&id.to_string()), Some(counter));
        }
        assert_eq!(ClientIds::counter("short"), None);
    }

    #[test]
    fn client_ids_are_unique_and_reproducible() {
        let ids: HashSet<Uuid> = (0..10).flat_map(|s| (0..1_000).map(move |c| ClientIds::new(s).id(c))).collect();
        assert_eq!(ids.len(), 10_000);
        assert_eq!(ClientIds::new(3).id(5), ClientIds::new(3).id(5));
    }
}
