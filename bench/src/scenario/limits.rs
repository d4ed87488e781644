//! The machine's limits: echo, commits, fsync.

use super::{Bench, FSYNC_FOR};
use crate::{
    error::BenchError,
    limits::{commit, echo, fsync, postgres},
    report::{Section, Table},
    stats::{count, ms, whole},
};
use std::time::Duration;

/// Rows per transaction.
const BATCHES: [u64; 3] = [1, 16, 128];
/// The longest measurement of a size of transaction. No queue has to fill first, so a short time is
/// enough.
const COMMITS_FOR_MAX: Duration = Duration::from_secs(5);

/// Clients and rows per transaction on PostgreSQL.
const CLIENTS_AND_BATCHES: [(u32, u64); 4] = [(1, 1), (32, 1), (1, 16), (8, 16)];

async fn on_sqlite(bench: &mut Bench, length: Duration) -> Result<Table, BenchError> {
    let mut table = Table::new(["bare SQLite, rows per commit", "commits/s", "rows/s", "p50", "p99"]);
    for batch in BATCHES {
        let committed = commit::measure(&bench.dir, batch, length).await?;
        bench.rows = Some(committed.rows);
        let [p50, p99] = [committed.latency.p50, committed.latency.p99].map(ms);
        table.row([count(batch), whole(committed.commits), whole(committed.rows), p50, p99]);
    }
    Ok(table)
}

async fn on_postgres(bench: &mut Bench, server: &str, length: Duration) -> Result<Table, BenchError> {
    let url = format!("{server}/postgres");
    let mut table = Table::new(["bare PostgreSQL, clients and rows per commit", "commits/s", "rows/s", "p50", "p99"]);
    for (clients, batch) in CLIENTS_AND_BATCHES {
        let inserted = postgres::measure(&url, clients, batch, length).await?;
        bench.rows = Some(inserted.rows);
        let [p50, p99] = [inserted.latency.p50, inserted.latency.p99].map(ms);
        table.row([format!("{clients} × {batch}"), whole(inserted.commits), whole(inserted.rows), p50, p99]);
    }
    Ok(table)
}

/// Runs the scenario.
pub(crate) async fn run(bench: &mut Bench) -> Result<(), BenchError> {
    let options = bench.options.clone();
    let sockets = options.sockets.iter().copied().max().unwrap_or_default();
    let echoed = echo::measure(options.warm_up(), options.measured(), sockets).await?;
    let mut echo = Table::new([
        "bare axum WebSocket echo, 100 connections",
        "p50",
        "p99",
        "memory per idle socket",
        "server CPU",
        "generator CPU",
    ]);
    let [server_cpu, own_cpu] = echoed.cpu.cells();
    echo.row([
        format!("{} messages/s", whole(echoed.per_second)),
        ms(echoed.latency.p50),
        ms(echoed.latency.p99),
        format!("{:.1} kB", echoed.rss_kb_per_socket),
        server_cpu,
        own_cpu,
    ]);

    let synced = fsync::measure(&bench.dir, FSYNC_FOR).await?;
    let length = options.measured().min(COMMITS_FOR_MAX);
    let commits = match &options.postgres {
        None => on_sqlite(bench, length).await?,
        Some(server) => on_postgres(bench, server, length).await?,
    };

    let mut disk = Table::new(["4 KiB + fdatasync", "p50", "p90", "p99", "max"]);
    for (name, times) in [("append", synced.append), ("in place", synced.in_place)] {
        disk.row([name.to_owned(), ms(times.p50), ms(times.p90), ms(times.p99), ms(times.max)]);
    }

    let mut section = Section::new("Limits of this machine", echo, Vec::new());
    section.tables.extend([commits, disk]);
    section.notes.push("Echo: one frame in and the same out. A chat message is one in and three out.".to_owned());
    // The disk's own speed is the better of two measurements, because earlier writes or another
    // program may slow it down.
    if synced.append.p50 < bench.fsync.append.p50 {
        bench.fsync = synced;
    }
    section.notes.extend(echoed.cpu.disturbed("echo"));
    bench.echo = Some(echoed);
    bench.report.add(section);
    Ok(())
}
