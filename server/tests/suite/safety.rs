//! The clinic's emergency settings: built in until the admin changes them, visible to every
//! signed-in user.

use crate::support::{Browser, Person, Server};
use app::protocol::{FieldCode, Safety};
use serde_json::json;

const PATH: &str = "/api/clinic/safety";

async fn show(person: &Person) -> Safety {
    person.get(PATH).await.expect(200).parse()
}

#[tokio::test(flavor = "multi_thread")]
async fn new_clinic_has_the_built_in_lists_and_no_number() {
    let server = Server::start().await;
    let people = (server.patient("Nora").await, server.doctor("Dr. Okafor").await, server.admin("Robin").await);
    for person in [&*people.0 as &Person, &*people.1, &*people.2] {
        let safety = show(person).await;
        assert_eq!(safety.emergency_number, None);
        assert!(safety.phrases.en.contains("chest pain") && safety.phrases.es.contains("dolor* en el pecho"));
    }
    server.stranger().get(PATH).await.expect_problem(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn admin_changes_single_fields_and_null_restores_the_built_in() {
    let server = Server::start().await;
    let (nora, robin) = (server.patient("Nora").await, server.admin("Robin").await);
    let built_in = show(&nora).await;
    let changed: Safety = robin.put(PATH, &json!({ "emergencyNumber": " +34 112 " })).await.expect(200).parse();
    assert_eq!(changed, Safety { emergency_number: Some("+34 112".to_owned()), phrases: built_in.phrases.clone() });
    assert_eq!(show(&nora).await, changed);
    let list = "# Ours\nhaemorrhag*\r\nno pulse";
    let changed: Safety = robin.put(PATH, &json!({ "phrases": { "en": list } })).await.expect(200).parse();
    assert_eq!((changed.phrases.en.as_str(), changed.phrases.es.as_str()), (list, built_in.phrases.es.as_str()));
    assert_eq!(changed.emergency_number.as_deref(), Some("+34 112"));
    let emptied: Safety = robin.put(PATH, &json!({ "phrases": { "es": "" } })).await.expect(200).parse();
    assert_eq!(emptied.phrases.es, "", "a clinic may have none");
    assert_eq!(show(&nora).await, emptied);
    let reset = json!({ "emergencyNumber": null, "phrases": { "en": null, "es": null } });
    robin.put(PATH, &reset).await.expect(200);
    assert_eq!(show(&nora).await, built_in);
    robin.put(PATH, &json!({})).await.expect(200);
    assert_eq!(show(&nora).await, built_in);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_admin_can_change_safety_settings() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let body = json!({ "emergencyNumber": "666" });
    for person in [&*nora as &Person, &*okafor] {
        person.put(PATH, &body).await.expect_problem(403, "admins_only");
    }
    server.stranger().put(PATH, &body).await.expect_problem(401, "unauthenticated");
    assert_eq!(show(&nora).await.emergency_number, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_name_their_line_and_nothing_is_stored() {
    let server = Server::start().await;
    let robin = server.admin("Robin").await;
    let before = show(&robin).await;
    for (number, code) in
        [("", FieldCode::Required), ("call me", FieldCode::Malformed), (&*"1".repeat(21), FieldCode::TooLong)]
    {
        let body = json!({ "emergencyNumber": number, "phrases": { "en": "good" } });
        robin.put(PATH, &body).await.expect_invalid(&[("emergencyNumber", code)]);
    }
    let body = json!({ "phrases": { "en": "fine\n# a*\nno*", "es": "bien\n\n?!" } });
    let faults = [("phrases.en:3", FieldCode::TooShort), ("phrases.es:3", FieldCode::Malformed)];
    robin.put(PATH, &body).await.expect_invalid(&faults);
    let body = json!({ "phrases": { "en": "x\n".repeat(10_001), "es": "\0" } });
    let faults = [("phrases.en", FieldCode::TooLong), ("phrases.es", FieldCode::ForbiddenCharacter)];
    robin.put(PATH, &body).await.expect_invalid(&faults);
    assert_eq!(show(&robin).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_long_list_is_rejected_with_the_limit() {
    let server = Server::start().await;
    let robin = server.admin("Robin").await;
    let before = show(&robin).await;
    // Below the limit of a request and above the limit of a stored list.
    let list = "à".repeat(20_001);
    let change = json!({ "phrases": { "en": list } });
    robin.put(PATH, &change).await.expect_invalid(&[("phrases.en", FieldCode::TooLong)]);
    let mut browser = Browser::of(&robin);
    let form = [("language", "en"), ("list", list.as_str())];
    let refused = browser.submit("/admin/safety", "/fn/clinic/phrases", &form).await;
    let page = browser.follow(&refused).await.expect(200).page();
    assert!(page.contains("Please use 20000 characters or fewer."), "{page}");
    assert_eq!(show(&robin).await, before);
    // Two lists of maximum length are accepted one after the other.
    let list = "à".repeat(20_000);
    let both = json!({ "phrases": { "en": list, "es": list } });
    let reply = robin.put(PATH, &both).await.expect_problem(413, "too_large");
    assert!(reply.json()["detail"].as_str().is_some_and(|detail| detail.contains("64 KiB")));
    robin.put(PATH, &json!({ "phrases": { "en": list } })).await.expect(200);
    robin.put(PATH, &json!({ "phrases": { "es": list } })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn patient_pages_contain_the_number_and_not_the_phrases() {
    let server = Server::start().await;
    let (nora, okafor, robin) =
        (server.patient("Nora").await, server.doctor("Dr. Okafor").await, server.admin("Robin").await);
    let chat = nora.initiate(&okafor).await;
    let room = format!("/patient/chat/{chat}");
    let page = nora.get(&room).await.expect(200).page();
    assert!(page.contains("call your local emergency number") && !page.contains("tel:"), "{page}");
    robin.put(PATH, &json!({ "emergencyNumber": "0 11 2" })).await.expect(200);
    for path in ["/patient", &room] {
        let page = nora.get(path).await.expect(200).page();
        assert!(page.contains(r#"href="tel:0112""#) && page.contains("call 0 11 2"), "{page}");
        assert!(!page.contains("can't breathe") && !page.contains("respirar"), "fetched when somebody writes");
    }
    assert!(!okafor.get("/doctor").await.expect(200).page().contains("tel:"));
}
