//! The room's page as the server renders it.

use super::Bench;
use crate::{
    error::BenchError,
    http::{self, Http, HttpError},
    load::gets,
    report::{Goal, Met, Section, Table},
    server::ClinicSize,
    stats::{as_f64, ms, whole},
};

/// Messages in the room: as many as the page shows.
const MESSAGES: u32 = 50;
/// The goal in pages per second.
const GOAL_PER_SECOND: f64 = 1_500.0;

/// Runs the scenario.
pub(crate) async fn run(bench: &mut Bench) -> Result<(), BenchError> {
    let mut table = Table::new(["room page", "pages/s", "p50", "p99", "kB sent", "server CPU", "generator CPU"]);
    let server = bench.serve(ClinicSize { pairs: 1, history: MESSAGES, spread: 0 }).await?;
    let keys = server.first_pair()?;
    let path = format!("/patient/chat/{}", keys.chat_id);
    let mut notes = vec![format!("A room of {MESSAGES} messages, over {} connections.", gets::CONNECTIONS)];
    for (name, encodings) in [("plain", None), ("br, gzip accepted", Some("br, gzip"))] {
        let request = http::get(&path, &keys.patient_token, encodings);
        let mut http = Http::connect(server.process.addr).await?;
        let body = http.ask(&request).await?;
        if encodings.is_none() && !body.windows(7).any(|part| part == b"</html>") {
            return Err(HttpError::Body("no complete page").into());
        }
        let ask = move |_: &mut _| request.clone();
        let pages =
            gets::run(&server.process, gets::CONNECTIONS, bench.options.warm_up(), bench.options.measured(), ask)
                .await?;
        notes.extend(pages.cpu.disturbed(name));
        let [server_cpu, own_cpu] = pages.cpu.cells();
        table.row([
            name.to_owned(),
            whole(pages.per_second),
            ms(pages.latency.p50),
            ms(pages.latency.p99),
            format!("{:.1}", as_f64(pages.mean_bytes) / 1_024.0),
            server_cpu,
            own_cpu,
        ]);
        if encodings.is_none() {
            bench.report.goals.push(Goal {
                scenario: "room page rendered on the server",
                reach: "≥ 1,500/s",
                measured: format!("{}/s", whole(pages.per_second)),
                against_limit: "–".to_owned(),
                met: Met::from(pages.per_second >= GOAL_PER_SECOND),
            });
        }
    }
    notes.extend(server.stop().await?);
    bench.report.add(Section::new("Room page", table, notes));
    Ok(())
}
