//! Open loop at rising rates, until the server cannot keep up.

use super::{Bench, USUAL_PAIRS, size};
use crate::{
    error::BenchError,
    load::open::{self, Backlog, OpenLoop, OpenResult},
    plot::{Chart, Line},
    report::{Goal, Met, Section, Table},
    server::ClinicSize,
    stats::{count, ms, whole},
};
use std::time::Duration;

/// The share of a rate that must be achieved for the server to count as keeping up.
const FOLLOWS: f64 = 0.95;
/// After this many rates in a row that the server cannot keep up with, no higher rate is tried.
const NOT_FOLLOWED_MAX: u32 = 2;
/// Time at the end for messages under way.
const DRAIN: Duration = Duration::from_secs(5);
/// The rate that has a goal, in messages per second.
const GOAL_RATE: u32 = 2_000;
/// The goal for the median of delivery times at that rate.
const GOAL_P50: Duration = Duration::from_millis(2);
/// The goal for the 99th percentile of delivery times at that rate.
const GOAL_P99: Duration = Duration::from_millis(10);

/// Runs the scenario.
pub(crate) async fn run(bench: &mut Bench) -> Result<(), BenchError> {
    let mut table = Table::new([
        "offered/s",
        "achieved/s",
        "ack p50",
        "ack p99",
        "delivery p50",
        "p99",
        "p99.9",
        "max",
        "refused",
        "closed",
        "unanswered",
        "server CPU",
        "generator CPU",
    ]);
    let mut notes = Vec::new();
    let (mut p50, mut p99) = (Vec::new(), Vec::new());
    let mut not_followed = 0;
    for rate in bench.options.rates.clone() {
        let server = bench.serve(ClinicSize { pairs: USUAL_PAIRS, history: 0, spread: 0 }).await?;
        let load = OpenLoop {
            per_second: rate,
            warm_up: bench.options.warm_up(),
            measured: bench.options.measured(),
            drain: DRAIN,
            backlog: Backlog::Keep,
            marks: bench.options.marks(),
        };
        let result = open::run(&server.process, server.first(USUAL_PAIRS), load).await?;
        notes.extend(result.cpu.disturbed(&format!("{rate}/s")));
        notes.extend(server.stop().await?);
        let [server_cpu, own_cpu] = result.cpu.cells();
        table.row([
            size(rate),
            whole(result.achieved),
            ms(result.ack.p50),
            ms(result.ack.p99),
            ms(result.delivery.p50),
            ms(result.delivery.p99),
            ms(result.delivery.p999),
            ms(result.delivery.max),
            count(result.refused),
            count(result.closed),
            count(result.unanswered),
            server_cpu,
            own_cpu,
        ]);
        p50.push((result.achieved, result.delivery.p50.as_secs_f64() * 1_000.0));
        p99.push((result.achieved, result.delivery.p99.as_secs_f64() * 1_000.0));
        if rate == GOAL_RATE {
            judge(bench, &result);
        }
        if result.achieved < f64::from(rate) * FOLLOWS {
            not_followed += 1;
            if not_followed == NOT_FOLLOWED_MAX {
                break;
            }
        }
    }
    notes.push("100 pairs. Latency counts from when a message was due, so waiting to be sent is in it.".to_owned());
    notes.push(format!(
        "Unanswered: due while it counted, and not through {} s after the end; or refused without saying which.",
        DRAIN.as_secs()
    ));
    bench.report.add(Section::new("Open loop", table, notes));
    bench.report.charts.push(Chart {
        file: "throughput-latency.svg",
        title: "Delivery latency at fixed rates (100 pairs)",
        x: "messages per second achieved",
        y: "ms from due to delivered",
        lines: vec![Line { name: "p50", points: p50 }, Line { name: "p99", points: p99 }],
    });
    Ok(())
}

fn judge(bench: &mut Bench, result: &OpenResult) {
    let delivery = &result.delivery;
    let reached = delivery.p50 <= GOAL_P50
        && delivery.p99 <= GOAL_P99
        && result.unanswered == 0
        && result.achieved >= f64::from(GOAL_RATE) * FOLLOWS;
    bench.report.goals.push(Goal {
        scenario: "open loop 2,000/s",
        reach: "delivery p50 ≤ 2 ms, p99 ≤ 10 ms",
        measured: format!("p50 {}, p99 {}", ms(delivery.p50), ms(delivery.p99)),
        against_limit: format!("fsync p50 {}, p99 {}", ms(bench.fsync.append.p50), ms(bench.fsync.append.p99)),
        met: Met::from(reached),
    });
}
