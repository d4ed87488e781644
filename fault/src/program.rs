//! The server under test: a real process on a real file that is killed, stopped and started again
//! on the same port.

use crate::Failure;
use app::protocol::{ChatId, UserId};
use serde::Deserialize;
use std::{
    net::SocketAddr,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// A start that takes longer than this has failed.
const START_WITHIN: Duration = Duration::from_secs(20);
/// The signal with which `std::process::abort` ends a program. Armed failpoints use it.
const SIGABRT: i32 = 6;
/// A stop by SIGTERM that takes longer than this has failed.
const STOP_WITHIN: Duration = Duration::from_secs(12);

/// Runs the program (`$0`) with its data folder on a disk of 6 MiB. A third of the disk is occupied
/// by a file that can be removed. The disk exists as long as the program, so the same script fills
/// the clinic.
const SMALL_DISK: &str = r#"mount -t tmpfs -o size=6m tmpfs "$BEDSIDE_DATA_DIR" &&
    head -c 2097152 /dev/zero > "$BEDSIDE_DATA_DIR/filler" &&
    "$0" bench-clinic --pairs 1 > "$BEDSIDE_DATA_DIR/pairs" && exec "$0" serve"#;

/// Runs the program on a file system of its own, in an image file that outlasts the program. Only
/// such a file system can become read-only under a program that has files open on it.
const OWN_DISK: &str = r#"image="$BEDSIDE_DATA_DIR/image" BEDSIDE_DATA_DIR="$BEDSIDE_DATA_DIR/disk" &&
    export BEDSIDE_DATA_DIR && mkdir -p "$BEDSIDE_DATA_DIR" &&
    { [ -e "$image" ] || { truncate -s 64M "$image" && mkfs.ext4 -q "$image"; }; } &&
    mount -o loop "$image" "$BEDSIDE_DATA_DIR" && cd "$BEDSIDE_DATA_DIR" &&
    { [ -e pairs ] || "$0" bench-clinic --pairs 1 > pairs; } && exec "$0" serve"#;

/// The disk of the data folder.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disk {
    /// The disk of this machine.
    Shared,
    /// A file system of a few megabytes in memory, only in this program's namespace. It is deleted
    /// with the program.
    Small,
    /// A file system of its own, on which a disk error can be simulated.
    Own,
}

/// The program and its data folder.
pub(crate) struct Program {
    path: PathBuf,
    data: TempDir,
    /// The address at which the server listens, after its first start.
    pub(crate) addr: SocketAddr,
    child: Option<Child>,
    disk: Disk,
    /// Whether the run armed a failpoint at which the server dies. It may then end before it is
    /// stopped, or during the stop.
    pub(crate) is_armed: bool,
    /// Environment variables other than the folder and the address.
    settings: Vec<(&'static str, String)>,
    /// The longest time from a start to "listening" on an existing database.
    pub(crate) slowest_start: Duration,
}

/// A patient and a doctor with a chat, and their session tokens, as `bench-clinic` prints them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pair {
    pub(crate) chat_id: ChatId,
    pub(crate) doctor_id: UserId,
    pub(crate) doctor_token: String,
    pub(crate) patient_id: UserId,
    pub(crate) patient_token: String,
}

impl Program {
    /// An empty clinic that is not started yet.
    pub(crate) fn new(path: &Path) -> Result<Self, Failure> {
        let data = tempfile::Builder::new().prefix("bedside-fault-").tempdir()?;
        let addr = SocketAddr::from(([127, 0, 0, 1], 0));
        Ok(Self {
            path: path.to_owned(),
            data,
            addr,
            child: None,
            disk: Disk::Shared,
            is_armed: false,
            settings: Vec::new(),
            slowest_start: Duration::ZERO,
        })
    }

    /// An empty clinic with these environment variables.
    pub(crate) fn with(path: &Path, settings: Vec<(&'static str, String)>) -> Result<Self, Failure> {
        Ok(Self { settings, ..Self::new(path)? })
    }

    /// Sets an environment variable for the next start.
    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        self.settings.retain(|(set, _)| *set != name);
        self.settings.push((name, value.to_owned()));
    }

    /// A clinic of one pair on this kind of disk.
    pub(crate) fn on(disk: Disk, path: &Path) -> Result<Self, Failure> {
        Ok(Self { disk, ..Self::new(path)? })
    }

    /// Makes the program's own disk read-only, as the kernel does with a file system after an
    /// error.
    pub(crate) async fn make_read_only(&self) -> Result<(), Failure> {
        let (Some(pid), Disk::Own) = (self.child.as_ref().and_then(Child::id), self.disk) else {
            return Err(Failure::Program("it is not running on a disk of its own".to_owned()));
        };
        let status = Command::new("nsenter")
            .args(["--mount", "--target", &pid.to_string(), "mount", "-o", "remount,abort"])
            .arg(self.folder())
            .status()
            .await?;
        if status.success() { Ok(()) } else { Err(Failure::Program("the disk can't be made read-only".to_owned())) }
    }

    /// The data folder, as the program sees it.
    fn folder(&self) -> PathBuf {
        if self.disk == Disk::Own { self.data.path().join("disk") } else { self.data.path().to_owned() }
    }

