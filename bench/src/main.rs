//! Measures Bedside: a load generator that uses the contract (`docs/contract.md`) from outside, and
//! shares no code with the server.

mod cli;
mod cluster;
mod error;
mod frame;
mod http;
mod ids;
mod limits;
mod load;
mod machine;
mod pair;
mod plot;
mod process;
mod report;
mod scenario;
mod scenario_kind;
mod server;
mod socket;
mod stats;
mod wire;

use clap::Parser;
use cli::{Cli, Command, Options};
use error::BenchError;
use scenario::Bench;
use scenario_kind::Scenario;
use std::process::ExitCode;
use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{SignalKind, signal},
};

fn main() -> ExitCode {
    match start(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(cli: Cli) -> Result<ExitCode, BenchError> {
    if matches!(cli.command, Some(Command::Echo)) {
        Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(BenchError::io("starting the runtime"))?
            .block_on(limits::echo::serve())?;
        return Ok(ExitCode::SUCCESS);
    }
    if cli.options.list {
        for scenario in Scenario::ALL {
            println!("{:<10}{}", scenario.name(), scenario.about());
        }
        return Ok(ExitCode::SUCCESS);
    }
    runtime(&cli.options)?.block_on(until_stopped(cli.options))
}

/// A single worker is this thread itself: a second thread would only add wake-ups between threads.
fn runtime(options: &Options) -> Result<Runtime, BenchError> {
    let mut builder = match options.workers {
        1 => Builder::new_current_thread(),
        workers => {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(workers.into());
            builder
        }
    };
    builder.enable_all().build().map_err(BenchError::io("starting the runtime"))
}

/// Runs all scenarios, or until a signal stops this program. In both cases it stops and removes
/// what it started.
async fn until_stopped(options: Options) -> Result<ExitCode, BenchError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(BenchError::io("listening for signals"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(BenchError::io("listening for signals"))?;
    tokio::select! {
        result = run(options) => result,
        _ = terminate.recv() => Err(BenchError::Setup("stopped".to_owned())),
        _ = interrupt.recv() => Err(BenchError::Setup("stopped".to_owned())),
    }
}

async fn run(options: Options) -> Result<ExitCode, BenchError> {
    let mut bench = Bench::new(options).await?;
    let mut code = ExitCode::SUCCESS;
    for scenario in bench.options.scenarios() {
        eprintln!("{} …", scenario.name());
        if let Err(error) = scenario.run(&mut bench).await {
            bench.failed(scenario, &error);
            code = ExitCode::FAILURE;
        }
    }
    println!("{}", bench.report);
    if let Some(folder) = &bench.options.report {
        bench.report.save(folder)?;
    }
    Ok(code)
}
