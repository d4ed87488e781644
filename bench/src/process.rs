//! Starts, measures and stops a program.

use crate::{error::BenchError, machine};
use std::{
    net::SocketAddr,
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

/// A program that has not printed its address within this time has failed.
const START_WITHIN: Duration = Duration::from_mins(1);
/// A program that has not stopped within this time is killed. The server itself allows 10 s.
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// If other programs use more than this, in % of one core, they disturb a run. The system's own
/// threads, which write to the disk for the server, use less.
const OTHERS_MAX_PERCENT: f64 = 25.0;

/// A running program that listens on a port.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// The process id.
    pub(crate) pid: u32,
    /// The address at which the program listens.
    pub(crate) addr: SocketAddr,
}

impl Process {
    /// Starts a program and waits for the line `listening on http://…`. Dropping this kills the
    /// program.
    pub(crate) async fn start(command: &mut Command) -> Result<Self, BenchError> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(BenchError::io("starting the program"))?;
        let stdout = child.stdout.take().ok_or_else(|| BenchError::Server("the program has no output".to_owned()))?;
        let mut lines = BufReader::new(stdout).lines();
        let listening = async {
            while let Some(line) = lines.next_line().await.map_err(BenchError::io("reading the program's output"))? {
                if let Some(addr) = line.strip_prefix("listening on http://") {
                    return addr.parse().map_err(|_| BenchError::Server(format!("{addr} is no address")));
                }
            }
            Err(BenchError::Server("the program ended before it listened".to_owned()))
        };
        let addr = timeout(START_WITHIN, listening)
            .await
            .map_err(|_| BenchError::Server("the program did not listen within 60 s".to_owned()))??;
        // If the pipe were not read, a program that prints more would block.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let pid = child.id().ok_or_else(|| BenchError::Server("the program has ended".to_owned()))?;
        Ok(Self { child, pid, addr })
    }

    /// Memory that the program uses, in kB.
    pub(crate) fn rss_kb(&self) -> Result<u64, BenchError> {
        machine::rss_kb(self.pid)
    }

    /// Sends SIGTERM to the program and waits until it has stopped.
    pub(crate) async fn stop(mut self) -> Result<(), BenchError> {
        // `kill` is used because sending a signal from this process takes unsafe code.
        Command::new("kill")
            .args(["-TERM", &self.pid.to_string()])
            .status()
            .await
            .map_err(BenchError::io("running `kill`"))?;
        match timeout(STOP_WITHIN, self.child.wait()).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(BenchError::Io("waiting for the program's end", error)),
            Err(_) => {
                self.child.kill().await.map_err(BenchError::io("killing the program"))?;
                Err(BenchError::Server("the program did not stop within 20 s of SIGTERM and was killed".to_owned()))
            }
        }
    }
}

/// Measures processor time between two moments.
#[derive(Debug, Clone)]
pub(crate) struct CpuMeter {
    pids: Vec<u32>,
    start: CpuTimes,
    since: Instant,
}

#[derive(Debug, Clone, Copy)]
struct CpuTimes {
    program: Duration,
    own: Duration,
    all: Duration,
}

impl CpuTimes {
    fn now(pids: &[u32]) -> Result<Self, BenchError> {
        Ok(Self {
            program: pids.iter().map(|pid| machine::cpu_time(*pid)).sum::<Result<_, _>>()?,
            own: machine::cpu_time(std::process::id())?,
            all: machine::cpu_time_of_all()?,
        })
    }
}

impl CpuMeter {
    /// Starts measuring a program, this generator, and the rest of the machine.
    pub(crate) fn start(pid: u32) -> Result<Self, BenchError> {
        Self::start_all(vec![pid])
    }

    /// Starts measuring several programs as one.
    pub(crate) fn start_all(pids: Vec<u32>) -> Result<Self, BenchError> {
        Ok(Self { start: CpuTimes::now(&pids)?, pids, since: Instant::now() })
    }

    /// The processor time used since the start.
    pub(crate) fn share(&self) -> Result<CpuShare, BenchError> {
        let now = CpuTimes::now(&self.pids)?;
        let elapsed = self.since.elapsed().as_secs_f64();
        let percent = |now: Duration, then: Duration| now.saturating_sub(then).as_secs_f64() / elapsed * 100.0;
        let program = percent(now.program, self.start.program);
        let own = percent(now.own, self.start.own);
        Ok(CpuShare { program, own, others: percent(now.all, self.start.all) - program - own })
    }
}

/// Processor time, in % of one core.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CpuShare {
    /// The measured program.
    pub(crate) program: f64,
    /// This generator.
    pub(crate) own: f64,
    /// All other programs of the machine.
    pub(crate) others: f64,
}

impl CpuShare {
    /// The program's and the generator's share as cells of a table.
    pub(crate) fn cells(self) -> [String; 2] {
        [format!("{:.0} %", self.program), format!("{:.0} %", self.own)]
    }

    /// A remark that other programs disturbed the run, if they did.
    pub(crate) fn disturbed(self, run: &str) -> Option<String> {
        (self.others > OTHERS_MAX_PERCENT).then(|| {
            format!(
                "**{run}: other programs (a database server among them) used {:.0} % of a core meanwhile**",
                self.others
            )
        })
    }
}
