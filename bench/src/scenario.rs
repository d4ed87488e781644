//! The scenarios. Each starts its own servers, and adds a section and goals to the report.

mod closed;
mod history;
mod idle;
mod limits;
mod nodes;
mod open;
mod overload;
mod page;
mod search;
mod storm;

use crate::{
    cli::Options,
    error::BenchError,
    limits::{
        echo::EchoResult,
        fsync::{self, Fsync},
    },
    load::closed::ClosedLoop,
    machine,
    report::{Report, Section, Table},
    scenario_kind::Scenario,
    server::{ClinicSize, Server},
    stats::{Summary, count, ms},
};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Number of pairs in runs that do not vary it.
const USUAL_PAIRS: u32 = 100;
/// How long fsync is measured at the start.
const FSYNC_FOR: Duration = Duration::from_secs(2);
/// Open files other than sockets: databases, logs, and files of the programs.
const OTHER_FILES: u64 = 256;

impl Scenario {
    /// The number of sockets open at the same time, in the generator as in the server.
    fn sockets(self, options: &Options) -> u64 {
        let most = |numbers: &[u32]| numbers.iter().copied().max().unwrap_or_default();
        u64::from(match self {
            Self::Limits | Self::Idle => most(&options.sockets),
            Self::Closed => most(&options.pairs).saturating_mul(2),
            Self::Open | Self::Overload | Self::Nodes => USUAL_PAIRS * 2,
            Self::History | Self::Page | Self::Search => 0,
            Self::Storm => options.storm_sockets,
        })
    }

    /// Runs the scenario.
    pub(crate) async fn run(self, bench: &mut Bench) -> Result<(), BenchError> {
        match self {
            Self::Limits => limits::run(bench).await,
            Self::Closed => closed::run(bench).await,
            Self::Open => open::run(bench).await,
            Self::Idle => idle::run(bench).await,
            Self::History => history::run(bench).await,
            Self::Page => page::run(bench).await,
            Self::Search => search::run(bench).await,
            Self::Storm => storm::run(bench).await,
            Self::Overload => overload::run(bench).await,
            Self::Nodes => nodes::run(bench).await,
        }
    }
}

/// What scenarios share: the options, earlier results, and the report.
#[derive(Debug)]
pub(crate) struct Bench {
    /// The options of the command line.
    pub(crate) options: Options,
    /// The folder for databases.
    pub(crate) dir: PathBuf,
    /// The durations of fsync on this disk.
    pub(crate) fsync: Fsync,
    /// The result of the bare echo server, once it is measured.
    pub(crate) echo: Option<EchoResult>,
    /// Rows per second that SQLite alone commits, in the largest measured transactions.
    pub(crate) rows: Option<f64>,
    /// Messages per second that the server can handle, once this is measured.
    pub(crate) capacity: Option<f64>,
    /// The results so far.
    pub(crate) report: Report,
}

impl Bench {
    /// Checks that the requested scenarios can be measured here, and reads the facts about the
    /// machine.
    pub(crate) async fn new(options: Options) -> Result<Self, BenchError> {
        let scenarios = options.scenarios();
        if options.server.is_none() && scenarios.iter().any(|scenario| *scenario != Scenario::Limits) {
            return Err(BenchError::Setup("--server is needed: the `bedside` program to measure".to_owned()));
        }
        let files = scenarios.iter().map(|scenario| scenario.sockets(&options)).max().unwrap_or_default() + OTHER_FILES;
        let allowed = machine::max_open_files()?;
        if allowed < files {
            return Err(BenchError::Setup(format!(
                "this needs {files} open files and only {allowed} are allowed: run `ulimit -n {files}` first, or \
                 leave out what needs so many sockets (--only, --sockets, --pairs, --storm-sockets)"
            )));
        }
        let dir = options.dir.clone().unwrap_or_else(std::env::temp_dir);
        std::fs::create_dir_all(&dir).map_err(BenchError::io("making the folder for the databases"))?;
        let fsync = fsync::measure(&dir, FSYNC_FOR).await?;
        let synced = |times: Summary| format!("p50 {}, p99 {}", ms(times.p50), ms(times.p99));
        let mut facts = machine::facts(&dir);
        facts.push(format!("fdatasync of 4 KiB appended: {}", synced(fsync.append)));
        facts.push(format!("fdatasync of 4 KiB in place: {}", synced(fsync.in_place)));
        facts.push(match options.postgres {
            None => "data in SQLite".to_owned(),
            Some(_) => "data in PostgreSQL, on the same machine".to_owned(),
        });
        facts.push(format!("each run measured for {} s after {} s of warm-up", options.seconds, options.warm_up));
        for fact in &facts {
            eprintln!("- {fact}");
        }
        let report = Report { facts, ..Report::default() };
        Ok(Self { options, dir, fsync, echo: None, rows: None, capacity: None, report })
    }

    /// The program to measure.
    fn bedside(&self) -> Result<&Path, BenchError> {
        self.options.server.as_deref().ok_or_else(|| BenchError::Setup("--server is needed".to_owned()))
    }

    /// Starts a server with a clinic of this size.
    async fn serve(&self, size: ClinicSize) -> Result<Server, BenchError> {
        eprintln!("  a clinic of {} pairs, with {} messages in the first chat …", size.pairs, size.history);
        Server::start(self.bedside()?, &self.dir, self.options.postgres.as_deref(), size).await
    }

    /// The parameters of a closed loop, from the options.
    fn closed_loop(&self) -> ClosedLoop {
        ClosedLoop { warm_up: self.options.warm_up(), measured: self.options.measured(), marks: self.options.marks() }
    }

    /// Adds a scenario that failed to the report.
    pub(crate) fn failed(&mut self, scenario: Scenario, error: &BenchError) {
        let mut table = Table::new(["not measured", "since"]);
        table.row([scenario.name().to_owned(), error.to_string().replace('\n', " ")]);
        self.report.add(Section::new("Failed", table, Vec::new()));
    }
}

/// A number as a cell of a table.
fn size(number: u32) -> String {
    count(u64::from(number))
}
