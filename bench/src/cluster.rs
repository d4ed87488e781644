//! Several nodes on one PostgreSQL that notify each other over a NATS server, and the resources
//! that all of them have used so far.

use crate::{
    error::BenchError,
    http::{self, Http},
    limits::postgres,
    machine,
    process::Process,
    server::{self, ClinicSize, PairKeys},
};
use serde::Deserialize;
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{
    net::{TcpListener, TcpStream},
    process::{Child, Command},
};
use tokio_postgres::Client;

/// A NATS server that does not listen within this time has failed.
const NATS_WITHIN: Duration = Duration::from_secs(10);
/// Time between two checks of whether the server listens.
const CHECK_EVERY: Duration = Duration::from_millis(20);

/// The nodes and the servers that they share.
pub(crate) struct Cluster {
    /// The nodes' processes.
    pub(crate) nodes: Vec<Process>,
    /// The pairs of the clinic.
    pub(crate) pairs: Vec<PairKeys>,
    nats: Nats,
    /// A connection to the nodes' database, for its statistics.
    sql: Client,
    /// The process id of PostgreSQL's first process. Its children serve connections.
    postmaster: u32,
    _folder: TempDir,
}

impl Cluster {
    /// Creates a clinic in an empty database on this PostgreSQL server, and starts this many nodes.
    pub(crate) async fn start(
        bedside: &Path,
        parent: &Path,
        postgres: &str,
        (nodes, size): (u32, ClinicSize),
    ) -> Result<Self, BenchError> {
        let folder = TempDir::with_prefix_in("bench-", parent).map_err(BenchError::io("making a folder"))?;
        let database = server::empty_database(postgres).await?;
        let nats = Nats::start().await?;
        let command = || {
            let mut command = server::bedside_command(bedside, folder.path(), Some(&database));
            command.env("BEDSIDE_BUS_URL", format!("nats://{}", nats.addr)).env("BEDSIDE_ADDR", "127.0.0.1:0");
            command
        };
        let pairs = server::make_clinic(command(), size).await?;
        let mut started = Vec::new();
        for _ in 0..nodes {
            started.push(Process::start(command().arg("serve").stderr(Stdio::null())).await?);
        }
        let sql = postgres::connect(&database).await?;
        sql.batch_execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").await.map_err(BenchError::sql)?;
        let own = sql.query_one("SELECT pg_backend_pid()", &[]).await.map_err(BenchError::sql)?;
        let own = own.try_get::<_, i32>(0).map_err(BenchError::sql)?;
        let postmaster = machine::parent_of(u32::try_from(own).unwrap_or_default())?;
        Ok(Self { nodes: started, pairs, nats, sql, postmaster, _folder: folder })
    }

    /// The resources that nodes, database and bus have used so far.
    pub(crate) async fn usage(&self) -> Result<Usage, BenchError> {
        // Counts the statements on this database, except those that query pg_stat_statements.
        let counts = "SELECT (SELECT sum(last_seq)::bigint FROM doctor_patient_chat), \
            coalesce(sum(calls) FILTER (WHERE query !~ 'pg_stat_statements'), 0)::bigint, \
            coalesce(sum(calls) FILTER (WHERE query ~ '^COMMIT'), 0)::bigint, \
            (SELECT wal_bytes::bigint FROM pg_stat_wal) \
            FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())";
        let row = self.sql.query_one(counts, &[]).await.map_err(BenchError::sql)?;
        let count = |column: usize| -> Result<f64, BenchError> {
            #[expect(clippy::cast_precision_loss, reason = "far fewer than a float can count")]
            row.try_get::<_, i64>(column).map(|count| count as f64).map_err(BenchError::sql)
        };
        let cpu_of = |pids: &[u32]| -> Result<f64, BenchError> {
            pids.iter().map(|pid| Ok(machine::cpu_time(*pid)?.as_secs_f64())).sum()
        };
        let nodes: Vec<u32> = self.nodes.iter().map(|node| node.pid).collect();
        let (bus_in, bus_out) = self.nats.messages().await?;
        Ok(Usage {
            messages: count(0)?,
            statements: count(1)?,
            commits: count(2)?,
            wal_bytes: count(3)?,
            node_seconds: cpu_of(&nodes)?,
            postgres_seconds: cpu_of(&machine::with_children(self.postmaster)?)?,
            nats_seconds: cpu_of(&[self.nats.pid])?,
            bus_in,
            bus_out,
        })
    }

    /// Stops all processes.
    pub(crate) async fn stop(self) -> Result<(), BenchError> {
        for node in self.nodes {
            node.stop().await?;
        }
        Ok(())
    }
}

/// The resources used up to a moment, as seconds of processor time and as counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// Messages stored.
    pub(crate) messages: f64,
    /// Statements that PostgreSQL ran.
    pub(crate) statements: f64,
    /// Commits among the statements.
    pub(crate) commits: f64,
    /// Bytes that PostgreSQL wrote to its log.
    pub(crate) wal_bytes: f64,
    /// Processor time of all nodes, in seconds.
    pub(crate) node_seconds: f64,
    /// Processor time of PostgreSQL, in seconds.
    pub(crate) postgres_seconds: f64,
    /// Processor time of NATS, in seconds.
    pub(crate) nats_seconds: f64,
    /// Messages that nodes sent to NATS.
    pub(crate) bus_in: f64,
    /// Messages that NATS sent to nodes.
    pub(crate) bus_out: f64,
}

/// A NATS server with statistics.
struct Nats {
    addr: SocketAddr,
    monitor: SocketAddr,
    pid: u32,
    /// The process, which is killed when this is dropped.
    _child: Child,
}

#[derive(Deserialize)]
struct Varz {
    in_msgs: f64,
    out_msgs: f64,
}

impl Nats {
    async fn start() -> Result<Self, BenchError> {
        let (addr, monitor) = (free_addr().await?, free_addr().await?);
        let child = Command::new("nats-server")
            .args(["-a", "127.0.0.1", "-p", &addr.port().to_string(), "-m", &monitor.port().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(BenchError::io("starting nats-server"))?;
        let pid = child.id().ok_or_else(|| BenchError::Setup("nats-server has ended".to_owned()))?;
        let begun = Instant::now();
        while TcpStream::connect(addr).await.is_err() || TcpStream::connect(monitor).await.is_err() {
            if begun.elapsed() > NATS_WITHIN {
                return Err(BenchError::Setup("nats-server does not listen".to_owned()));
            }
            tokio::time::sleep(CHECK_EVERY).await;
        }
        Ok(Self { addr, monitor, pid, _child: child })
    }

    /// The messages received and sent since the server's start.
    async fn messages(&self) -> Result<(f64, f64), BenchError> {
        let mut http = Http::connect(self.monitor).await?;
        let answer = http.ask(&http::get("/varz", "", None)).await?;
        let varz: Varz =
            serde_json::from_slice(answer).map_err(|error| BenchError::Setup(format!("nats-server said {error}")))?;
        Ok((varz.in_msgs, varz.out_msgs))
    }
}

async fn free_addr() -> Result<SocketAddr, BenchError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(BenchError::io("finding a port"))?;
    listener.local_addr().map_err(BenchError::io("finding a port"))
}
