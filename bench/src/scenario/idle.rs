//! Idle sockets, and their effect on an active pair.

use super::{Bench, size};
use crate::{
    error::BenchError,
    load::{
        closed,
        idle::{self, IdleSockets},
    },
    plot::{Chart, Line},
    process::CpuMeter,
    report::{Goal, Met, Section, Table},
    server::{ClinicSize, Server},
    stats::{Summary, as_f64, count, ms},
};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Wait before memory is measured.
const PAUSE: Duration = Duration::from_secs(2);
/// The number of sockets that has a goal.
const GOAL_SOCKETS: u32 = 10_000;
/// The goal for the memory of each socket, in kB.
const GOAL_KB: f64 = 10.0;
/// The goal for the processor time of all sockets together, in % of one core.
const GOAL_CPU_PERCENT: f64 = 2.0;

/// The cost of a number of idle sockets.
struct Cost {
    connected_in: Duration,
    before_kb: u64,
    after_kb: u64,
    kb_per_socket: f64,
    cpu_percent: f64,
    ack: Summary,
}

/// Runs the scenario.
pub(crate) async fn run(bench: &mut Bench) -> Result<(), BenchError> {
    let mut table = Table::new([
        "sockets",
        "all connected in",
        "memory before",
        "after",
        "per socket",
        "per further socket",
        "server CPU while idle",
        "active pair: ack p50",
        "p99",
    ]);
    let mut notes = Vec::new();
    let (mut p50, mut p99) = (Vec::new(), Vec::new());
    let mut fewer: Option<(u32, u64)> = None;
    for sockets in bench.options.sockets.clone() {
        // One more pair, which is active.
        let server = bench.serve(ClinicSize { pairs: sockets / 2 + 1, history: 0, spread: 0 }).await?;
        let cost = measure(bench, &server, sockets, &mut notes).await?;
        notes.extend(server.stop().await?);
        table.row([
            size(sockets),
            ms(cost.connected_in),
            format!("{} kB", count(cost.before_kb)),
            format!("{} kB", count(cost.after_kb)),
            format!("{:.1} kB", cost.kb_per_socket),
            further(fewer, (sockets, cost.after_kb)),
            format!("{:.2} %", cost.cpu_percent),
            ms(cost.ack.p50),
            ms(cost.ack.p99),
        ]);
        fewer = Some((sockets, cost.after_kb));
        p50.push((f64::from(sockets), cost.ack.p50.as_secs_f64() * 1_000.0));
        p99.push((f64::from(sockets), cost.ack.p99.as_secs_f64() * 1_000.0));
        if sockets == GOAL_SOCKETS {
            judge(bench, &cost);
        }
    }
    bench.report.add(Section::new("Idle sockets", table, notes));
    bench.report.charts.push(Chart {
        file: "cost-sockets.svg",
        title: "A send while other sockets are idle (one active pair)",
        x: "idle sockets",
        y: "ms from send to ack",
        lines: vec![Line { name: "p50", points: p50 }, Line { name: "p99", points: p99 }],
    });
    Ok(())
}

async fn measure(bench: &Bench, server: &Server, sockets: u32, notes: &mut Vec<String>) -> Result<Cost, BenchError> {
    let process = &server.process;
    let before_kb = process.rss_kb()?;
    let start = Instant::now();
    let connected = idle::connect(process.addr, server.first(sockets / 2)).await?;
    let connected_in = start.elapsed();
    let mut idle = IdleSockets::keep(connected);
    sleep(PAUSE).await;
    let after_kb = process.rss_kb()?;
    let meter = CpuMeter::start(process.pid)?;
    sleep(Duration::from_secs(bench.options.idle_seconds)).await;
    let cpu = meter.share()?;
    let active = server.pairs.last().map(std::slice::from_ref).unwrap_or_default();
    let closed = closed::run(std::slice::from_ref(process), active, bench.closed_loop()).await?;
    notes.extend(closed.notes(&format!("{sockets} sockets, active pair")));
    if let Some((lost, reason)) = idle.lost()? {
        notes.push(format!("**{sockets} sockets: {lost} were lost while idle, the first since {reason}**"));
    }
    Ok(Cost {
        connected_in,
        before_kb,
        after_kb,
        kb_per_socket: as_f64(after_kb.saturating_sub(before_kb)) / f64::from(sockets.max(1)),
        cpu_percent: cpu.program,
        ack: closed.ack,
    })
}

/// The memory of each socket that the previous run did not have. The first sockets' memory includes
/// what a server needs anyway (connections to the database, caches).
fn further(fewer: Option<(u32, u64)>, (sockets, kb): (u32, u64)) -> String {
    match fewer {
        Some((fewer, fewer_kb)) if fewer < sockets => {
            format!("{:.1} kB", as_f64(kb.saturating_sub(fewer_kb)) / f64::from(sockets - fewer))
        }
        _ => "–".to_owned(),
    }
}

fn judge(bench: &mut Bench, cost: &Cost) {
    let echo = bench.echo.as_ref().map(|echo| echo.rss_kb_per_socket);
    bench.report.goals.push(Goal {
        scenario: "10,000 idle sockets",
        reach: "≤ 10 kB each; ≤ 2 % CPU",
        measured: format!("{:.1} kB; {:.2} %", cost.kb_per_socket, cost.cpu_percent),
        against_limit: echo.map_or_else(|| "–".to_owned(), |kb| format!("bare echo {kb:.1} kB")),
        met: Met::from(cost.kb_per_socket <= GOAL_KB && cost.cpu_percent <= GOAL_CPU_PERCENT),
    });
}
