//! The `bedside` program as a clinic runs it, with its failpoints armed from the environment (`FAILPOINTS`).

use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let scenario = fail::FailScenario::setup();
    let ended = server::cli::run(server::cli::Cli::parse()).await;
    scenario.teardown();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bedside: {error}");
            ExitCode::FAILURE
        }
    }
}
