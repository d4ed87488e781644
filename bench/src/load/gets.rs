//! Closed loop of GET requests over keep-alive connections.

use crate::{
    error::BenchError,
    http::{Http, HttpError},
    ids::Seeded,
    process::{CpuMeter, CpuShare, Process},
    stats::{Recorder, Summary, Window},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Number of concurrent connections in runs that measure the highest rate.
pub(crate) const CONNECTIONS: u64 = 16;

/// The result of a run.
#[derive(Debug)]
pub(crate) struct GetResult {
    /// Complete answers per second.
    pub(crate) per_second: f64,
    /// Time from the request to the last byte of the answer.
    pub(crate) latency: Summary,
    /// Mean size of an answer's body as sent, in bytes.
    pub(crate) mean_bytes: u64,
    /// Processor time during the measurement.
    pub(crate) cpu: CpuShare,
}

struct Tally {
    window: Window,
    latency: Recorder,
    done: AtomicU64,
    bytes: AtomicU64,
}

/// Sends the requests that `request` creates over this many connections, as fast as answers arrive.
/// Any status but 200 ends the run.
pub(crate) async fn run(
    server: &Process,
    connections: u64,
    warm_up: Duration,
    measured: Duration,
    request: impl Fn(&mut Seeded) -> String + Clone + Send + 'static,
) -> Result<GetResult, BenchError> {
    let tally = Arc::new(Tally {
        window: Window::starting_now(warm_up, measured),
        latency: Recorder::new()?,
        done: AtomicU64::new(0),
        bytes: AtomicU64::new(0),
    });
    let mut tasks = JoinSet::new();
    for seed in 0..connections {
        let http = Http::connect(server.addr).await?;
        tasks.spawn(ask(http, Seeded::new(seed), request.clone(), Arc::clone(&tally)));
    }
    tokio::time::sleep_until(tally.window.from.into()).await;
    let meter = CpuMeter::start(server.pid)?;
    tokio::time::sleep_until(tally.window.to.into()).await;
    let cpu = meter.share()?;
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    let done = tally.done.load(Ordering::Relaxed);
    Ok(GetResult {
        per_second: tally.window.per_second(done),
        latency: tally.latency.summary(),
        mean_bytes: tally.bytes.load(Ordering::Relaxed) / done.max(1),
        cpu,
    })
}

async fn ask(
    mut http: Http,
    mut random: Seeded,
    request: impl Fn(&mut Seeded) -> String,
    tally: Arc<Tally>,
) -> Result<(), HttpError> {
    let mut sent = Instant::now();
    while sent < tally.window.to {
        let length = http.ask(&request(&mut random)).await?.len();
        let now = Instant::now();
        if tally.window.counts(now) {
            tally.latency.record(now - sent);
            tally.done.fetch_add(1, Ordering::Relaxed);
            tally.bytes.fetch_add(u64::try_from(length).unwrap_or_default(), Ordering::Relaxed);
        }
        sent = now;
    }
    Ok(())
}
