//! `POST /api/accounts`: who may sign up, with which role and with which password.

use crate::support::{Client, PASSWORD, Reply, Server};
use app::protocol::FieldCode;
use serde_json::{Value, json};

async fn sign_up(client: &Client, name: &str, email: &str, password: &str) -> Reply {
    client.post("/api/accounts", &json!({ "name": name, "email": email, "password": password })).await
}

async fn sign_in(client: &Client, email: &str, password: &str) -> Reply {
    client.post("/api/session", &json!({ "email": email, "password": password })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_up_makes_a_patient_and_signs_in() {
    let server = Server::start().await;
    let stranger = server.stranger();
    let reply = sign_up(&stranger, "  Nora Lindqvist ", "nora@example.org", PASSWORD).await.expect(201);
    let body = reply.json();
    assert_eq!(body["user"]["name"], "Nora Lindqvist", "a name is kept without the space around it");
    assert_eq!(body["user"]["role"], "patient");
    assert!(body["user"]["id"].is_i64());
    let keys: Vec<&String> = body["user"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["id", "name", "role"], "a user is no more than the contract says");
    let signed_in = stranger.with_cookie(reply.cookie()).get("/api/session").await.expect(200);
    assert_eq!(signed_in.json(), body);
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_up_creates_only_patients_whatever_role_is_sent() {
    let server = Server::start().await;
    for (n, role) in ["doctor", "admin"].into_iter().enumerate() {
        let body = json!({
            "name": "Mallory", "email": format!("mallory{n}@example.org"), "password": PASSWORD,
            "role": role, "id": 999, "isAdmin": true, "user": { "role": role },
        });
        let reply = server.stranger().post("/api/accounts", &body).await.expect(201);
        assert_eq!(reply.json()["user"]["role"], "patient");
        assert_ne!(reply.json()["user"]["id"], 999);
    }
    assert_eq!(server.database().number(r#"SELECT COUNT(*) FROM "user" WHERE role <> 'patient'"#), 0);
    assert_eq!(server.database().number("SELECT COUNT(*) FROM doctor_profile"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn email_is_unique_ignoring_case_and_outer_spaces() {
    let server = Server::start().await;
    let stranger = server.stranger();
    sign_up(&stranger, "Ana", " Ana.Ruiz+Clinic@Example.ORG ", PASSWORD).await.expect(201);
    assert_eq!(server.database().texts(r#"SELECT email FROM "user""#), ["ana.ruiz+clinic@example.org"]);
    sign_up(&stranger, "Eve", "ANA.RUIZ+CLINIC@EXAMPLE.ORG", PASSWORD).await.expect_problem(409, "email_taken");
    sign_up(&stranger, "Other Ana", "anaruiz@example.org", PASSWORD).await.expect(201);
    sign_in(&stranger, "ana.ruiz+clinic@EXAMPLE.org", PASSWORD).await.expect(200);
    assert_eq!(server.database().number(r#"SELECT COUNT(*) FROM "user""#), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_sign_ups_with_one_email_create_one_account() {
    let server = Server::start().await;
    let stranger = server.stranger();
    let (first, second) = tokio::join!(
        sign_up(&stranger, "First", "same@example.org", PASSWORD),
        sign_up(&stranger, "Second", "SAME@example.org", PASSWORD),
    );
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_up_reports_all_faults_at_once_and_creates_nothing() {
    use FieldCode::{ForbiddenCharacter, Malformed, Required, TooLong, TooShort};
    let server = Server::start().await;
    let stranger = server.stranger();
    stranger.post("/api/accounts", &json!({})).await.expect_invalid(&[
        ("name", Required),
        ("email", Required),
        ("password", Required),
    ]);
    let long_name = "n".repeat(101);
    let long_email = format!("{}@example.org", "e".repeat(243));
    let cases = [
        ("   ", "a@example.org", PASSWORD, vec![("name", Required)]),
        (long_name.as_str(), "a@example.org", PASSWORD, vec![("name", TooLong)]),
        ("Line\nbreak", "a@example.org", PASSWORD, vec![("name", ForbiddenCharacter)]),
        ("Nul\0", "a@example.org", PASSWORD, vec![("name", ForbiddenCharacter)]),
        ("Ana", long_email.as_str(), PASSWORD, vec![("email", TooLong)]),
        ("", "nobody", "short", vec![("name", Required), ("email", Malformed), ("password", TooShort)]),
    ];
    for (name, email, password, faults) in cases {
        sign_up(&stranger, name, email, password).await.expect_invalid(&faults);
    }
    for email in
        ["nobody", "@example.org", "ana@", "ana@@example.org", "a na@example.org", "ana@.org", "ana@org.", "a\0@b.c"]
    {
        sign_up(&stranger, "Ana", email, PASSWORD).await.expect_invalid(&[("email", Malformed)]);
    }
    assert_eq!(server.database().number(r#"SELECT COUNT(*) FROM "user""#), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_up_rejects_fields_of_the_wrong_type() {
    let server = Server::start().await;
    for wrong in [json!(5), json!(null), json!(["x"]), json!({ "x": 1 })] {
        let body = json!({ "name": wrong, "email": "ana@example.org", "password": PASSWORD });
        server.stranger().post("/api/accounts", &body).await.expect_problem(422, "invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn password_is_checked_only_for_length_and_commonness() {
    use FieldCode::{TooCommon, TooLong, TooShort};
    let server = Server::start().await;
    let stranger = server.stranger();
    let longest = "zähl🦤".repeat(26)[..].chars().take(128).collect::<String>();
    assert_eq!(longest.chars().count(), 128);
    let refused = [
        ("kx7-fq2-wz9-pb", TooShort),
        ("пять букв ещё", TooShort),
        (&format!("{longest}x"), TooLong),
        ("passwordpassword", TooCommon),
        ("123456789012345", TooCommon),
        ("qwertyuiopasdfg", TooCommon),
        ("aaaaaaaaaaaaaaaaaaaa", TooCommon),
        ("nora lindqvist1", TooCommon),
    ];
    for (password, code) in refused {
        let reply = sign_up(&stranger, "Nora Lindqvist", "nora@example.org", password).await;
        reply.expect_invalid(&[("password", code)]);
    }
    for (n, password) in ["kx7-fq2-wz9-pbm", "only small words here", longest.as_str()].into_iter().enumerate() {
        let email = format!("fine{n}@example.org");
        sign_up(&stranger, "Nora Lindqvist", &email, password).await.expect(201);
        sign_in(&stranger, &email, password).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn password_keeps_its_spaces_and_is_stored_only_as_a_hash() {
    let server = Server::start().await;
    let stranger = server.stranger();
    let password = "  three unrelated words  ";
    sign_up(&stranger, "Ana", "ana@example.org", password).await.expect(201);
    sign_in(&stranger, "ana@example.org", password).await.expect(200);
    for other in [password.trim(), &password.to_uppercase(), "  three unrelated words "] {
        sign_in(&stranger, "ana@example.org", other).await.expect_problem(401, "invalid_credentials");
    }
    let hashes = server.database().texts(r#"SELECT password_hash FROM "user""#);
    assert!(hashes[0].starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hashes[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_never_contain_a_password_or_its_hash() {
    let server = Server::start().await;
    let made = sign_up(&server.stranger(), "Ana", "ana@example.org", PASSWORD).await.expect(201);
    let taken = sign_up(&server.stranger(), "Ana", "ana@example.org", PASSWORD).await.expect(409);
    for reply in [made, taken] {
        let body: Value = reply.json();
        let text = body.to_string();
        assert!(!text.contains(PASSWORD) && !text.contains("argon2") && !text.contains("ana@example.org"), "{text}");
    }
}
