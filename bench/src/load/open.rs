//! Open loop: messages at a fixed rate. Latency counts from when a message was due, not from when
//! it was sent. Otherwise a server that makes its clients wait would look quick (coordinated
//! omission).

use super::{
    driver::{Driver, OpenRun},
    pacer::{self, Wakers},
    timetable::Timetable,
};
use crate::{
    error::BenchError,
    pair::{Marks, connect_all},
    process::{CpuMeter, CpuShare, Process},
    server::PairKeys,
    stats::{Recorder, Summary, Window},
};
use std::{
    slice,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::task::JoinSet;

pub(crate) use super::driver::Backlog;

/// The parameters of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenLoop {
    /// Messages per second of all pairs together.
    pub(crate) per_second: u32,
    /// Time under load before the measurement.
    pub(crate) warm_up: Duration,
    /// Time of the measurement.
    pub(crate) measured: Duration,
    /// How long to wait at the end for messages under way.
    pub(crate) drain: Duration,
    /// What to do when the server accepts no bytes.
    pub(crate) backlog: Backlog,
    /// Whether doctors send delivered receipts.
    pub(crate) marks: Marks,
}

/// The result of a run.
#[derive(Debug)]
pub(crate) struct OpenResult {
    /// Messages delivered per second.
    pub(crate) achieved: f64,
    /// Time from due to acked.
    pub(crate) ack: Summary,
    /// Time from due to delivered.
    pub(crate) delivery: Summary,
    /// Messages sent, including the warm-up.
    pub(crate) sent: u64,
    /// Messages that the server refused.
    pub(crate) refused: u64,
    /// Messages skipped because the server accepted no bytes.
    pub(crate) shed: u64,
    /// Sockets that the server closed.
    pub(crate) closed: u64,
    /// Messages without an answer that names them.
    pub(crate) unanswered: u64,
    /// Processor time during the measurement.
    pub(crate) cpu: CpuShare,
    /// The time of the load.
    pub(crate) window: Window,
    /// For each pair the numbers of its acked messages, in the order of the keys.
    pub(crate) acked: Vec<Vec<u64>>,
}

/// Runs these pairs. A pair may run only once per server, as in [`super::closed::run`].
pub(crate) async fn run(server: &Process, keys: &[PairKeys], open: OpenLoop) -> Result<OpenResult, BenchError> {
    let bells = Arc::new(Wakers::new(keys.len()));
    let pairs = connect_all(slice::from_ref(server), keys, open.marks).await?;
    let window = Window::starting_now(open.warm_up, open.measured);
    let run = Arc::new(OpenRun {
        timetable: Timetable::new(window.start, open.per_second, open.warm_up + open.measured),
        window,
        give_up: window.to + open.drain,
        backlog: open.backlog,
        bells: Arc::clone(&bells),
        pairs: u64::try_from(keys.len()).unwrap_or_default(),
        ack: Recorder::new()?,
        delivery: Recorder::new()?,
        delivered: AtomicU64::new(0),
        sent: AtomicU64::new(0),
        refused: AtomicU64::new(0),
        shed: AtomicU64::new(0),
        closed: AtomicU64::new(0),
        unanswered: AtomicU64::new(0),
    });
    let mut tasks = JoinSet::new();
    for (index, pair) in pairs.into_iter().enumerate() {
        let driver = Driver::new(Arc::clone(&run), pair, index);
        tasks.spawn(async move { (index, driver.drive().await) });
    }
    let mut pacer = JoinSet::new();
    pacer.spawn(pacer::run(run.timetable, bells));
    tokio::time::sleep_until(window.from.into()).await;
    let meter = CpuMeter::start(server.pid)?;
    tokio::time::sleep_until(window.to.into()).await;
    let cpu = meter.share()?;
    let mut acked = vec![Vec::new(); keys.len()];
    while let Some(ended) = tasks.join_next().await {
        let (index, numbers) = ended?;
        if let Some(place) = acked.get_mut(index) {
            *place = numbers;
        }
    }
    let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
    Ok(OpenResult {
        achieved: window.per_second(load(&run.delivered)),
        ack: run.ack.summary(),
        delivery: run.delivery.summary(),
        sent: load(&run.sent),
        refused: load(&run.refused),
        shed: load(&run.shed),
        closed: load(&run.closed),
        unanswered: load(&run.unanswered),
        cpu,
        window,
        acked,
    })
}