    /// The pair of a clinic that the start script filled.
    pub(crate) fn only_pair(&self) -> Result<Pair, Failure> {
        let path = self.file("pairs").ok_or_else(|| Failure::Program("it is not running".to_owned()))?;
        let pairs = std::fs::read_to_string(path)?;
        Ok(serde_json::from_str(pairs.lines().next().unwrap_or_default())?)
    }

    /// A file in the data folder, as the running program sees it.
    pub(crate) fn file(&self, name: &str) -> Option<PathBuf> {
        let pid = self.child.as_ref()?.id()?;
        let folder = self.folder();
        let inside = folder.strip_prefix("/").ok()?;
        Some(PathBuf::from(format!("/proc/{pid}/root")).join(inside).join(name))
    }

    /// Fills the empty clinic with pairs.
    pub(crate) async fn make_clinic(&self, pairs: usize) -> Result<Vec<Pair>, Failure> {
        let output = self.command().args(["bench-clinic", "--pairs", &pairs.to_string()]).output().await?;
        if !output.status.success() {
            return Err(Failure::Program(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        let lines = String::from_utf8_lossy(&output.stdout).into_owned();
        lines.lines().map(|line| serde_json::from_str(line).map_err(Failure::from)).collect()
    }

    /// Starts the server with these failpoints armed. Returns when it listens.
    pub(crate) async fn launch(&mut self, failpoints: &str) -> Result<(), Failure> {
        let begun = Instant::now();
        self.is_armed = false;
        let is_first = self.addr.port() == 0;
        let mut child = self
            .command()
            .arg("serve")
            .env("FAILPOINTS", failpoints)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().ok_or_else(|| Failure::Program("no output".to_owned()))?;
        let mut lines = BufReader::new(stdout).lines();
        let listening = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(addr) = line.strip_prefix("listening on http://") {
                    return addr.parse().map_err(|_| Failure::Program(line.clone()));
                }
            }
            Err(Failure::Program("it ended before it listened".to_owned()))
        };
        self.addr = tokio::time::timeout(START_WITHIN, listening)
            .await
            .map_err(|_| Failure::Program("it did not listen in time".to_owned()))??;
        if !is_first {
            self.slowest_start = self.slowest_start.max(begun.elapsed());
        }
        self.child = Some(child);
        Ok(())
    }

    /// Starts the server with these failpoints armed, and with one at which it dies.
    pub(crate) async fn launch_armed(&mut self, always: &str, deadly: &str) -> Result<(), Failure> {
        self.launch(&[always, deadly].join(";")).await?;
        self.is_armed = !deadly.is_empty();
        Ok(())
    }

    /// The memory that the server uses, in bytes, without its program file (`RssAnon` of
    /// `/proc/PID/status`).
    pub(crate) fn memory(&self) -> Result<u64, Failure> {
        let nothing = || Failure::Program("its memory can't be read".to_owned());
        let id = self.child.as_ref().and_then(Child::id).ok_or_else(nothing)?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find(|line| line.starts_with("RssAnon:")).ok_or_else(nothing)?;
        let kib: u64 = line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).ok_or_else(nothing)?;
        Ok(kib * 1_024)
    }

    /// Whether the server has ended by itself at a failpoint.
    pub(crate) fn has_died(&mut self) -> bool {
        self.child.as_mut().is_none_or(|child| !matches!(child.try_wait(), Ok(None)))
    }

    /// Kills the server with SIGKILL, as if the machine had lost power.
    pub(crate) async fn kill(&mut self) -> Result<(), Failure> {
        if let Some(mut child) = self.child.take() {
            // The process may have ended already.
            let _ = child.start_kill();
            child.wait().await?;
        }
        Ok(())
    }

    /// Stops the server with SIGTERM. It must exit with 0, unless an armed failpoint ends it first.
    pub(crate) async fn end(&mut self) -> Result<(), Failure> {
        self.signal("TERM").await?;
        if let Some(mut child) = self.child.take() {
            let ended = tokio::time::timeout(STOP_WITHIN, child.wait()).await;
            match ended {
                Ok(Ok(status)) if status.success() => {}
                Ok(Ok(status)) if self.is_armed && status.signal() == Some(SIGABRT) => {}
                Ok(Ok(status)) => return Err(Failure::Program(format!("SIGTERM ended it with {status}"))),
                Ok(Err(error)) => return Err(error.into()),
                Err(_) => return Err(Failure::Program("SIGTERM did not end it in time".to_owned())),
            }
        }
        Ok(())
    }

    /// Sends a signal by name.
    pub(crate) async fn signal(&self, name: &str) -> Result<(), Failure> {
        if let Some(pid) = self.child.as_ref().and_then(Child::id) {
            Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().await?;
        }
        Ok(())
    }

    fn command(&self) -> Command {
        let script = match self.disk {
            Disk::Shared => None,
            Disk::Small => Some(SMALL_DISK),
            Disk::Own => Some(OWN_DISK),
        };
        let mut command = if let Some(script) = script {
            let mut command = Command::new("unshare");
            command.args(["--mount", "sh", "-c", script]).arg(&self.path);
            command
        } else {
            Command::new(&self.path)
        };
        command
            .env_remove("DATABASE_URL")
            .env("BEDSIDE_DATA_DIR", self.data.path())
            .env("BEDSIDE_ADDR", self.addr.to_string())
            .env("BEDSIDE_LIMIT_SCALE", "1000000")
            .env("BEDSIDE_LOG", "off")
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}
