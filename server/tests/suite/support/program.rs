//! The real program, run as an operator runs it, in its own folder.

use super::{
    Client, DEADLINE, Database,
    postgres::{self, Scratch},
};
use std::{
    fs::File,
    path::PathBuf,
    process::{Output, Stdio},
    sync::Arc,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStdout, Command},
};

/// An installation: a data folder and environment variables.
pub(crate) struct Program {
    folder: TempDir,
    /// The program's database, unless it is a file in its folder.
    scratch: Option<Arc<Scratch>>,
    env: Vec<(String, String)>,
}

impl Program {
    /// An installation with no settings but the data folder and a free port.
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), scratch: None, env: Vec::new() }.env("BEDSIDE_ADDR", "127.0.0.1:0")
    }

    /// An installation on the kind of database that the suite runs on.
    pub(crate) fn on_either_database() -> Self {
        let Some(scratch) = postgres::is_chosen().then(|| Arc::new(Scratch::with_schema())) else {
            return Self::new();
        };
        let url = scratch.url();
        Self { scratch: Some(scratch), ..Self::new() }.env("DATABASE_URL", &url)
    }

    /// Sets one more variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log.txt")
    }

    /// The default data folder.
    pub(crate) fn data_folder(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The program's database.
    pub(crate) fn database(&self) -> Database {
        match &self.scratch {
            Some(scratch) => Database::Server(Arc::clone(scratch)),
            None => Database::at(&self.data_folder().join("bedside.db")),
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bedside"));
        command.args(args).env_clear().current_dir(self.folder.path()).kill_on_drop(true);
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end with `stdin` as standard input.
    pub(crate) async fn run(&self, args: &[&str], stdin: &str) -> Output {
        let mut child = self.command(args).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        // The program may end without reading its input.
        let _ = input.write_all(stdin.as_bytes()).await;
        drop(input);
        tokio::time::timeout(DEADLINE, child.wait_with_output()).await.expect("it ends").unwrap()
    }

    /// Starts `bedside serve` and waits for the line with its address.
    pub(crate) async fn serve(&self) -> Serving {
        let log = File::create(self.log_path()).unwrap();
        let mut child = self.command(&["serve"]).stdin(Stdio::null()).stderr(log).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        tokio::time::timeout(DEADLINE, stdout.read_line(&mut line)).await.expect("it says where it listens").unwrap();
        let base = line.trim_end().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}"));
        Serving { client: Client::new(base), child, stdout, log: self.log_path() }
    }
}

/// A running `bedside serve`.
pub(crate) struct Serving {
    /// A client of the server.
    pub(crate) client: Client,
    child: Child,
    stdout: BufReader<ChildStdout>,
    log: PathBuf,
}

impl Serving {
    /// What the program has written to standard error so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Sends a signal (`TERM`, `INT`, `KILL`) and waits for the program's end. Returns the exit
    /// code and all that it wrote.
    pub(crate) async fn stop(mut self, signal: &str) -> (Option<i32>, String) {
        let id = self.child.id().expect("it still runs").to_string();
        let status = Command::new("kill").args(["-s", signal, &id]).status().await.unwrap();
        assert!(status.success());
        let status = tokio::time::timeout(DEADLINE, self.child.wait()).await.expect("it ends").unwrap();
        let mut output = self.log();
        self.stdout.read_to_string(&mut output).await.unwrap();
        (status.code(), output)
    }
}
