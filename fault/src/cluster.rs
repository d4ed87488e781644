//! Several nodes on one PostgreSQL that notify each other over NATS. Each node has its own links to
//! both, so that a single node can be cut off.

mod chaos;
mod external_changes;
mod nats;
mod order;
mod postgres;
mod rolling;

pub(crate) use order::one_chat;
pub(crate) use postgres::Postgres;
pub(crate) use rolling::rolling;

use crate::{
    Failure,
    counts::Counts,
    deployment::Deployment,
    program::{Pair, Program},
    proxy::{Gate, Proxy},
};
use nats::Nats;
use rand::rngs::StdRng;
use std::{
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

/// Number of nodes in a cluster.
const NODES: usize = 3;

/// One node and its links.
struct Node {
    program: Program,
    to_database: Proxy,
    to_bus: Proxy,
}

/// The nodes and the servers that they share.
pub(crate) struct Cluster {
    nodes: Vec<Node>,
    postgres: Postgres,
    nats: Nats,
}

impl Cluster {
    /// Three nodes on a database of their own. They are not started yet.
    pub(crate) async fn new(program: &Path, postgres: Postgres) -> Result<Self, Failure> {
        let nats = Nats::start().await?;
        let mut nodes = Vec::new();
        for _ in 0..NODES {
            let to_database = Proxy::link(postgres.addr).await?;
            let to_bus = Proxy::link(nats.addr).await?;
            let settings = vec![
                ("DATABASE_URL", postgres.url(to_database.addr)),
                ("BEDSIDE_BUS_URL", format!("nats://{}", to_bus.addr)),
            ];
            let program = Program::with(program, settings)?;
            nodes.push(Node { program, to_database, to_bus });
        }
        Ok(Self { nodes, postgres, nats })
    }

    fn node(&mut self, index: usize) -> Result<&mut Node, Failure> {
        self.nodes.get_mut(index).ok_or_else(|| Failure::Program("no such node".to_owned()))
    }
}

impl Deployment for Cluster {
    async fn fill(&mut self, pairs: usize) -> Result<Vec<Pair>, Failure> {
        self.postgres.clear().await?;
        self.node(0)?.program.make_clinic(pairs).await
    }

    async fn start(&mut self, failpoints: &str) -> Result<(), Failure> {
        // All nodes start at the same time, so that each may be the first to migrate the database.
        let starts = self.nodes.iter_mut().map(|node| node.program.launch(failpoints));
        futures::future::try_join_all(starts).await?;
        Ok(())
    }

    fn addrs(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.program.addr).collect()
    }

    async fn run_chaos(
        &mut self,
        proxy: &Proxy,
        counts: &Counts,
        rng: &mut StdRng,
        (until, always): (Instant, &str),
    ) -> Result<(), Failure> {
        chaos::run_chaos(self, proxy, counts, rng, (until, always)).await
    }

    async fn end_faults(&mut self, failpoints: &str) -> Result<(), Failure> {
        for node in &mut self.nodes {
            node.to_database.set_gate(Gate::Open);
            node.to_bus.set_gate(Gate::Open);
            // The other nodes keep running: they must recover by themselves.
            if node.program.is_armed || node.program.has_died() {
                node.program.kill().await?;
                node.program.launch(failpoints).await?;
            }
        }
        Ok(())
    }

    async fn stop(&mut self) -> Result<(), Failure> {
        for node in &mut self.nodes {
            node.program.end().await?;
        }
        Ok(())
    }

    fn slowest_start(&self) -> Duration {
        self.nodes.iter().map(|node| node.program.slowest_start).max().unwrap_or_default()
    }
}
