//! Faults of several nodes. The run's seed determines which and when.

use super::{Cluster, NODES};
use crate::{
    Failure,
    chaos::{freeze, restart},
    counts::Counts,
    proxy::{Gate, Proxy},
};
use rand::{Rng, rngs::StdRng};
use std::time::{Duration, Instant};

/// How long a link is shut or held, or the bus is down, in milliseconds. Some outages end before
/// any node notices, others last longer than a node waits.
const OUTAGE_MS: std::ops::Range<u64> = 50..4_000;

/// Causes faults until `until`. When it returns, every outage has ended, but a node may be dead.
pub(super) async fn run_chaos(
    cluster: &mut Cluster,
    proxy: &Proxy,
    counts: &Counts,
    rng: &mut StdRng,
    (until, always): (Instant, &str),
) -> Result<(), Failure> {
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(rng.random_range(100..900))).await;
        restart_dead(cluster, counts, rng, always).await?;
        let victim = rng.random_range(0..NODES);
        match rng.random_range(0..20) {
            0 | 1 => {
                counts.add("all connections cut");
                proxy.cut_all();
            }
            2 | 3 => kill_node(cluster, counts, rng, (victim, always)).await?,
            4 => {
                counts.add("SIGTERM and restart of a node");
                let node = cluster.node(victim)?;
                node.program.end().await?;
                restart(&mut node.program, rng, always).await?;
            }
            5 => {
                counts.add("SIGSTOP and SIGCONT of a node");
                freeze(&cluster.node(victim)?.program, rng).await?;
            }
            6 | 7 => {
                counts.add("kill -9 of the bus, back empty");
                cluster.nats.kill().await?;
                outage(cluster, counts, rng, (victim, always)).await?;
                cluster.nats.start_again().await?;
            }
            8..=10 => {
                let gate = draw_gate(rng);
                counts.add(if gate == Gate::Shut {
                    "one node cut off from the bus"
                } else {
                    "one node's way to the bus held up"
                });
                cluster.node(victim)?.to_bus.set_gate(gate);
                outage(cluster, counts, rng, (victim, always)).await?;
                cluster.node(victim)?.to_bus.set_gate(Gate::Open);
            }
            11..=13 => {
                let gate = draw_gate(rng);
                counts.add(if gate == Gate::Shut {
                    "one node cut off from the database"
                } else {
                    "one node's way to the database held up"
                });
                cluster.node(victim)?.to_database.set_gate(gate);
                outage(cluster, counts, rng, (victim, always)).await?;
                cluster.node(victim)?.to_database.set_gate(Gate::Open);
            }
            14 => {
                counts.add("PostgreSQL killed and restarted");
                cluster.postgres.restart().await?;
            }
            15..=18 => super::external_changes::change_from_outside(&cluster.postgres, counts, rng).await?,
            _ => {}
        }
    }
    Ok(())
}

fn draw_gate(rng: &mut StdRng) -> Gate {
    if rng.random_bool(0.5) { Gate::Shut } else { Gate::Held }
}

/// Waits during an outage. Another node may be killed meanwhile, because faults also happen
/// together.
async fn outage(
    cluster: &mut Cluster,
    counts: &Counts,
    rng: &mut StdRng,
    (victim, always): (usize, &str),
) -> Result<(), Failure> {
    let rest = Duration::from_millis(rng.random_range(OUTAGE_MS));
    if rng.random_bool(0.3) {
        let other = (victim + rng.random_range(1..NODES)) % NODES;
        kill_node(cluster, counts, rng, (other, always)).await?;
    }
    tokio::time::sleep(rest).await;
    Ok(())
}

async fn kill_node(
    cluster: &mut Cluster,
    counts: &Counts,
    rng: &mut StdRng,
    (victim, always): (usize, &str),
) -> Result<(), Failure> {
    counts.add("kill -9 of a node");
    cluster.node(victim)?.program.kill().await?;
    tokio::time::sleep(Duration::from_millis(rng.random_range(0..400))).await;
    restart(&mut cluster.node(victim)?.program, rng, always).await
}

/// Starts the nodes again that died at a failpoint.
async fn restart_dead(cluster: &mut Cluster, counts: &Counts, rng: &mut StdRng, always: &str) -> Result<(), Failure> {
    for index in 0..NODES {
        if cluster.node(index)?.program.has_died() {
            counts.add("crashes at a failpoint");
            restart(&mut cluster.node(index)?.program, rng, always).await?;
        }
    }
    Ok(())
}
