//! `GET /api/doctors`: what the directory shows, finds and pages through.

use crate::support::{Client, Server, query};
use app::protocol::{DoctorPage, FieldCode, UserId};
use serde_json::json;

async fn find(client: &Client, pairs: &[(&str, &str)]) -> Vec<String> {
    let page: DoctorPage = client.get(&query("/api/doctors", pairs)).await.expect(200).parse();
    page.doctors.into_iter().map(|doctor| doctor.name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn directory_shows_the_doctors_public_details() {
    let server = Server::start().await;
    let (patient, doctor) = (server.patient("Nora").await, server.doctor("Dr. Elena García").await);
    let reply = patient.get("/api/doctors").await.expect(200);
    let expected = json!({
        "doctors": [{
            "id": doctor.id(), "name": "Dr. Elena García", "specialty": "Cardiology", "bio": "Listens.",
            "languages": ["en", "es"], "acceptingChats": true,
        }],
        "next": null,
    });
    assert_eq!(reply.json(), expected);
    server.database().execute("UPDATE doctor_profile SET accepting_chats = FALSE");
    let page: DoctorPage = patient.get("/api/doctors").await.expect(200).parse();
    assert!(!page.doctors[0].accepting_chats);
}

#[tokio::test(flavor = "multi_thread")]
async fn directory_lists_only_active_doctors() {
    let server = Server::start().await;
    let patient = server.patient("Nora").await;
    server.admin("Robin").await;
    server.listed_doctor("Dr. Here", "Neurology").await;
    let gone = server.listed_doctor("Dr. Gone", "Neurology").await;
    server
        .database()
        .execute(&format!(r#"UPDATE "user" SET disabled_at = '2026-01-01 00:00:00' WHERE id = {}"#, gone.id));
    assert_eq!(find(&patient, &[]).await, ["Dr. Here"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn search_ignores_case_and_accents_of_names_and_specialties() {
    let server = Server::start().await;
    let patient = server.patient("Nora").await;
    for (name, specialty) in [
        ("Dr. Elena García", "Cardiología"),
        ("Dr. ANDRÉS Garcia", "Neurology"),
        ("Dr. Łukasz Müller", "Cardiology"),
        ("Dr. 100% Under_Score", r"Back\slash"),
    ] {
        server.listed_doctor(name, specialty).await;
    }
    let garcias = ["Dr. ANDRÉS Garcia", "Dr. Elena García"];
    for text in ["garcia", "GARCÍA", "Garci\u{301}a", "  gArCíA  ", "arcí"] {
        assert_eq!(find(&patient, &[("query", text)]).await, garcias, "{text}");
    }
    assert_eq!(find(&patient, &[("query", "lukasz muller")]).await, ["Dr. Łukasz Müller"]);
    assert_eq!(find(&patient, &[("query", "cardio garcía")]).await, ["Dr. Elena García"], "every word counts");
    assert_eq!(find(&patient, &[("query", "García neuro")]).await, ["Dr. ANDRÉS Garcia"]);
    assert_eq!(find(&patient, &[("query", "nobody")]).await, [""; 0]);
    assert_eq!(find(&patient, &[("query", "")]).await.len(), 4);
    // Characters with a meaning in SQL patterns are searched for literally.
    for literal in ["100%", "under_score", r"back\slash", "%", "_", r"\"] {
        assert_eq!(find(&patient, &[("query", literal)]).await, ["Dr. 100% Under_Score"], "{literal}");
    }
    assert_eq!(find(&patient, &[("query", "'; DROP TABLE user; --")]).await, [""; 0]);
    assert_eq!(find(&patient, &[("query", &"very long ".repeat(300))]).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn specialty_filter_matches_the_whole_specialty() {
    let server = Server::start().await;
    let patient = server.patient("Nora").await;
    for (name, specialty) in [("Dr. A", "Psychiatry"), ("Dr. B", "Child psychiatry"), ("Dr. C", "Pédiatrie")] {
        server.listed_doctor(name, specialty).await;
    }
    assert_eq!(find(&patient, &[("specialty", "PSYCHIATRY")]).await, ["Dr. A"]);
    assert_eq!(find(&patient, &[("specialty", "pediatrie")]).await, ["Dr. C"]);
    assert_eq!(find(&patient, &[("specialty", "Psych")]).await, [""; 0]);
    assert_eq!(find(&patient, &[("specialty", "Psychiatry"), ("query", "Dr. B")]).await, [""; 0]);
    assert_eq!(find(&patient, &[("specialty", "")]).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_continue_by_name_without_gaps_or_repeats() {
    let server = Server::start().await;
    let patient = server.patient("Nora").await;
    for n in 0..23 {
        // Some doctors share a name, and names differ in case and accents, which makes pages hard
        // to divide.
        let name = ["Dr. Ángel", "dr. angel", "Dr. Bo", "Dr. Zoë"][n % 4];
        server.listed_doctor(name, "Neurology").await;
    }
    let whole: DoctorPage = patient.get("/api/doctors?limit=100").await.expect(200).parse();
    assert_eq!((whole.doctors.len(), whole.next), (23, None));
    let folded: Vec<String> =
        whole.doctors.iter().map(|doctor| server::domain::text::fold_to_latin(&doctor.name)).collect();
    assert!(folded.is_sorted());
    for limit in ["1", "7", "22", "23"] {
        let mut seen: Vec<UserId> = Vec::new();
        let mut after = String::new();
        loop {
            let path = query("/api/doctors", &[("limit", limit), ("after", &after), ("query", "dr")]);
            let page: DoctorPage = patient.get(&path).await.expect(200).parse();
            assert!(page.doctors.len() <= limit.parse().unwrap());
            seen.extend(page.doctors.iter().map(|doctor| doctor.id));
            match page.next {
                Some(next) => after = next,
                None => break,
            }
        }
        let all: Vec<UserId> = whole.doctors.iter().map(|doctor| doctor.id).collect();
        assert_eq!(seen, all, "in pages of {limit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_limits_and_cursors_are_rejected() {
    let server = Server::start().await;
    let patient = server.patient("Nora").await;
    for limit in ["0", "-1", "101", "9223372036854775807"] {
        let reply = patient.get(&query("/api/doctors", &[("limit", limit)])).await;
        reply.expect_invalid(&[("limit", FieldCode::OutOfRange)]);
    }
    patient.get("/api/doctors?limit=100").await.expect(200);
    patient.get("/api/doctors?limit=many").await.expect_problem(422, "invalid");
    patient.get("/api/doctors?after=here").await.expect_invalid(&[("after", FieldCode::Malformed)]);
    patient.get("/api/doctors?after=&unknown=1").await.expect(200);
}
