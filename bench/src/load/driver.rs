//! One pair of an open loop: it sends when the timetable says so, regardless of earlier messages.

use super::{flight::InFlight, pacer::Wakers, timetable::Timetable};
use crate::{
    frame::Incoming,
    pair::{Broken, Pair, Side},
    stats::{Recorder, Window},
};
use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::time::{Sleep, sleep, sleep_until};

/// Wait before a lost socket is opened again and between attempts. A browser waits as long at
/// first.
const RECONNECT_AFTER: Duration = Duration::from_millis(200);

/// What a sender does with a message that is due while the server accepts no bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backlog {
    /// Sends the message as soon as possible. Its latency counts from when it was due.
    Keep,
    /// Skips the message and counts it.
    Shed,
}

/// What all pairs of a run share.
#[derive(Debug)]
pub(crate) struct OpenRun {
    /// When each message is due.
    pub(crate) timetable: Timetable,
    /// The part of the run that is measured.
    pub(crate) window: Window,
    /// When pairs stop waiting for messages under way.
    pub(crate) give_up: Instant,
    /// What to do when the server accepts no bytes.
    pub(crate) backlog: Backlog,
    /// Wakes the pairs' tasks.
    pub(crate) bells: Arc<Wakers>,
    /// The number of pairs.
    pub(crate) pairs: u64,
    /// Times from due to acked.
    pub(crate) ack: Recorder,
    /// Times from due to the message on the doctor's socket.
    pub(crate) delivery: Recorder,
    /// Messages delivered within the window.
    pub(crate) delivered: AtomicU64,
    /// All messages sent.
    pub(crate) sent: AtomicU64,
    /// Messages that the server refused.
    pub(crate) refused: AtomicU64,
    /// Messages that the generator skipped.
    pub(crate) shed: AtomicU64,
    /// Sockets that the server closed.
    pub(crate) closed: AtomicU64,
    /// Messages due in the window that were not delivered, or neither acked nor refused.
    pub(crate) unanswered: AtomicU64,
}

/// A pair in a run.
pub(crate) struct Driver {
    /// The run.
    pub(crate) run: Arc<OpenRun>,
    /// The pair's sockets.
    pub(crate) pair: Pair,
    /// The pair's index.
    pub(crate) index: usize,
    next: u64,
    flight: InFlight,
    acked: Vec<u64>,
    anonymous_refusals: u64,
}

impl Driver {
    /// A driver for the pair with this index.
    pub(crate) fn new(run: Arc<OpenRun>, pair: Pair, index: usize) -> Self {
        let next = u64::try_from(index).unwrap_or_default();
        Self { run, pair, index, next, flight: InFlight::default(), acked: Vec::new(), anonymous_refusals: 0 }
    }

    /// Runs the pair until the timetable ends and nothing is under way. Returns the numbers of all
    /// acked messages.
    pub(crate) async fn drive(mut self) -> Vec<u64> {
        let mut give_up = pin!(sleep_until(self.run.give_up.into()));
        while let Err(Broken { side, .. }) = poll_fn(|cx| self.poll(cx, give_up.as_mut())).await {
            self.run.closed.fetch_add(1, Ordering::Relaxed);
            // Messages under way on the lost socket may be stored or not. The generator does not
            // find out.
            let lost = self.flight.forget_all();
            self.count_unanswered(&lost);
            self.anonymous_refusals = 0;
            while Instant::now() < self.run.give_up {
                sleep(RECONNECT_AFTER).await;
                if self.pair.reconnect(side).await.is_ok() {
                    break;
                }
            }
        }
        let lost = self.flight.forget_all();
        self.count_unanswered(&lost);
        self.acked
    }

    fn poll(&mut self, cx: &mut Context<'_>, give_up: std::pin::Pin<&mut Sleep>) -> Poll<Result<(), Broken>> {
        // The waker is registered before the clock is read, so that a wake-up in between is not
        // lost.
        self.run.bells.register(self.index, cx.waker());
        loop {
            self.send_due(cx)?;
            let polled = self.receive(cx)?;
            if polled.is_pending() {
                break;
            }
        }
        let all_sent = self.run.timetable.due(self.next).is_none() && !self.pair.is_blocked();
        if all_sent && self.flight.open() <= self.anonymous_refusals {
            return Poll::Ready(Ok(()));
        }
        give_up.poll(cx).map(Ok)
    }

    fn send_due(&mut self, cx: &mut Context<'_>) -> Result<(), Broken> {
        let now = Instant::now();
        while let Some(due) = self.run.timetable.due(self.next).filter(|due| *due <= now) {
            self.next += self.run.pairs;
            if self.run.backlog == Backlog::Shed && self.pair.is_blocked() {
                self.run.shed.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            let number = self.flight.send(due);
            self.pair.queue_send(number);
            self.run.sent.fetch_add(1, Ordering::Relaxed);
            if let Poll::Ready(Err(broken)) = self.pair.poll_flush(cx) {
                return Err(broken);
            }
        }
        match self.pair.poll_flush(cx) {
            Poll::Ready(Err(broken)) => Err(broken),
            _ => Ok(()),
        }
    }

    fn receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        let Self { run, pair, flight, acked, anonymous_refusals, .. } = self;
        pair.poll_frames(cx, |side, frame| match (side, frame) {
            (Side::Patient, Incoming::Ack { counter: Some(number) }) => {
                acked.push(number);
                if let Some(due) = flight.ack(number).filter(|due| run.window.counts(*due)) {
                    run.ack.record(due.elapsed());
                }
            }
            (Side::Doctor, Incoming::Message { counter: Some(number), .. }) => {
                let now = Instant::now();
                if let Some(due) = flight.deliver(number) {
                    if run.window.counts(now) {
                        run.delivered.fetch_add(1, Ordering::Relaxed);
                    }
                    if run.window.counts(due) {
                        run.delivery.record(now - due);
                    }
                }
            }
            (Side::Patient, Incoming::Refused { counter, .. }) => {
                run.refused.fetch_add(1, Ordering::Relaxed);
                match counter {
                    Some(number) => flight.forget(number),
                    None => *anonymous_refusals += 1,
                }
            }
            _ => {}
        })
    }

    /// Counts unanswered messages with the time that they have waited. Otherwise the worst times
    /// would be missing.
    fn count_unanswered(&self, due: &[Instant]) {
        for due in due.iter().filter(|due| self.run.window.counts(**due)) {
            self.run.unanswered.fetch_add(1, Ordering::Relaxed);
            self.run.delivery.record(due.elapsed());
        }
    }
}
