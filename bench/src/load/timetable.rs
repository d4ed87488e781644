//! When each message of an open loop is due: at a fixed rate, regardless of the server.

use std::time::{Duration, Instant};

/// Messages due one after the other at a fixed rate. Message `n` belongs to pair `n % pairs`, so
/// that no two pairs are due at the same moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timetable {
    start: Instant,
    per_second: u32,
    total: u64,
}

impl Timetable {
    /// A timetable that starts at `start` and takes `length`.
    pub(crate) fn new(start: Instant, per_second: u32, length: Duration) -> Self {
        let total = u128::from(per_second) * length.as_nanos() / 1_000_000_000;
        Self { start, per_second, total: u64::try_from(total).unwrap_or(u64::MAX) }
    }

    /// When message `n` is due, or `None` after the last message.
    pub(crate) fn due(&self, n: u64) -> Option<Instant> {
        let after_ns = u128::from(n) * 1_000_000_000 / u128::from(self.per_second.max(1));
        let after = Duration::from_nanos(u64::try_from(after_ns).ok()?);
        (n < self.total).then(|| self.start + after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timetable(per_second: u32, seconds: u64) -> Timetable {
        Timetable::new(Instant::now(), per_second, Duration::from_secs(seconds))
    }

    #[test]
    fn messages_are_due_at_equal_intervals() {
        let timetable = timetable(2_000, 10);
        assert_eq!(timetable.total, 20_000);
        for n in [0, 1, 2, 1_999, 19_999] {
            assert_eq!(
                timetable.due(n),
                Some(timetable.start + Duration::from_micros(500) * u32::try_from(n).unwrap_or(0))
            );
        }
        assert_eq!(timetable.due(20_000), None);
    }

    #[test]
    fn a_rate_that_does_not_divide_a_second_does_not_drift() {
        let timetable = timetable(30_000, 3_600);
        let last = timetable.due(timetable.total - 1).map(|due| due - timetable.start);
        assert_eq!(timetable.total, 108_000_000);
        assert_eq!(last, Some(Duration::from_nanos(3_599_999_966_666)));
    }

    #[test]
    fn each_pair_is_due_evenly_and_apart_from_the_others() {
        let timetable = timetable(500, 10);
        let due = |pair: u64, k: u64| timetable.due(k * 100 + pair);
        for pair in 0..100 {
            let gap = due(pair, 7).zip(due(pair, 6)).map(|(later, earlier)| later - earlier);
            assert_eq!(gap, Some(Duration::from_millis(200)));
        }
        assert_ne!(due(0, 1), due(1, 1));
    }
}
