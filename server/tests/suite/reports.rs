//! Reports to the clinic's admin: all are shown, and reported chats allow no retractions.

use crate::support::{Admin, Doctor, Patient, Person, Reply, Server};
use app::protocol::{AdminOverview, ChatId, FieldCode, ReportPage};
use futures::future::join_all;
use serde_json::json;

struct Clinic {
    server: Server,
    nora: Patient,
    okafor: Doctor,
    robin: Admin,
    chat: ChatId,
}

async fn clinic() -> Clinic {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let (robin, chat) = (server.admin("Robin").await, nora.initiate(&okafor).await);
    Clinic { server, nora, okafor, robin, chat }
}

impl Clinic {
    async fn report(&self, person: &Person, reason: &str) -> Reply {
        person.post(&format!("/api/chats/{}/report", self.chat), &json!({ "reason": reason })).await
    }

    async fn retract(&self, person: &Person, seq: i64) -> Reply {
        person.post(&format!("/api/chats/{}/messages/{seq}/retract", self.chat), &json!({})).await
    }

    async fn settle(&self, report: i64) {
        self.robin.post(&format!("/api/reports/{report}/settle"), &json!({})).await.expect(204);
    }

    async fn page(&self, query: &str) -> ReportPage {
        self.robin.get(&format!("/api/reports{query}")).await.expect(200).parse()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_most_three_concurrent_reports_are_stored() {
    let clinic = clinic().await;
    let replies = join_all((0..60).map(|number| {
        let reason = format!("report {number}");
        let clinic = &clinic;
        async move { clinic.report(&clinic.nora, &reason).await.status }
    }))
    .await;
    assert!(replies.iter().all(|status| [204, 429].contains(status)), "{replies:?}");
    assert_eq!(replies.iter().filter(|status| **status == 204).count(), 3);
    assert_eq!(clinic.server.database().number("SELECT COUNT(*) FROM chat_report"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn oldest_open_report_comes_first_and_all_can_be_read() {
    let clinic = clinic().await;
    let one = |id: i64| {
        format!(
            "INSERT INTO chat_report (id, chat_id, reporter_id, reason, created_at) \
             VALUES ({id}, {}, {}, 'report {id}', '2026-01-01 00:00:00');",
            clinic.chat,
            clinic.nora.id()
        )
    };
    clinic.server.database().execute(&(1..=240).map(one).collect::<String>());
    for settled in [2, 5, 239] {
        clinic.settle(settled).await;
    }
    let seen: AdminOverview = clinic.robin.get("/api/oversight").await.expect(200).parse();
    assert_eq!(seen.reports[0].reason, "report 1");
    assert!(seen.reports.iter().all(|report| report.settled_at.is_none()));
    let mut listed: Vec<i64> = seen.reports.iter().map(|report| report.id.0).collect();
    let mut after = seen.next_reports;
    while let Some(position) = after {
        let page = clinic.page(&format!("?limit=100&after={position}")).await;
        listed.extend(page.reports.iter().map(|report| report.id.0));
        after = page.next;
    }
    let open = (1..=240).filter(|id| ![2, 5, 239].contains(id));
    assert_eq!(listed, open.chain([239, 5, 2]).collect::<Vec<i64>>());
    // This page ends where the open reports end.
    let page = clinic.page("?limit=100").await;
    assert_eq!((page.reports.len(), page.reports[99].id.0), (100, 102));
    clinic.robin.get("/api/reports?limit=101").await.expect_invalid(&[("limit", FieldCode::OutOfRange)]);
    for position in ["1", "open-x", "shut-1"] {
        let reply = clinic.robin.get(&format!("/api/reports?after={position}")).await;
        reply.expect_invalid(&[("after", FieldCode::Malformed)]);
    }
    for person in [&*clinic.nora as &Person, &*clinic.okafor] {
        person.get("/api/reports").await.expect_problem(403, "admins_only");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn retraction_is_rejected_while_a_report_is_open() {
    let clinic = clinic().await;
    clinic.nora.send(clinic.chat, "before").await;
    clinic.okafor.send(clinic.chat, "an insult").await;
    clinic.nora.send(clinic.chat, "how dare you").await;
    clinic.retract(&clinic.nora, 1).await.expect(200);
    clinic.report(&clinic.nora, "He was rude.").await.expect(204);
    for (person, seq) in [(&*clinic.okafor as &Person, 2), (&*clinic.nora, 3)] {
        clinic.retract(person, seq).await.expect_problem(409, "chat_on_hold");
    }
    clinic.retract(&clinic.nora, 1).await.expect(200);
    let close = json!({ "act": "close", "reason": "Enough." });
    clinic.okafor.post(&format!("/api/chats/{}/standing", clinic.chat), &close).await.expect(200);
    clinic.retract(&clinic.okafor, 2).await.expect_problem(409, "chat_on_hold");
    let texts: Vec<String> =
        clinic.nora.history(clinic.chat, "").await.messages.into_iter().map(|message| message.content).collect();
    assert_eq!(texts, ["[retracted]", "an insult", "how dare you"]);
    assert_eq!(clinic.server.database().texts("SELECT content FROM retracted_message"), ["before"]);
    let seen = clinic.robin.get("/api/oversight").await.expect(200);
    assert!(!seen.body.contains("insult") && !seen.body.contains("before"), "the admin reads no chat: {}", seen.body);
    clinic.settle(1).await;
    clinic.retract(&clinic.okafor, 2).await.expect(200);
    assert_eq!(
        clinic.server.database().texts("SELECT content FROM retracted_message ORDER BY message_id"),
        ["before", "an insult"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_retraction_precedes_the_report_or_is_rejected() {
    let clinic = clinic().await;
    for seq in 1..=3 {
        clinic.okafor.send(clinic.chat, "an insult").await;
        let (reported, retracted) =
            tokio::join!(clinic.report(&clinic.nora, "He was rude."), clinic.retract(&clinic.okafor, seq));
        reported.expect(204);
        assert!([200, 409].contains(&retracted.status), "{retracted:?}");
        if retracted.status == 409 {
            clinic.retract(&clinic.okafor, seq).await.expect_problem(409, "chat_on_hold");
        }
        clinic.settle(seq).await;
    }
}
