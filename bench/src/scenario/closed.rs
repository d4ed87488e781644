//! Closed loop with an increasing number of pairs.

use super::{Bench, USUAL_PAIRS, size};
use crate::{
    error::BenchError,
    load::closed::{self, ClosedResult},
    report::{Goal, Met, Section, Table},
    server::ClinicSize,
    stats::{ms, percent, ratio, times, whole},
};
use std::time::Duration;

/// The goal for 100 pairs, in messages per second, together with [`GOAL_P99`].
const GOAL_PER_SECOND: f64 = 20_000.0;
/// The goal for 100 pairs on PostgreSQL, which runs on the same machine.
const GOAL_PER_SECOND_ON_POSTGRES: f64 = 15_000.0;
/// The goal for the 99th percentile of the latency with 100 pairs.
const GOAL_P99: Duration = Duration::from_millis(20);
/// The number of fsyncs that a send of a single pair may take.
const GOAL_FSYNCS: f64 = 3.0;

/// Runs the scenario.
pub(crate) async fn run(bench: &mut Bench) -> Result<(), BenchError> {
    let mut table = Table::new([
        "pairs",
        "messages/s",
        "of echo",
        "of bare rows",
        "ack p50",
        "ack p99",
        "delivery p50",
        "p90",
        "p99",
        "p99.9",
        "max",
        "server CPU",
        "generator CPU",
    ]);
    let mut notes = Vec::new();
    for pairs in bench.options.pairs.clone() {
        let server = bench.serve(ClinicSize { pairs, history: 0, spread: 0 }).await?;
        let result =
            closed::run(std::slice::from_ref(&server.process), server.first(pairs), bench.closed_loop()).await?;
        let [server_cpu, own_cpu] = result.cpu.cells();
        table.row([
            size(pairs),
            whole(result.per_second),
            share_of_echo_limit(bench, result.per_second),
            share_of_row_limit(bench, result.per_second),
            ms(result.ack.p50),
            ms(result.ack.p99),
            ms(result.delivery.p50),
            ms(result.delivery.p90),
            ms(result.delivery.p99),
            ms(result.delivery.p999),
            ms(result.delivery.max),
            server_cpu,
            own_cpu,
        ]);
        notes.extend(result.notes(&format!("{pairs} pairs")));
        notes.extend(server.stop().await?);
        judge(bench, pairs, &result);
    }
    bench.report.add(Section::new("Closed loop", table, notes));
    Ok(())
}

fn judge(bench: &mut Bench, pairs: u32, result: &ClosedResult) {
    let is_sqlite = bench.options.postgres.is_none();
    if pairs == 1 && is_sqlite {
        let ack = result.ack.p50;
        let (append, in_place) = (bench.fsync.append.p50, bench.fsync.in_place.p50);
        bench.report.goals.push(Goal {
            scenario: "one pair alone",
            reach: "median send→ack ≤ 3 × one fsync",
            measured: ms(ack),
            against_limit: format!(
                "{} fsync ({}), {} in place ({})",
                times(ack, append),
                ms(append),
                times(ack, in_place),
                ms(in_place)
            ),
            met: (ratio(ack, append) <= GOAL_FSYNCS).into(),
        });
    }
    if pairs == USUAL_PAIRS {
        bench.capacity = Some(result.per_second);
        let (goal, reach) = if is_sqlite {
            (GOAL_PER_SECOND, "≥ 20,000 messages/s, p99 ≤ 20 ms")
        } else {
            (GOAL_PER_SECOND_ON_POSTGRES, "≥ 15,000 messages/s, p99 ≤ 20 ms")
        };
        let reached = result.per_second >= goal && result.delivery.p99 <= GOAL_P99 && result.failed.is_none();
        bench.report.goals.push(Goal {
            scenario: "100 pairs closed loop",
            reach,
            measured: format!("{}/s, p99 {}", whole(result.per_second), ms(result.delivery.p99)),
            against_limit: format!(
                "{} of the bare echo, {} of bare rows",
                share_of_echo_limit(bench, result.per_second),
                share_of_row_limit(bench, result.per_second)
            ),
            met: Met::from(reached),
        });
    }
}

fn share_of_row_limit(bench: &Bench, per_second: f64) -> String {
    percent(per_second, bench.rows.unwrap_or_default())
}

fn share_of_echo_limit(bench: &Bench, per_second: f64) -> String {
    percent(per_second, bench.echo.as_ref().map_or(0.0, |echo| echo.per_second))
}
