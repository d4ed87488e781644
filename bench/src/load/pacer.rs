//! Wakes the pairs of an open loop when they are due.
//!
//! Tokio's timers have a resolution of one millisecond, which is as long as the latencies to be
//! measured. So one thread sleeps with the system's own precision and wakes one task, which wakes
//! the pairs that are due.

use super::timetable::Timetable;
use futures::task::AtomicWaker;
use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Poll, Waker},
    thread,
    time::{Duration, Instant},
};

/// The shortest sleep of the thread. Waking up for each message of a high rate would use more of
/// the machine than it improves the timing.
const TICK_MIN: Duration = Duration::from_micros(250);

/// The wakers of the pairs, by index.
#[derive(Debug)]
pub(crate) struct Wakers(Vec<AtomicWaker>);

impl Wakers {
    /// Wakers for this many pairs.
    pub(crate) fn new(pairs: usize) -> Self {
        Self((0..pairs).map(|_| AtomicWaker::new()).collect())
    }

    /// Wakes the task of this pair when it is next due.
    pub(crate) fn register(&self, pair: usize, waker: &Waker) {
        if let Some(bell) = self.0.get(pair) {
            bell.register(waker);
        }
    }

    fn ring(&self, message: u64) {
        let pairs = u64::try_from(self.0.len()).unwrap_or_default().max(1);
        if let Some(bell) = usize::try_from(message % pairs).ok().and_then(|pair| self.0.get(pair)) {
            bell.wake();
        }
    }
}

/// Stops the thread when the task is dropped.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Wakes each pair when it is due, until the timetable ends.
pub(crate) async fn run(timetable: Timetable, bells: Arc<Wakers>) {
    let tick = Arc::new(AtomicWaker::new());
    let stopped = Arc::new(AtomicBool::new(false));
    let _stop = StopOnDrop(Arc::clone(&stopped));
    thread::spawn({
        let tick = Arc::clone(&tick);
        move || keep_time(&timetable, &tick, &stopped)
    });
    let mut next = 0;
    poll_fn(|cx| {
        tick.register(cx.waker());
        let now = Instant::now();
        while let Some(due) = timetable.due(next) {
            if due > now {
                return Poll::Pending;
            }
            bells.ring(next);
            next += 1;
        }
        Poll::Ready(())
    })
    .await;
}

fn keep_time(timetable: &Timetable, tick: &AtomicWaker, stopped: &AtomicBool) {
    let mut next = 0;
    while let Some(due) = timetable.due(next) {
        if stopped.load(Ordering::Relaxed) {
            return;
        }
        thread::sleep(due.saturating_duration_since(Instant::now()).max(TICK_MIN));
        let now = Instant::now();
        while timetable.due(next).is_some_and(|due| due <= now) {
            next += 1;
        }
        tick.wake();
    }
}
