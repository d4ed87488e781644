//! The `bedside` program. Everything is in the library; here is only the way in.

use clap::Parser;
use std::process::ExitCode;

/// Rendering a page is thousands of small pieces: with the system's own allocator it takes nearly twice as long
/// (docs/performance.md).
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[tokio::main]
async fn main() -> ExitCode {
    // What FAILPOINTS in the environment names stops or breaks the program; without the feature, nothing does.
    #[cfg(feature = "failpoints")]
    let _armed = fail::FailScenario::setup();
    let cli = server::cli::Cli::parse();
    match server::cli::run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bedside: {error}");
            ExitCode::FAILURE
        }
    }
}
