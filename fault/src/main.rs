//! Tests the invariants under injected faults (docs/faults.md). `fault` runs many clients against a
//! real server that is killed again and again, over an unreliable network, and an oracle checks the
//! result. `fault check` is a short form for the test suite. `fault mutations` breaks the program
//! on purpose to check that the oracle notices. `fault abuse` measures what honest users notice
//! while others abuse the server.

mod abuse;
mod actors;
mod browser;
mod calls;
mod chaos;
mod check;
mod cluster;
mod counts;
mod deployment;
mod disk;
mod oracle;
mod program;
mod proxy;
mod run;
mod tab;

use crate::{
    cluster::{Cluster, Postgres},
    program::Program,
};
use clap::{Parser, Subcommand};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{path::PathBuf, process::ExitCode, time::Duration};

/// The run itself failed, which says nothing about the server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The program under test.
    #[error("the program: {0}")]
    Program(String),
    /// An operation of the system.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Output of the program that could not be parsed.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A call directly to the server.
    #[error("a call straight to the server: {0}")]
    Call(#[from] app::protocol::Problem),
    /// The HTTP client.
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    /// A query to PostgreSQL.
    #[error(transparent)]
    Postgres(#[from] tokio_postgres::Error),
    /// A socket.
    #[error(transparent)]
    Socket(#[from] tokio_tungstenite::tungstenite::Error),
}

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "fault", about = "Proves Bedside's promise under injected faults")]
struct Cli {
    /// The program under test, built with its failpoints. Default: `bedside` beside this one.
    #[arg(long, global = true)]
    program: Option<PathBuf>,
    /// Everything random is drawn from this. Default: a new one, which is printed.
    #[arg(long, global = true)]
    seed: Option<u64>,
    /// How long things go wrong, in seconds.
    #[arg(long, default_value_t = 120, global = true)]
    seconds: u64,
    /// Patients, and as many doctors.
    #[arg(long, default_value_t = 12, global = true)]
    pairs: usize,
    /// Sockets that all come back at once.
    #[arg(long, default_value_t = 2_000, global = true)]
    crowd: usize,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// One run, and a full disk.
    Check,
    /// Each way of breaking the program or its clients on purpose: would the oracle notice?
    Mutations,
    /// Only a disk that becomes read-only.
    ReadOnly,
    /// Three nodes on the PostgreSQL server that the environment names, and a NATS server.
    Nodes,
    /// The same, each way of breaking them on purpose.
    MutationsOfNodes,
    /// What an honest patient feels while others abuse one server.
    Abuse,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let seed = cli.seed.unwrap_or_else(rand::random);
    println!("seed {seed}");
    match Box::pin(judge(&cli, seed)).await {
        Ok(true) => {
            println!("verdict: the promise holds (seed {seed})");
            ExitCode::SUCCESS
        }
        Ok(false) => {
            println!("verdict: THE PROMISE IS BROKEN (seed {seed})");
            ExitCode::FAILURE
        }
        Err(failure) => {
            println!("no verdict: {failure} (seed {seed})");
            ExitCode::FAILURE
        }
    }
}

async fn judge(cli: &Cli, seed: u64) -> Result<bool, Failure> {
    // A crowd needs one file descriptor for each of its sockets.
    let files = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: files.maximum, maximum: files.maximum }) {
        println!("the limit on open files stays as it is: {error}");
    }
    let program = match &cli.program {
        Some(path) => path.clone(),
        None => std::env::current_exe()?.with_file_name("bedside"),
    };
    let spec = run::Spec {
        seed,
        time: Duration::from_secs(cli.seconds),
        pairs: cli.pairs,
        crowd: cli.crowd,
        patience: Duration::from_secs(40),
        failpoints: "",
        flaw: tab::Flaw::None,
    };
    match &cli.command {
        None => {
            let is_kept = check::report(&run::run(&mut Program::new(&program)?, spec).await?);
            Ok(is_kept && disk::full(&program).await? && disk::read_only(&program).await?)
        }
        Some(Command::ReadOnly) => disk::read_only(&program).await,
        Some(Command::Abuse) => abuse::abuse(&program).await,
        Some(Command::Check) => {
            let is_kept = check::report(&run::run(&mut Program::new(&program)?, spec).await?);
            Ok(is_kept && disk::full(&program).await?)
        }
        Some(Command::Mutations) => check::mutations(&program, spec).await,
        Some(Command::Nodes) => {
            let mut cluster = Cluster::new(&program, Postgres::from_env()?).await?;
            let is_kept = cluster::one_chat(&mut cluster).await? & cluster::rolling(&mut cluster).await?;
            Ok(is_kept & check::report(&run::run(&mut cluster, spec).await?))
        }
        Some(Command::MutationsOfNodes) => {
            check::mutations_of_nodes(&mut Cluster::new(&program, Postgres::from_env()?).await?, spec).await
        }
    }
}
