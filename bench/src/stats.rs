//! Latencies and rates: recording, summarizing and formatting them.

use hdrhistogram::{CreationError, Histogram};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The longest time that a histogram holds, in ns. Longer times count as this one.
const LONGEST_NS: u64 = 300_000_000_000;
/// The number of significant digits that a histogram keeps of each time.
const DIGITS: u8 = 3;

/// The part of a run that is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    /// The start of the load.
    pub(crate) start: Instant,
    /// The end of the warm-up.
    pub(crate) from: Instant,
    /// The end of the load.
    pub(crate) to: Instant,
}

impl Window {
    /// The window of a run that starts now.
    pub(crate) fn starting_now(warm_up: Duration, measured: Duration) -> Self {
        let start = Instant::now();
        Self { start, from: start + warm_up, to: start + warm_up + measured }
    }

    /// Whether something at this time is within the measured part.
    pub(crate) fn counts(&self, at: Instant) -> bool {
        self.from <= at && at < self.to
    }

    /// The length of the measured part.
    pub(crate) fn length(&self) -> Duration {
        self.to - self.from
    }

    /// The rate per second of `count` events within the measured part.
    pub(crate) fn per_second(&self, count: u64) -> f64 {
        per_second(count, self.length())
    }
}

/// Collects times from many tasks. A single lock is enough, because the generator has one worker.
#[derive(Debug)]
pub(crate) struct Recorder(Mutex<Histogram<u64>>);

impl Recorder {
    /// A recorder without times.
    pub(crate) fn new() -> Result<Self, CreationError> {
        Ok(Self(Mutex::new(Histogram::new_with_bounds(1, LONGEST_NS, DIGITS)?)))
    }

    /// Adds a time.
    pub(crate) fn record(&self, time: Duration) {
        self.histogram().saturating_record(u64::try_from(time.as_nanos()).unwrap_or(LONGEST_NS));
    }

    /// A summary of the times recorded so far.
    pub(crate) fn summary(&self) -> Summary {
        let histogram = self.histogram();
        let at = |quantile| Duration::from_nanos(histogram.value_at_quantile(quantile));
        Summary {
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: Duration::from_nanos(histogram.max()),
        }
    }

    fn histogram(&self) -> MutexGuard<'_, Histogram<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The usual percentiles of recorded times.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Summary {
    /// Half of the times are shorter.
    pub(crate) p50: Duration,
    /// 90 % of the times are shorter.
    pub(crate) p90: Duration,
    /// 99 % of the times are shorter.
    pub(crate) p99: Duration,
    /// 99.9 % of the times are shorter.
    pub(crate) p999: Duration,
    /// The longest time.
    pub(crate) max: Duration,
}

/// The rate per second of `count` events within `time`.
pub(crate) fn per_second(count: u64, time: Duration) -> f64 {
    as_f64(count) / time.as_secs_f64().max(f64::EPSILON)
}

/// A count as a floating-point number. Counts stay far below 2^32; a larger one is cut to 2^32 - 1.
pub(crate) fn as_f64(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Formats `20317` as `20,317`; fractions are rounded.
pub(crate) fn whole(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with separators between thousands.
pub(crate) fn count(number: u64) -> String {
    whole(as_f64(number))
}

/// A time in milliseconds, with as many digits as are significant.
pub(crate) fn ms(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1_000.0;
    match ms {
        ms if ms < 1.0 => format!("{ms:.3} ms"),
        ms if ms < 10.0 => format!("{ms:.2} ms"),
        ms if ms < 100.0 => format!("{ms:.1} ms"),
        ms => format!("{} ms", whole(ms)),
    }
}

/// The share of a part in a whole, like `43 %`.
pub(crate) fn percent(part: f64, whole: f64) -> String {
    if whole > 0.0 { format!("{:.0} %", part / whole * 100.0) } else { "–".to_owned() }
}

/// A time as a multiple of another, like `2.1 ×`.
pub(crate) fn times(time: Duration, unit: Duration) -> String {
    format!("{:.1} ×", ratio(time, unit))
}

/// A time divided by another.
pub(crate) fn ratio(time: Duration, unit: Duration) -> f64 {
    time.as_secs_f64() / unit.as_secs_f64().max(f64::EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_match_the_recorded_times() -> Result<(), CreationError> {
        let recorder = Recorder::new()?;
        for ms in 1..=1_000 {
            recorder.record(Duration::from_millis(ms));
        }
        let summary = recorder.summary();
        for (got, wanted_ms) in [(summary.p50, 500), (summary.p99, 990), (summary.max, 1_000)] {
            let wanted = Duration::from_millis(wanted_ms);
            assert!(got.abs_diff(wanted) < wanted / 500, "{got:?} is not {wanted:?}");
        }
        Ok(())
    }

    #[test]
    fn window_excludes_the_warm_up() {
        let window = Window::starting_now(Duration::from_secs(2), Duration::from_secs(10));
        assert!(!window.counts(window.start + Duration::from_millis(1_999)));
        assert!(window.counts(window.start + Duration::from_secs(2)));
        assert!(!window.counts(window.start + Duration::from_secs(12)));
        assert!((window.per_second(500) - 50.0).abs() < 1e-9);
    }

    #[test]
    fn numbers_are_formatted_for_readers() {
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(whole(1_234_567.4), "1,234,567");
        assert_eq!(ms(Duration::from_micros(113)), "0.113 ms");
        assert_eq!(ms(Duration::from_micros(1_500)), "1.50 ms");
        assert_eq!(ms(Duration::from_millis(1_500)), "1,500 ms");
        assert_eq!(times(Duration::from_micros(300), Duration::from_micros(100)), "3.0 ×");
        assert_eq!(percent(1.0, 4.0), "25 %");
    }
}
