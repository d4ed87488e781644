//! The `bedside` program. It parses the command line and calls the library, which contains
//! everything else.

use clap::Parser;
use std::process::ExitCode;

/// Rendering a page makes thousands of small allocations. With the system's allocator it takes
/// nearly twice as long (docs/performance.md).
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[tokio::main]
async fn main() -> ExitCode {
    // Activates the failpoints that the environment variable FAILPOINTS names. Exists only with the
    // feature.
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
