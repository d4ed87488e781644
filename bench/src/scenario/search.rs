//! Searches for messages by words in a clinic with a million messages.

use super::Bench;
use crate::{
    error::BenchError,
    http::{self, Http, HttpError},
    ids::Seeded,
    load::gets,
    report::{Goal, Met, Section, Table},
    server::{ClinicSize, PairKeys, Server},
    stats::{ms, whole},
};
use serde::Deserialize;
use std::time::{Duration, Instant};

/// Pairs of a doctor and a patient.
const PAIRS: u32 = 900;
/// Messages in each pair's chat but the first.
const SPREAD: u32 = 1_000;
/// Messages in the first chat, of a patient who has written for years.
const HISTORY: u32 = 100_000;
/// The goal for the 99th percentile of the latency.
const GOAL_P99: Duration = Duration::from_millis(50);
/// An index that is not complete after this many searches counts as failed.
const SEARCHES_MAX: u32 = 200;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    hits: Vec<serde::de::IgnoredAny>,
    is_whole: bool,
}

/// The words to search for, and who searches.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Rare,
    Prefix,
    Common,
    TwoWords,
    Elsewhere,
    Nothing,
}

impl Kind {
    const ALL: [(Self, &str); 6] = [
        (Self::Rare, "a rare word"),
        (Self::Prefix, "the beginning of many words"),
        (Self::Common, "a word of every message"),
        (Self::TwoWords, "two words"),
        (Self::Elsewhere, "a word of many messages, all others'"),
        (Self::Nothing, "a word that nobody wrote"),
    ];

    /// A query with the words that `bench-clinic` puts into the first chat and into the others.
    fn query(self, is_first: bool, random: &mut Seeded) -> String {
        match self {
            Self::Rare => format!("r{}", random.below(500_000)),
            Self::Prefix => format!("m{}", random.below(90) + 10),
            Self::Common => "monday".to_owned(),
            Self::TwoWords => format!("c{} m{}", random.below(50), random.below(9) + 1),
            // "also" occurs only in messages of the other chats, "history" only in those of the
            // first.
            Self::Elsewhere => if is_first { "also" } else { "history" }.to_owned(),
            Self::Nothing => format!("zz{}", random.below(1_000)),
        }
    }
}

/// Runs the scenario.
pub(crate) async fn run(bench: &mut Bench) -> Result<(), BenchError> {
    let mut table = Table::new(["query", "at a time", "searches/s", "p50", "p99", "server CPU", "generator CPU"]);
    let server = bench.serve(ClinicSize { pairs: PAIRS, history: HISTORY, spread: SPREAD }).await?;
    let begun = Instant::now();
    index(&server).await?;
    let mut notes = vec![
        format!("{} pairs with {SPREAD} messages each and one with {HISTORY}.", PAIRS - 1),
        format!("All of it was made searchable in {:.0} s, by asking.", begun.elapsed().as_secs_f64()),
    ];
    let many: Vec<PairKeys> = server.pairs.iter().skip(1).cloned().collect();
    let one = vec![server.first_pair()?.clone()];
    for connections in [1, gets::CONNECTIONS] {
        let mut worst = Duration::ZERO;
        for (kind, name, keys, is_first, whose) in Kind::ALL.into_iter().flat_map(|(kind, name)| {
            [(kind, name, &many, false, "anybody's 1,000"), (kind, name, &one, true, "the user's 100,000")]
        }) {
            let keys = keys.clone();
            let ask = move |random: &mut Seeded| {
                let place = usize::try_from(random.below(keys.len() as u64)).unwrap_or_default();
                let token = keys.get(place).map_or("", |keys| keys.patient_token.as_str());
                request(token, &kind.query(is_first, random))
            };
            let result =
                gets::run(&server.process, connections, bench.options.warm_up(), bench.options.measured(), ask).await?;
            notes.extend(result.cpu.disturbed(name));
            let [server_cpu, own_cpu] = result.cpu.cells();
            table.row([
                format!("{name}, {whose}"),
                connections.to_string(),
                whole(result.per_second),
                ms(result.latency.p50),
                ms(result.latency.p99),
                server_cpu,
                own_cpu,
            ]);
            worst = worst.max(result.latency.p99);
        }
        bench.report.goals.push(Goal {
            scenario: if connections == 1 { "search among 1 M messages, one at a time" } else { "16 at a time" },
            reach: "p99 ≤ 50 ms",
            measured: format!("p99 {} at worst", ms(worst)),
            against_limit: "–".to_owned(),
            met: Met::from(worst <= GOAL_P99),
        });
    }
    notes.extend(server.stop().await?);
    bench.report.add(Section::new("Search", table, notes));
    Ok(())
}

/// Makes every user search until the index is complete.
async fn index(server: &Server) -> Result<(), BenchError> {
    let mut http = Http::connect(server.process.addr).await?;
    for keys in &server.pairs {
        for _ in 0..SEARCHES_MAX {
            let page: Page = serde_json::from_slice(http.ask(&request(&keys.patient_token, "monday")).await?)
                .map_err(|_| HttpError::Body("no page of hits"))?;
            if page.is_whole && page.hits.is_empty() {
                return Err(HttpError::Body("nothing that every message has").into());
            }
            if page.is_whole {
                break;
            }
        }
    }
    Ok(())
}

fn request(token: &str, query: &str) -> String {
    http::post("/api/search", token, &format!(r#"{{"query":"{query}"}}"#))
}
