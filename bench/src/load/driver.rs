//! One pair of an open loop: sends when the timetable says so, whatever has become of earlier messages.

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

/// Wait before a lost socket is opened again, and between attempts: what a browser waits at first.
const RECONNECT_AFTER: Duration = Duration::from_millis(200);

/// What a sender does with a message that is due while the server takes no bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backlog {
    /// Sends it as soon as it can: its latency counts from when it was due.
    Keep,
    /// Leaves it out and counts it.
    Shed,
}

/// What all pairs share.
#[derive(Debug)]
pub(crate) struct OpenRun {
    /// When what is due.
    pub(crate) timetable: Timetable,
    /// The part that counts.
    pub(crate) window: Window,
    /// When pairs stop waiting for what is under way.
    pub(crate) give_up: Instant,
    /// What to do when the server takes nothing.
    pub(crate) backlog: Backlog,
    /// Wakes pairs.
    pub(crate) bells: Arc<Wakers>,
    /// How many pairs there are.
    pub(crate) pairs: u64,
    /// From due to acked.
    pub(crate) ack: Recorder,
    /// From due to the doctor's socket.
    pub(crate) delivery: Recorder,
    /// Delivered within the window.
    pub(crate) delivered: AtomicU64,
    /// Sent, ever.
    pub(crate) sent: AtomicU64,
    /// Refused by the server.
    pub(crate) refused: AtomicU64,
    /// Left out by the generator.
    pub(crate) shed: AtomicU64,
    /// Sockets the server closed.
    pub(crate) closed: AtomicU64,
    /// Due in the window, but neither acked nor refused, or not delivered.
    pub(crate) unanswered: AtomicU64,
}

/// A pair at work.
pub(crate) struct Driver {
    /// The run it is part of.
    pub(crate) run: Arc<OpenRun>,
    /// Its sockets.
    pub(crate) pair: Pair,
    /// Its place among the pairs.
    pub(crate) index: usize,
    next: u64,
    flight: InFlight,
    acked: Vec<u64>,
    anonymous_refusals: u64,
}

impl Driver {
    /// The pair with this place.
    pub(crate) fn new(run: Arc<OpenRun>, pair: Pair, index: usize) -> Self {
        let next = u64::try_from(index).unwrap_or_default();
        Self { run, pair, index, next, flight: InFlight::default(), acked: Vec::new(), anonymous_refusals: 0 }
    }

    /// Drives the pair to the timetable's end and until nothing is under way; the numbers of all acked messages.
    pub(crate) async fn drive(mut self) -> Vec<u64> {
        let mut give_up = pin!(sleep_until(self.run.give_up.into()));
        while let Err(Broken { side, .. }) = poll_fn(|cx| self.poll(cx, give_up.as_mut())).await {
            self.run.closed.fetch_add(1, Ordering::Relaxed);
            // What was under way on it may be stored or not; here nobody will know.
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
        // Before looking at the clock: a ring in between must not be lost.
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

    /// Messages that got nowhere count with the time they have waited, or the worst would not be seen.
    fn count_unanswered(&self, due: &[Instant]) {
        for due in due.iter().filter(|due| self.run.window.counts(**due)) {
            self.run.unanswered.fetch_add(1, Ordering::Relaxed);
            self.run.delivery.record(due.elapsed());
        }
    }
}
