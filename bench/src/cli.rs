//! The command line.

use crate::{pair::Marks, scenario_kind::Scenario};
use clap::{Args, Parser, Subcommand};
use std::{path::PathBuf, time::Duration};

const AFTER_HELP: &str = "\
Each run starts a new server with its own clinic in a new folder below --dir. That folder must be on a real disk: \
on tmpfs nothing is durable, and the figures mean nothing.

Ten thousand sockets need as many open files, in the server and here: raise the limit first, with `ulimit -n 20000`.

Example: bench --server dist/bedside --dir . --only closed,open --report report";

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "bench",
    about = "Measures Bedside, and the limits of the machine it runs on, in the same run.",
    after_help = AFTER_HELP
)]
pub(crate) struct Cli {
    /// What else this program can be.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// What to measure.
    #[command(flatten)]
    pub(crate) options: Options,
}

/// What else this program can be.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum Command {
    /// A bare echo server, which `limits` starts for itself.
    #[command(hide = true)]
    Echo,
}

/// What to measure, and how.
#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    /// The `bedside` program to measure.
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) server: Option<PathBuf>,
    /// Folder for the databases, on a real disk. Default: the system's folder for temporary files.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) dir: Option<PathBuf>,
    /// Measure on PostgreSQL: a server's address without a database, like `postgres://postgres@127.0.0.1:5433`.
    /// Default: SQLite.
    #[arg(long, value_name = "URL")]
    pub(crate) postgres: Option<String>,
    /// Also write results.md and the plots here; made if it is missing.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) report: Option<PathBuf>,
    /// Measure only these.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(crate) only: Vec<Scenario>,
    /// List what can be measured, and end.
    #[arg(long)]
    pub(crate) list: bool,
    /// Seconds each run is measured.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub(crate) seconds: u64,
    /// Seconds of load before that, which do not count.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(0..=600))]
    pub(crate) warm_up: u64,
    /// Threads of this generator. It shares the machine with the server: more is seldom better.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) workers: u16,
    /// closed: how many pairs talk at the same time.
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [1, 10, 100, 1_000])]
    pub(crate) pairs: Vec<u32>,
    /// open: messages per second. Ends after two rates that the server cannot follow.
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [500, 1_000, 2_000, 5_000, 10_000, 15_000, 20_000, 30_000])]
    pub(crate) rates: Vec<u32>,
    /// idle: how many sockets, one run each.
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [100, 1_000, 10_000])]
    pub(crate) sockets: Vec<u32>,
    /// idle: seconds the server's processor time is measured.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub(crate) idle_seconds: u64,
    /// history: messages in the chat.
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000, 1_000_000])]
    pub(crate) histories: Vec<u32>,
    /// storm: how many sockets.
    #[arg(long, value_name = "N", default_value_t = 5_000)]
    pub(crate) storm_sockets: u32,
    /// overload: messages per second the server can take. Default: what `closed` reached with 100 pairs, else it
    /// is measured first.
    #[arg(long, value_name = "N")]
    pub(crate) capacity: Option<u32>,
    /// overload: seconds.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub(crate) overload_seconds: u64,
    /// nodes: how many, one run each. Only with --postgres, and with nats-server installed.
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [1, 2, 3])]
    pub(crate) nodes: Vec<u32>,
    /// Doctors send no delivery receipts. Browsers do, at most every 250 ms.
    #[arg(long)]
    pub(crate) no_marks: bool,
}

impl Options {
    /// How long each run is measured.
    pub(crate) const fn measured(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// How long load runs before it counts.
    pub(crate) const fn warm_up(&self) -> Duration {
        Duration::from_secs(self.warm_up)
    }

    /// Whether doctors send delivered receipts.
    pub(crate) const fn marks(&self) -> Marks {
        if self.no_marks { Marks::Never } else { Marks::AsBrowsersDo }
    }

    /// What to measure, in the order of the report.
    pub(crate) fn scenarios(&self) -> Vec<Scenario> {
        let wanted = |scenario: &Scenario| {
            let by_default = *scenario != Scenario::Nodes || self.postgres.is_some();
            if self.only.is_empty() { by_default } else { self.only.contains(scenario) }
        };
        Scenario::ALL.into_iter().filter(wanted).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn command_line_definition_is_valid() {
        Cli::command().debug_assert();
    }

    #[test]
    fn scenarios_are_in_the_order_of_the_report() {
        let cli = Cli::try_parse_from(["bench", "--only", "page,limits", "--pairs", "1,5"]);
        assert!(cli.is_ok_and(|cli| {
            cli.options.scenarios() == [Scenario::Limits, Scenario::Page] && cli.options.pairs == [1, 5]
        }));
    }
}
