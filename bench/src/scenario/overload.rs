//! Three times the load that the server can handle: its memory, whether it keeps what it acked, and
//! how it recovers.

mod check;
mod probe;

use super::{Bench, USUAL_PAIRS};
use crate::{
    error::BenchError,
    load::{
        closed,
        open::{self, Backlog, OpenLoop, OpenResult},
    },
    machine,
    report::{Goal, Met, Section, Table},
    server::ClinicSize,
    stats::{Window, as_f64, count, ms, per_second, whole},
};
use check::{Check, check};
use probe::Probes;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// The load as a multiple of the capacity.
const FACTOR: f64 = 3.0;
/// Time at the end for messages under way.
const DRAIN: Duration = Duration::from_secs(15);
/// Time between two measurements of the server's memory.
const SAMPLE_EVERY: Duration = Duration::from_millis(200);
/// Memory counts as bounded if it grows by less than this factor from the first half of the run to
/// the second.
const GROWTH_MAX: f64 = 1.2;
/// A server that recovers within this time recovers "at once".
const RECOVERS_WITHIN: Duration = Duration::from_secs(1);

/// The server's memory over time, in kB.
type Samples = Vec<(Instant, u64)>;

/// Runs the scenario.
pub(crate) async fn run(bench: &mut Bench) -> Result<(), BenchError> {
    let capacity = capacity(bench).await?;
    let load = OpenLoop {
        per_second: rate(capacity * FACTOR),
        warm_up: Duration::ZERO,
        measured: Duration::from_secs(bench.options.overload_seconds),
        drain: DRAIN,
        backlog: Backlog::Shed,
        marks: bench.options.marks(),
    };
    // One more pair, which sends at long intervals.
    let server = bench.serve(ClinicSize { pairs: USUAL_PAIRS + 1, history: 0, spread: 0 }).await?;
    let (process, keys) = (&server.process, server.first(USUAL_PAIRS));
    let before_kb = process.rss_kb()?;
    let mut samples = Samples::new();
    let probes = Probes::default();
    let person = server.pairs.last().ok_or_else(|| BenchError::Server("the clinic has no pairs".to_owned()))?;
    let overload = async {
        let result = open::run(process, keys, load).await?;
        let recovered = probes.recovery(result.window.to).await;
        Ok::<_, BenchError>((result, recovered))
    };
    let (result, recovered) = tokio::select! {
        done = overload => done?,
        never = probe::probe(process.addr, person, &probes) => match never {},
        error = sample(process.pid, &mut samples) => return Err(error),
    };
    let after_kb = process.rss_kb()?;
    let check = check(process.addr, keys, &result.acked).await?;
    let notes = server.stop().await?;
    let memory = Memory::new(before_kb, after_kb, &samples, result.window);
    let asked = probes.asked_before(result.window.to);
    report(bench, capacity, &load, &Findings { result, memory, check, recovered, asked }, notes);
    Ok(())
}

/// The capacity of the server in messages per second: from the options, from an earlier scenario,
/// or measured now.
async fn capacity(bench: &Bench) -> Result<f64, BenchError> {
    if let Some(given) = bench.options.capacity {
        return Ok(f64::from(given));
    }
    if let Some(found) = bench.capacity {
        return Ok(found);
    }
    let server = bench.serve(ClinicSize { pairs: USUAL_PAIRS, history: 0, spread: 0 }).await?;
    let result =
        closed::run(std::slice::from_ref(&server.process), server.first(USUAL_PAIRS), bench.closed_loop()).await?;
    server.stop().await?;
    Ok(result.per_second)
}

fn rate(per_second: f64) -> u32 {
    // The conversion through text needs no cast that could fail.
    format!("{per_second:.0}").parse().unwrap_or(u32::MAX)
}

async fn sample(pid: u32, samples: &mut Samples) -> BenchError {
    loop {
        match machine::rss_kb(pid) {
            Ok(kb) => samples.push((Instant::now(), kb)),
            Err(error) => return error,
        }
        sleep(SAMPLE_EVERY).await;
    }
}

/// The development of the server's memory, in kB.
struct Memory {
    before: u64,
    first_half: u64,
    second_half: u64,
    after: u64,
}

impl Memory {
    fn new(before: u64, after: u64, samples: &Samples, window: Window) -> Self {
        let middle = window.start + (window.to - window.start) / 2;
        let most = |late: bool| samples.iter().filter(|(at, _)| (*at >= middle) == late).map(|(_, kb)| *kb).max();
        Self { before, first_half: most(false).unwrap_or_default(), second_half: most(true).unwrap_or_default(), after }
    }

    fn most(&self) -> u64 {
        self.first_half.max(self.second_half)
    }

    fn is_bounded(&self) -> bool {
        as_f64(self.second_half) <= as_f64(self.first_half.max(1)) * GROWTH_MAX
    }
}

struct Findings {
    result: OpenResult,
    memory: Memory,
    check: Check,
    recovered: Option<Duration>,
    /// The number of acked probes during the overload, and of all probes.
    asked: (usize, usize),
}

fn report(bench: &mut Bench, capacity: f64, load: &OpenLoop, found: &Findings, mut notes: Vec<String>) {
    let Findings { result, memory, check, recovered, asked: (answered, all) } = found;
    let seconds = load.measured;
    let mb = |kb: u64| format!("{:.0} MB", as_f64(kb) / 1_024.0);
    let recovered_text = recovered.map_or_else(|| "never".to_owned(), ms);
    let mut table = Table::new(["overload", "value"]);
    let mut row = |name: &str, value: String| table.row([name.to_owned(), value]);
    row("capacity", format!("{} messages/s", whole(capacity)));
    row("offered", format!("{} messages/s for {} s", count(u64::from(load.per_second)), seconds.as_secs()));
    row("really sent", format!("{}/s", whole(per_second(result.sent, seconds))));
    row("left out since the server took no bytes", count(result.shed));
    row("acked", format!("{} ({}/s)", count(check.acked), whole(per_second(check.acked, seconds))));
    row("ack p50 / p99 of those", format!("{} / {}", ms(result.ack.p50), ms(result.ack.p99)));
    row("refused", count(result.refused));
    row("sockets closed by the server", count(result.closed));
    row("no answer that names the message", count(result.unanswered));
    row("acked but not stored", count(check.lost));
    row("stored twice, or a hole in seq", count(check.wrong));
    row("memory before", mb(memory.before));
    row("most memory in the first half", mb(memory.first_half));
    row("most memory in the second half, and after", mb(memory.second_half));
    row("memory at the end", mb(memory.after));
    row("probe sends acked during the overload", format!("{answered} of {all}"));
    row("after the end, a send acked within 50 ms", recovered_text.clone());
    if check.lost > 0 {
        notes.push("**Messages were acked and are not in the history.**".to_owned());
    }
    let [server_cpu, own_cpu] = result.cpu.cells();
    notes.extend(result.cpu.disturbed("overload"));
    notes.push(format!("Processor time: server {server_cpu}, generator {own_cpu}."));
    bench.report.add(Section::new("Overload", table, notes));
    let recovers = recovered.is_some_and(|after| after <= RECOVERS_WITHIN);
    bench.report.goals.push(Goal {
        scenario: "memory under overload (3 × capacity)",
        reach: "bounded, none acked and lost, recovers at once",
        measured: format!("{}, {} lost, {recovered_text}", mb(memory.most()), check.lost),
        against_limit: format!("{} before", mb(memory.before)),
        met: Met::from(memory.is_bounded() && check.lost == 0 && check.wrong == 0 && recovers),
    });
}
