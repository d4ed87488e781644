//! All sockets are lost at the same moment, and reconnect as fast as they can.

use super::{Bench, size};
use crate::{
    error::BenchError,
    load::idle::{connect, tokens},
    machine,
    process::CpuMeter,
    report::{Section, Table},
    server::ClinicSize,
    socket::Socket,
    stats::{Recorder, count, ms},
    wire::WireError,
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::sleep};

/// Wait after the first connecting, so that the storm starts from rest.
const PAUSE: Duration = Duration::from_secs(2);
/// Wait of a socket that was rejected.
const RETRY_AFTER: Duration = Duration::from_millis(50);
/// A socket that is not connected again within this time has failed.
const BACK_WITHIN: Duration = Duration::from_mins(1);

/// Runs the scenario.
pub(crate) async fn run(bench: &mut Bench) -> Result<(), BenchError> {
    let sockets = bench.options.storm_sockets;
    let server = bench.serve(ClinicSize { pairs: sockets.div_ceil(2), history: 0, spread: 0 }).await?;
    let process = &server.process;
    let first = connect(process.addr, &server.pairs).await?;
    sleep(PAUSE).await;
    let before_kb = process.rss_kb()?;
    let meter = CpuMeter::start(process.pid)?;

    let drops = machine::listen_drops();
    let start = Instant::now();
    drop(first);
    let mut tasks = JoinSet::new();
    for token in tokens(&server.pairs) {
        tasks.spawn(come_back(process.addr, token.to_owned(), start));
    }
    let latency = Recorder::new()?;
    // Sockets stay open until all are connected again: a socket that leaves at once would be no
    // load.
    let mut back = Vec::with_capacity(tasks.len());
    let mut retries = 0;
    let mut failed: Option<(usize, WireError)> = None;
    while let Some(ended) = tasks.join_next().await {
        match ended? {
            Ok(returned) => {
                latency.record(returned.after);
                retries += returned.retries;
                back.push(returned.socket);
            }
            Err(error) => failed.get_or_insert((0, error)).0 += 1,
        }
    }
    let all_back = start.elapsed();
    let cpu = meter.share()?;
    let after_kb = process.rss_kb()?;
    let drops = machine::listen_drops().saturating_sub(drops);

    let summary = latency.summary();
    let mut table = Table::new([
        "sockets",
        "all ready again in",
        "p50",
        "p99",
        "max",
        "refused, connected again",
        "dropped by a full listen queue",
        "server CPU",
        "memory before",
        "after",
    ]);
    table.row([
        size(sockets),
        ms(all_back),
        ms(summary.p50),
        ms(summary.p99),
        ms(summary.max),
        count(retries),
        count(drops),
        format!("{:.0} %", cpu.program),
        format!("{} kB", count(before_kb)),
        format!("{} kB", count(after_kb)),
    ]);
    let mut notes: Vec<String> = failed
        .map(|(failed, reason)| format!("**{failed} sockets did not reconnect, the first because {reason}**"))
        .into_iter()
        .collect();
    notes.extend(cpu.disturbed("storm"));
    drop(back);
    notes.extend(server.stop().await?);
    bench.report.add(Section::new("Reconnect storm", table, notes));
    Ok(())
}

struct Returned {
    socket: Socket,
    /// Time since the storm's start.
    after: Duration,
    retries: u64,
}

async fn come_back(addr: SocketAddr, token: String, start: Instant) -> Result<Returned, WireError> {
    let mut retries = 0;
    loop {
        match Socket::open(addr, &token).await {
            Ok(socket) => return Ok(Returned { socket, after: start.elapsed(), retries }),
            Err(error) if start.elapsed() > BACK_WITHIN => return Err(error),
            Err(_) => {
                retries += 1;
                sleep(RETRY_AFTER).await;
            }
        }
    }
}
