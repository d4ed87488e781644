//! Reads at random positions in longer and longer histories, and sends messages into them.

use super::{Bench, size};
use crate::{
    error::BenchError,
    http::{self, Http, HttpError},
    load::{closed, gets},
    plot::{Chart, Line},
    report::{Goal, Met, Section, Table},
    server::{ClinicSize, PairKeys, Server},
    stats::{Summary, ms, ratio, times, whole},
};
use serde::{Deserialize, de::IgnoredAny};
use std::time::Duration;

/// Messages per page.
const PAGE: u32 = 50;
/// The length of the longest history, which has a goal.
const GOAL_LONG: u32 = 1_000_000;
/// The length of the history that it is compared with.
const GOAL_SHORT: u32 = 10_000;
/// The goal for pages per second from the longest history.
const GOAL_PER_SECOND: f64 = 5_000.0;
/// How many times slower the 99th percentile of the longest history may be and still count as
/// equal. Runs differ by that much.
const GOAL_FLAT: f64 = 1.5;

#[derive(Deserialize)]
struct Page {
    messages: Vec<IgnoredAny>,
}

/// Runs the scenario.
pub(crate) async fn run(bench: &mut Bench) -> Result<(), BenchError> {
    let mut table = Table::new([
        "messages in the chat",
        "pages/s",
        "p50",
        "p99",
        "kB per page",
        "server CPU",
        "generator CPU",
        "send: ack p50",
        "ack p99",
    ]);
    let mut notes = Vec::new();
    let (mut reads, mut sends) = (Vec::new(), Vec::new());
    let (mut short_p99, mut long) = (None, None);
    for messages in bench.options.histories.clone() {
        let server = bench.serve(ClinicSize { pairs: 1, history: messages, spread: 0 }).await?;
        let pages = read(bench, &server, messages).await?;
        let closed = closed::run(std::slice::from_ref(&server.process), server.first(1), bench.closed_loop()).await?;
        notes.extend(pages.cpu.disturbed(&format!("pages of {messages} messages")));
        notes.extend(closed.notes(&format!("{messages} messages")));
        notes.extend(server.stop().await?);
        let [server_cpu, own_cpu] = pages.cpu.cells();
        table.row([
            size(messages),
            whole(pages.per_second),
            ms(pages.latency.p50),
            ms(pages.latency.p99),
            whole(crate::stats::as_f64(pages.mean_bytes) / 1_024.0),
            server_cpu,
            own_cpu,
            ms(closed.ack.p50),
            ms(closed.ack.p99),
        ]);
        reads.push((f64::from(messages), pages.latency.p99.as_secs_f64() * 1_000.0));
        sends.push((f64::from(messages), closed.ack.p50.as_secs_f64() * 1_000.0));
        match messages {
            GOAL_SHORT => short_p99 = Some(pages.latency.p99),
            GOAL_LONG => long = Some((pages.per_second, pages.latency)),
            _ => {}
        }
    }
    if let Some((per_second, latency)) = long {
        judge(bench, per_second, latency, short_p99);
    }
    notes.push(format!("Pages of {PAGE} before a random message, over {} connections.", gets::CONNECTIONS));
    bench.report.add(Section::new("History", table, notes));
    bench.report.charts.push(Chart {
        file: "cost-history.svg",
        title: "Cost against the length of the history",
        x: "messages in the chat",
        y: "ms",
        lines: vec![Line { name: "page of 50: p99", points: reads }, Line { name: "send to ack: p50", points: sends }],
    });
    Ok(())
}

async fn read(bench: &Bench, server: &Server, messages: u32) -> Result<gets::GetResult, BenchError> {
    let keys = server.first_pair()?.clone();
    let mut http = Http::connect(server.process.addr).await?;
    let first = http.ask(&request(&keys, u64::from(messages) + 1)).await?;
    let page: Page = serde_json::from_slice(first).map_err(|_| HttpError::Body("no page of messages"))?;
    if u32::try_from(page.messages.len()) != Ok(PAGE.min(messages)) {
        return Err(HttpError::Body("another number of messages than the page should").into());
    }
    // With these positions every page is full.
    let positions = u64::from(messages.saturating_sub(PAGE)) + 1;
    let ask = move |random: &mut crate::ids::Seeded| request(&keys, random.below(positions) + u64::from(PAGE) + 1);
    gets::run(&server.process, gets::CONNECTIONS, bench.options.warm_up(), bench.options.measured(), ask).await
}

fn request(keys: &PairKeys, before: u64) -> String {
    let path = format!("/api/chats/{}/messages?before={before}&limit={PAGE}", keys.chat_id);
    http::get(&path, &keys.patient_token, None)
}

fn judge(bench: &mut Bench, per_second: f64, long: Summary, short_p99: Option<Duration>) {
    let flat = short_p99.is_none_or(|short| ratio(long.p99, short) <= GOAL_FLAT);
    let compared =
        short_p99.map_or_else(|| "–".to_owned(), |short| format!("p99 {} of 10 k's", times(long.p99, short)));
    bench.report.goals.push(Goal {
        scenario: "history page of 50 from 1 M messages",
        reach: "≥ 5,000/s; p99 flat from 10 k to 1 M",
        measured: format!("{}/s; p99 {}", whole(per_second), ms(long.p99)),
        against_limit: compared,
        met: Met::from(per_second >= GOAL_PER_SECOND && flat),
    });
}
