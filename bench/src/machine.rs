//! Facts about the machine and about processes, read from `/proc`. It returns no names and no
//! paths, because the report may be published.

use crate::error::BenchError;
use std::{fs, path::Path, time::Duration};

/// The length of a clock tick in `/proc/<pid>/stat`. Linux always shows 100 ticks per second to
/// programs.
const TICK: Duration = Duration::from_millis(10);

/// Memory that a process uses, in kB (VmRSS).
pub(crate) fn rss_kb(pid: u32) -> Result<u64, BenchError> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).map_err(BenchError::io("reading VmRSS"))?;
    field(&status, "VmRSS:").ok_or_else(|| BenchError::Setup("the process has no VmRSS: it has ended".to_owned()))
}

/// Processor time that a process has used, as user and system.
pub(crate) fn cpu_time(pid: u32) -> Result<Duration, BenchError> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).map_err(BenchError::io("reading processor times"))?;
    ticks(&stat)
        .map(|ticks| TICK * ticks)
        .ok_or_else(|| BenchError::Setup("the process' stat file has no processor times".to_owned()))
}

/// `utime + stime`, the 12th and 13th fields after the program's name in brackets, which may
/// contain spaces.
fn ticks(stat: &str) -> Option<u32> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// The parent of a process.
pub(crate) fn parent_of(pid: u32) -> Result<u32, BenchError> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).map_err(BenchError::io("reading a process' parent"))?;
    let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
    parent.ok_or_else(|| BenchError::Setup("the process' stat file has no parent".to_owned()))
}

/// A process and its children that still run.
pub(crate) fn with_children(pid: u32) -> Result<Vec<u32>, BenchError> {
    let all = fs::read_dir("/proc").map_err(BenchError::io("reading the list of processes"))?;
    let ids = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    // A process that has ended meanwhile has no stat file and is skipped.
    let children = ids.filter(|id| parent_of(*id).is_ok_and(|parent| parent == pid));
    Ok(std::iter::once(pid).chain(children).collect())
}

/// Processor time that the whole machine has used: user, nice, system, and time that a host took
/// from it.
pub(crate) fn cpu_time_of_all() -> Result<Duration, BenchError> {
    let stat = fs::read_to_string("/proc/stat").map_err(BenchError::io("reading processor times"))?;
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "));
    let fields: Vec<u32> = line.unwrap_or_default().split_whitespace().map_while(|field| field.parse().ok()).collect();
    match fields.as_slice() {
        [user, nice, system, _idle, _io_wait, _irq, _soft_irq, steal, ..] => Ok(TICK * (user + nice + system + steal)),
        _ => Err(BenchError::Setup("the machine's stat file has no processor times".to_owned())),
    }
}

/// How many files, including sockets, this process and its children may open.
pub(crate) fn max_open_files() -> Result<u64, BenchError> {
    let limits = fs::read_to_string("/proc/self/limits").map_err(BenchError::io("reading the limit of open files"))?;
    Ok(field(&limits, "Max open files").unwrap_or(u64::MAX))
}

/// Connections that this machine has rejected so far because a program's listen queue was full. A
/// client tries again after a second, so each of them is a second of waiting.
pub(crate) fn listen_drops() -> u64 {
    let netstat = fs::read_to_string("/proc/net/netstat").unwrap_or_default();
    netstat_count(&netstat, "ListenDrops").unwrap_or_default()
}

/// A counter in `/proc/net/netstat`, where a line of numbers follows a line of names.
fn netstat_count(netstat: &str, name: &str) -> Option<u64> {
    let lines: Vec<&str> = netstat.lines().collect();
    lines.chunks_exact(2).find_map(|lines| {
        let [names, numbers] = lines else { return None };
        let place = names.split_whitespace().position(|other| other == name)?;
        numbers.split_whitespace().nth(place)?.parse().ok()
    })
}

/// The first number after a label at the start of a line.
fn field(text: &str, label: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(label))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The facts about the machine that the report lists.
pub(crate) fn facts(folder: &Path) -> Vec<String> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory_mb = field(&memory, "MemTotal:").unwrap_or_default() / 1_024;
    let mut facts = vec![
        format!("{cores} cores, shared by the server and this generator"),
        format!("{memory_mb} MB of memory"),
        format!("Linux {}", kernel.trim()),
    ];
    let file_system = file_system(folder).unwrap_or_else(|| "unknown".to_owned());
    facts.push(format!("database on {file_system}"));
    if file_system == "tmpfs" || file_system == "ramfs" {
        facts.push("**that is memory, not a disk: nothing here says what durability costs; use --dir**".to_owned());
    }
    facts
}

/// The kind of the file system that contains a folder.
fn file_system(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let (_, kind) = mounts
        .lines()
        .filter_map(|line| {
            let (mount, source) = line.split_once(" - ")?;
            let point = mount.split_whitespace().nth(4)?;
            let kind = source.split_whitespace().next()?;
            folder.starts_with(point).then_some((point.len(), kind))
        })
        // Of equally long mount points, the later mount covers the earlier.
        .max_by_key(|(length, _)| *length)?;
    Some(kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_times_are_parsed_after_any_program_name() {
        let stat = "42 (a name) with)) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 4 0 1 2 3";
        assert_eq!(ticks(stat), Some(200));
        assert_eq!(ticks("nonsense"), None);
    }

    #[test]
    fn network_counters_are_found_by_name() {
        let netstat = "TcpExt: SyncookiesSent ListenDrops\nTcpExt: 3 7\nIpExt: InOctets\nIpExt: 9\n";
        assert_eq!(netstat_count(netstat, "ListenDrops"), Some(7));
        assert_eq!(netstat_count(netstat, "InOctets"), Some(9));
        assert_eq!(netstat_count(netstat, "Other"), None);
    }

    #[test]
    fn this_process_can_be_measured() -> Result<(), BenchError> {
        assert!(rss_kb(std::process::id())? > 100);
        assert!(cpu_time(std::process::id())? < Duration::from_hours(1));
        assert!(cpu_time_of_all()? >= cpu_time(std::process::id())?);
        assert!(max_open_files()? > 10);
        let own = std::process::id();
        assert!(with_children(parent_of(own)?)?.contains(&own));
        Ok(())
    }
}
