//! Closed loop: each pair sends its next message when the last one is acked and has reached the
//! doctor.

use crate::{
    error::BenchError,
    frame::Incoming,
    pair::{Broken, Marks, Pair, Side, connect_all},
    process::{CpuMeter, CpuShare, Process},
    server::PairKeys,
    stats::{Recorder, Summary, Window},
    wire::WireError,
};
use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// A pair that still waits this long after the end has lost a message.
const GRACE: Duration = Duration::from_secs(10);
/// Wait after a refusal, which asks the client to slow down.
const AFTER_REFUSAL: Duration = Duration::from_millis(10);

/// The parameters of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClosedLoop {
    /// Time under load before the measurement.
    pub(crate) warm_up: Duration,
    /// Time of the measurement.
    pub(crate) measured: Duration,
    /// Whether doctors send delivered receipts.
    pub(crate) marks: Marks,
}

/// The result of a run.
#[derive(Debug)]
pub(crate) struct ClosedResult {
    /// Messages acked and delivered per second.
    pub(crate) per_second: f64,
    /// Time from the send to its ack.
    pub(crate) ack: Summary,
    /// Time from the send to the message on the doctor's socket.
    pub(crate) delivery: Summary,
    /// Messages that the server refused.
    pub(crate) refused: u64,
    /// The number of pairs that lost a socket or a message, with the first error.
    pub(crate) failed: Option<(usize, String)>,
    /// Processor time during the measurement.
    pub(crate) cpu: CpuShare,
}

impl ClosedResult {
    /// Remarks on the result for readers of the table.
    pub(crate) fn notes(&self, name: &str) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some((count, reason)) = &self.failed {
            notes.push(format!("**{name}: {count} pairs failed, the first since {reason}**"));
        }
        if self.refused > 0 {
            notes.push(format!("{name}: the server refused {} messages", self.refused));
        }
        notes.extend(self.cpu.disturbed(name));
        notes
    }
}

struct Tally {
    window: Window,
    ack: Recorder,
    delivery: Recorder,
    done: AtomicU64,
    refused: AtomicU64,
}

/// Runs these pairs. A pair may run only once per server: its messages are numbered from 0, and the
/// server takes a number that comes again for a repeated send.
pub(crate) async fn run(servers: &[Process], keys: &[PairKeys], run: ClosedLoop) -> Result<ClosedResult, BenchError> {
    let pairs = connect_all(servers, keys, run.marks).await?;
    let tally = Arc::new(Tally {
        window: Window::starting_now(run.warm_up, run.measured),
        ack: Recorder::new()?,
        delivery: Recorder::new()?,
        done: AtomicU64::new(0),
        refused: AtomicU64::new(0),
    });
    let mut tasks = JoinSet::new();
    for pair in pairs {
        tasks.spawn(run_pair(pair, Arc::clone(&tally)));
    }
    tokio::time::sleep_until(tally.window.from.into()).await;
    let meter = CpuMeter::start_all(servers.iter().map(|server| server.pid).collect())?;
    tokio::time::sleep_until(tally.window.to.into()).await;
    let cpu = meter.share()?;
    let mut failed: Option<(usize, String)> = None;
    while let Some(ended) = tasks.join_next().await {
        if let Err(reason) = ended? {
            failed.get_or_insert((0, reason)).0 += 1;
        }
    }
    Ok(ClosedResult {
        per_second: tally.window.per_second(tally.done.load(Ordering::Relaxed)),
        ack: tally.ack.summary(),
        delivery: tally.delivery.summary(),
        refused: tally.refused.load(Ordering::Relaxed),
        failed,
        cpu,
    })
}

async fn run_pair(mut pair: Pair, tally: Arc<Tally>) -> Result<(), String> {
    let give_up = tally.window.to + GRACE;
    // There is one timer for the whole run, because one per message would cost more than the
    // message.
    match tokio::time::timeout_at(give_up.into(), talk(&mut pair, &tally)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("a message was not acked or not delivered".to_owned()),
    }
}

async fn talk(pair: &mut Pair, tally: &Tally) -> Result<(), WireError> {
    let mut counter = 0;
    let mut sent = Instant::now();
    while sent < tally.window.to {
        let exchange = exchange(pair, counter).await.map_err(|Broken { error, .. }| error)?;
        counter += 1;
        let now = Instant::now();
        if let Some(Exchange { acked, delivered }) = exchange {
            if tally.window.counts(now) {
                tally.ack.record(acked - sent);
                tally.delivery.record(delivered - sent);
                tally.done.fetch_add(1, Ordering::Relaxed);
            }
            sent = now;
        } else {
            tally.refused.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(AFTER_REFUSAL).await;
            sent = Instant::now();
        }
    }
    Ok(())
}

/// The times when a message was acked and delivered.
struct Exchange {
    acked: Instant,
    delivered: Instant,
}

/// Sends one message and waits until it is acked and delivered. Returns `None` when the server
/// refuses it.
async fn exchange(pair: &mut Pair, wanted: u64) -> Result<Option<Exchange>, Broken> {
    pair.queue_send(wanted);
    let (mut acked, mut delivered, mut refused) = (None, None, false);
    poll_fn(|cx| {
        let _ = pair.poll_flush(cx)?;
        loop {
            let polled = pair.poll_frames(cx, |side, frame| match (side, frame) {
                (Side::Patient, Incoming::Ack { counter }) if counter == Some(wanted) => acked = Some(Instant::now()),
                (Side::Doctor, Incoming::Message { counter, .. }) if counter == Some(wanted) => {
                    delivered = Some(Instant::now());
                }
                (Side::Patient, Incoming::Refused { counter, .. }) if counter.is_none_or(|c| c == wanted) => {
                    refused = true;
                }
                _ => {}
            })?;
            if refused {
                return Poll::Ready(Ok(None));
            }
            if let (Some(acked), Some(delivered)) = (acked, delivered) {
                return Poll::Ready(Ok(Some(Exchange { acked, delivered })));
            }
            if polled.is_pending() {
                return Poll::Pending;
            }
        }
    })
    .await
}
