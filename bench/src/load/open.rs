//! Open loop: messages at a fixed rate. Latency counts from when a message was due, not from when it went out,
//! so that a server that makes its clients wait does not look quick (coordinated omission).

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

/// What to run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenLoop {
    /// Messages per second, all pairs together.
    pub(crate) per_second: u32,
    /// Load that does not count yet.
    pub(crate) warm_up: Duration,
    /// Load that counts.
    pub(crate) measured: Duration,
    /// How long to wait at the end for what is under way.
    pub(crate) drain: Duration,
    /// What to do when the server takes nothing.
    pub(crate) backlog: Backlog,
    /// What doctors tell.
    pub(crate) marks: Marks,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct OpenResult {
    /// Delivered per second.
    pub(crate) achieved: f64,
    /// From due to acked.
    pub(crate) ack: Summary,
    /// From due to delivered.
    pub(crate) delivery: Summary,
    /// Messages sent, warm-up included.
    pub(crate) sent: u64,
    /// Refused by the server.
    pub(crate) refused: u64,
    /// Left out since the server took no bytes.
    pub(crate) shed: u64,
    /// Sockets closed by the server.
    pub(crate) closed: u64,
    /// Got no answer that names them.
    pub(crate) unanswered: u64,
    /// Processor time while it counted.
    pub(crate) cpu: CpuShare,
    /// When the load was.
    pub(crate) window: Window,
    /// For each pair the numbers of its acked messages, in the order of the keys.
    pub(crate) acked: Vec<Vec<u64>>,
}

/// Runs these pairs. Once per pair and server, as in [`super::closed::run`].
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
