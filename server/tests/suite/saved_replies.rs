//! Saved replies, a doctor's own and the clinic's: who sees them and who may change them.

use crate::support::{Person, Server};
use app::protocol::{FieldCode, SavedReply, SavedReplyPage};
use serde_json::{Value, json};

async fn keep(person: &Person, title: &str, content: &str) -> SavedReply {
    let body = json!({ "title": title, "content": content });
    person.post("/api/saved-replies", &body).await.expect(201).parse()
}

/// The titles that a user sees, with a mark for the clinic's replies.
async fn titles(person: &Person) -> Vec<String> {
    let page: SavedReplyPage = person.get("/api/saved-replies").await.expect(200).parse();
    let title = |reply: SavedReply| if reply.is_clinics { format!("*{}", reply.title) } else { reply.title };
    page.replies.into_iter().map(title).collect()
}

fn at(reply: &SavedReply) -> String {
    format!("/api/saved-replies/{}", reply.id)
}

fn texts(title: &str, content: &str) -> Value {
    json!({ "title": title, "content": content })
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_sees_own_replies_and_the_clinics_but_no_others() {
    let server = Server::start().await;
    let (okafor, lin, robin) =
        (server.doctor("Dr. Okafor").await, server.doctor("Dr. Lin").await, server.admin("Robin").await);
    assert_eq!(titles(&okafor).await, [""; 0]);
    keep(&okafor, "Zinc", "Take it with food.").await;
    keep(&robin, "Opening hours", "We open at 8.").await;
    let own = keep(&okafor, "  Ánimo ", "\n¡Ánimo, {patient}!\n").await;
    assert_eq!((own.title.as_str(), own.content.as_str(), own.is_clinics), ("Ánimo", "¡Ánimo, {patient}!", false));
    keep(&lin, "Lin's", "Mine.").await;
    assert_eq!(titles(&okafor).await, ["Ánimo", "*Opening hours", "Zinc"], "by title, accents aside");
    assert_eq!(titles(&lin).await, ["Lin's", "*Opening hours"]);
    assert_eq!(titles(&robin).await, ["*Opening hours"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn users_can_change_and_delete_only_their_own_replies() {
    let server = Server::start().await;
    let (okafor, lin, robin) =
        (server.doctor("Dr. Okafor").await, server.doctor("Dr. Lin").await, server.admin("Robin").await);
    let (own, clinics) = (keep(&okafor, "Own", "x").await, keep(&robin, "The clinic's", "x").await);
    assert!(clinics.is_clinics);
    for (person, reply) in [(&*lin as &Person, &own), (&*robin, &own), (&*okafor, &clinics), (&*lin, &clinics)] {
        person.put(&at(reply), &texts("Taken", "y")).await.expect_problem(404, "saved_reply_not_found");
        person.delete(&at(reply)).await.expect_problem(404, "saved_reply_not_found");
    }
    for nowhere in ["/api/saved-replies/999999", "/api/saved-replies/none", "/api/saved-replies/-1"] {
        okafor.put(nowhere, &texts("x", "x")).await.expect_problem(404, "saved_reply_not_found");
        okafor.delete(nowhere).await.expect_problem(404, "saved_reply_not_found");
    }
    assert_eq!(titles(&okafor).await, ["Own", "*The clinic's"], "nothing has changed");
    for (person, reply) in [(&*okafor as &Person, &own), (&*robin, &clinics)] {
        let changed: SavedReply = person.put(&at(reply), &texts("New", "z")).await.expect(200).parse();
        assert_eq!(changed, SavedReply { title: "New".to_owned(), content: "z".to_owned(), ..reply.clone() });
    }
    assert_eq!(titles(&okafor).await, ["New", "*New"]);
    okafor.delete(&at(&own)).await.expect(204);
    okafor.delete(&at(&own)).await.expect_problem(404, "saved_reply_not_found");
    assert_eq!(titles(&okafor).await, ["*New"]);
    robin.delete(&at(&clinics)).await.expect(204);
    assert_eq!(titles(&lin).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn patients_and_strangers_have_no_saved_replies() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let own = keep(&okafor, "Own", "x").await;
    for (client, status, code) in [(&**nora, 403, "staff_only"), (&server.stranger(), 401, "unauthenticated")] {
        client.get("/api/saved-replies").await.expect_problem(status, code);
        client.post("/api/saved-replies", &texts("x", "x")).await.expect_problem(status, code);
        client.put(&at(&own), &texts("x", "x")).await.expect_problem(status, code);
        client.delete(&at(&own)).await.expect_problem(status, code);
    }
    assert_eq!(titles(&okafor).await, ["Own"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_invalid_texts_are_reported_at_once() {
    let server = Server::start().await;
    let okafor = server.doctor("Dr. Okafor").await;
    let own = keep(&okafor, &"é".repeat(100), &"é".repeat(5_000)).await;
    for (body, title, content) in [
        (json!({}), FieldCode::Required, FieldCode::Required),
        (texts(" ", "\n"), FieldCode::Required, FieldCode::Required),
        (texts(&"é".repeat(101), &"é".repeat(5_001)), FieldCode::TooLong, FieldCode::TooLong),
        (texts("a\0b", "\0a"), FieldCode::ForbiddenCharacter, FieldCode::ForbiddenCharacter),
    ] {
        let faults = [("title", title), ("content", content)];
        okafor.post("/api/saved-replies", &body).await.expect_invalid(&faults);
        okafor.put(&at(&own), &body).await.expect_invalid(&faults);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_owner_has_at_most_two_hundred_replies() {
    let server = Server::start().await;
    let (okafor, lin, robin) =
        (server.doctor("Dr. Okafor").await, server.doctor("Dr. Lin").await, server.admin("Robin").await);
    let rows = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)";
    for owner in [okafor.id().to_string(), "NULL".to_owned()] {
        server.database().execute(&format!(
            "{rows} INSERT INTO saved_reply (owner_id, title, content, created_at)
             SELECT {owner}, 'reply', 'x', '2026-01-01 00:00:00' FROM n"
        ));
    }
    for full in [&*okafor as &Person, &*robin] {
        full.post("/api/saved-replies", &texts("x", "x")).await.expect_problem(409, "too_many_saved_replies");
    }
    keep(&lin, "Lin's", "x").await;
    assert_eq!(titles(&lin).await.len(), 201, "the clinic's do not count for her");
}
