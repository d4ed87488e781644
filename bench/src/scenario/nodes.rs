//! Several nodes on one PostgreSQL and one NATS server. All of them share this machine, so the cost
//! of a message on each server says more than the rate.

use super::{Bench, USUAL_PAIRS, size};
use crate::{
    cluster::{Cluster, Usage},
    error::BenchError,
    load::closed,
    report::{Section, Table},
    server::ClinicSize,
    stats::{ms, whole},
};
use std::time::Duration;

/// Time between the end of the warm-up and the first measurement, and between the last measurement
/// and the end, when all pairs are active.
const MARGIN: Duration = Duration::from_millis(500);

/// Runs the scenario.
pub(crate) async fn run(bench: &mut Bench) -> Result<(), BenchError> {
    let postgres = bench.options.postgres.clone();
    let postgres = postgres.ok_or_else(|| BenchError::Setup("nodes: --postgres is needed".to_owned()))?;
    let mut carried =
        Table::new(["nodes", "messages/s", "ack p50", "ack p99", "delivery p50", "p99", "messages/commit"]);
    let mut costs = Table::new([
        "nodes",
        "node CPU/message",
        "PostgreSQL CPU/message",
        "NATS CPU/message",
        "statements/message",
        "log/message",
        "to the bus/message",
        "from the bus/message",
    ]);
    let mut notes = vec![
        "CPU is of all nodes together, of all of PostgreSQL's processes, and of NATS. One node \
         publishes to the bus too, although no other node listens."
            .to_owned(),
        "With several nodes a patient and their doctor are on different nodes: every message crosses the bus."
            .to_owned(),
    ];
    for nodes in bench.options.nodes.clone() {
        eprintln!("  {nodes} nodes …");
        let clinic = ClinicSize { pairs: USUAL_PAIRS, history: 0, spread: 0 };
        let cluster = Cluster::start(bench.bedside()?, &bench.dir, &postgres, (nodes, clinic)).await?;
        let run = bench.closed_loop();
        let watch = async {
            tokio::time::sleep(run.warm_up + MARGIN).await;
            let before = cluster.usage().await?;
            tokio::time::sleep(run.measured.saturating_sub(MARGIN * 2)).await;
            Ok::<_, BenchError>((before, cluster.usage().await?))
        };
        let (result, used) = tokio::join!(closed::run(&cluster.nodes, &cluster.pairs, run), watch);
        let (result, (before, after)) = (result?, used?);
        let per_message = |of: fn(&Usage) -> f64| (of(&after) - of(&before)) / (after.messages - before.messages);
        let micros = |of: fn(&Usage) -> f64| format!("{:.1} µs", per_message(of) * 1e6);
        let count = |of: fn(&Usage) -> f64| format!("{:.2}", per_message(of));
        carried.row([
            size(nodes),
            whole(result.per_second),
            ms(result.ack.p50),
            ms(result.ack.p99),
            ms(result.delivery.p50),
            ms(result.delivery.p99),
            format!("{:.1}", 1.0 / per_message(|usage| usage.commits)),
        ]);
        costs.row([
            size(nodes),
            micros(|usage| usage.node_seconds),
            micros(|usage| usage.postgres_seconds),
            micros(|usage| usage.nats_seconds),
            count(|usage| usage.statements),
            format!("{:.0} B", per_message(|usage| usage.wal_bytes)),
            count(|usage| usage.bus_in),
            count(|usage| usage.bus_out),
        ]);
        notes.extend(
            result
                .failed
                .map(|(count, reason)| format!("**{nodes} nodes: {count} pairs failed, the first since {reason}**")),
        );
        cluster.stop().await?;
    }
    bench.report.add(Section { title: "Several nodes", tables: vec![carried, costs], notes });
    Ok(())
}
