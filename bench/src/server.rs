//! A Bedside server with its own clinic, in a folder that is removed afterwards.

use crate::{error::BenchError, limits::postgres, process::Process};
use serde::Deserialize;
use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
};
use tempfile::TempDir;
use tokio::process::Command;

/// Multiplies every rate limit and limit per user, so that no limit affects the measurement.
const LIMIT_SCALE: &str = "1000000";
/// The name of the server's log file in the folder.
const LOG_FILE: &str = "server.log";
/// The name of the database of a run on PostgreSQL.
const DATABASE: &str = "bedside_bench";
/// The number of the last log lines that an error contains.
const LOG_TAIL_LINES: usize = 5;
/// Environment variables of the caller that would change the measurement.
const NOT_INHERITED: [&str; 5] =
    ["DATABASE_URL", "BEDSIDE_PUBLIC_URL", "BEDSIDE_METRICS_ADDR", "BEDSIDE_BUS_URL", "BEDSIDE_TIME_ZONE"];

/// A doctor and a patient with a chat, and their session tokens, as `bench-clinic` prints them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PairKeys {
    /// The id of their chat.
    pub(crate) chat_id: i64,
    /// The token of the doctor's session.
    pub(crate) doctor_token: String,
    /// The token of the patient's session.
    pub(crate) patient_token: String,
}

/// The size of a clinic.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClinicSize {
    /// Pairs of a doctor and a patient.
    pub(crate) pairs: u32,
    /// Messages in the first pair's chat.
    pub(crate) history: u32,
    /// Messages of many words in each of the other chats.
    pub(crate) spread: u32,
}

/// A running server and its clinic.
#[derive(Debug)]
pub(crate) struct Server {
    /// The server's process.
    pub(crate) process: Process,
    /// The clinic's pairs.
    pub(crate) pairs: Vec<PairKeys>,
    folder: TempDir,
}

impl Server {
    /// Creates a clinic in a new folder below `parent`, or in an empty database on this PostgreSQL
    /// server, and starts a server on it.
    pub(crate) async fn start(
        bedside: &Path,
        parent: &Path,
        postgres: Option<&str>,
        size: ClinicSize,
    ) -> Result<Self, BenchError> {
        let folder =
            TempDir::with_prefix_in("bench-", parent).map_err(BenchError::io("making a folder for the data"))?;
        let database = match postgres {
            Some(server) => Some(empty_database(server).await?),
            None => None,
        };
        let start = || bedside_command(bedside, folder.path(), database.as_deref());
        let pairs = make_clinic(start(), size).await?;
        let log = File::create(folder.path().join(LOG_FILE)).map_err(BenchError::io("making the server's log"))?;
        let mut command = start();
        command.arg("serve").env("BEDSIDE_ADDR", "127.0.0.1:0").stderr(log);
        let process = Process::start(&mut command).await.map_err(|error| with_log(error, folder.path()))?;
        Ok(Self { process, pairs, folder })
    }

    /// The first `count` pairs.
    pub(crate) fn first(&self, count: u32) -> &[PairKeys] {
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(self.pairs.len());
        self.pairs.get(..count).unwrap_or_default()
    }

    /// The first pair, whose chat has the history.
    pub(crate) fn first_pair(&self) -> Result<&PairKeys, BenchError> {
        self.pairs.first().ok_or_else(|| BenchError::Server("the clinic has no pairs".to_owned()))
    }

    /// Stops the server. Returns a remark with the first line of its log, if there is one. The
    /// server logs warnings only.
    pub(crate) async fn stop(self) -> Result<Vec<String>, BenchError> {
        self.process.stop().await?;
        let log = log_lines(self.folder.path());
        Ok(match log.as_slice() {
            [] => Vec::new(),
            [first, ..] => vec![format!("The server logged {} lines, the first: `{first}`", log.len())],
        })
    }
}

/// Creates an empty database on this server after dropping the one of the last run. Returns its
/// address.
pub(crate) async fn empty_database(server: &str) -> Result<String, BenchError> {
    let client = postgres::connect(&format!("{server}/postgres")).await?;
    for sql in [format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"), format!("CREATE DATABASE {DATABASE}")] {
        client.batch_execute(&sql).await.map_err(BenchError::sql)?;
    }
    Ok(format!("{server}/{DATABASE}?sslmode=disable"))
}

pub(crate) fn bedside_command(bedside: &Path, folder: &Path, database: Option<&str>) -> Command {
    let mut command = Command::new(bedside);
    for name in NOT_INHERITED {
        command.env_remove(name);
    }
    if let Some(url) = database {
        command.env("DATABASE_URL", url);
    }
    command.env("BEDSIDE_DATA_DIR", folder).env("BEDSIDE_LIMIT_SCALE", LIMIT_SCALE).env("BEDSIDE_LOG", "warn");
    command
}

pub(crate) async fn make_clinic(mut command: Command, size: ClinicSize) -> Result<Vec<PairKeys>, BenchError> {
    let output = command
        .args(["bench-clinic", "--pairs", &size.pairs.to_string(), "--history", &size.history.to_string()])
        .args(["--spread", &size.spread.to_string()])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(BenchError::io("running `bedside bench-clinic`"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(BenchError::Server(format!("`bedside bench-clinic` failed: {}", said.trim())));
    }
    let pairs: Vec<PairKeys> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .map_err(|error| BenchError::Server(format!("`bedside bench-clinic` printed what is no pair: {error}")))?;
    if u32::try_from(pairs.len()).is_ok_and(|made| made >= size.pairs) {
        Ok(pairs)
    } else {
        Err(BenchError::Server(format!("`bedside bench-clinic` made {} pairs of {}", pairs.len(), size.pairs)))
    }
}

fn with_log(error: BenchError, folder: &Path) -> BenchError {
    let lines = log_lines(folder);
    let tail = lines.get(lines.len().saturating_sub(LOG_TAIL_LINES)..).unwrap_or_default();
    if tail.is_empty() { error } else { BenchError::Server(format!("{error}\n{}", tail.join("\n"))) }
}

fn log_lines(folder: &Path) -> Vec<String> {
    let log: PathBuf = folder.join(LOG_FILE);
    std::fs::read_to_string(log).unwrap_or_default().lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bench_clinic_line_is_parsed() {
        let line = r#"{"chatId":1,"doctorId":2,"doctorToken":"d","patientId":3,"patientToken":"p"}"#;
        let pair = serde_json::from_str::<PairKeys>(line);
        assert!(pair.is_ok_and(|pair| pair.chat_id == 1 && pair.doctor_token == "d" && pair.patient_token == "p"));
    }
}
