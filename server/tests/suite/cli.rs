//! The `bedside` program as an operator runs it.

use crate::support::{Client, PASSWORD, Program, eventually};
use serde_json::json;
use std::process::Output;

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[track_caller]
fn succeeded(output: &Output) -> &str {
    assert!(output.status.success(), "{output:?}");
    text(&output.stdout)
}

#[track_caller]
fn failed(output: &Output) -> &str {
    assert!(!output.status.success(), "{output:?}");
    assert_eq!(text(&output.stdout), "");
    text(&output.stderr)
}

/// The text after `label` on the same line.
fn after<'a>(label: &str, output: &'a str) -> &'a str {
    output.lines().find_map(|line| line.strip_prefix(label)).unwrap_or_else(|| panic!("{label} in {output}")).trim()
}

const DOCTOR: [&str; 10] = [
    "user",
    "add",
    "--role",
    "doctor",
    "--email",
    "Elena@Example.org",
    "--name",
    "Dr. Elena García",
    "--specialty",
    "Cardiology",
];

#[tokio::test(flavor = "multi_thread")]
async fn user_add_prints_the_id_and_a_password_that_signs_in() {
    let program = Program::new();
    let output = program.run(&DOCTOR, "").await;
    let output = succeeded(&output);
    let (id, password) = (after("id:", output).parse::<i64>().unwrap(), after("password:", output));
    assert!(password.chars().count() >= 15);
    let serving = program.serve().await;
    let sign_in = json!({ "email": "elena@example.org", "password": password });
    let reply = serving.client.post("/api/session", &sign_in).await.expect(200);
    assert_eq!(reply.json(), json!({ "user": { "id": id, "name": "Dr. Elena García", "role": "doctor" } }));
    let doctors = serving.client.with_cookie(reply.cookie()).get("/api/doctors").await.expect(200).json();
    assert_eq!(
        (&doctors["doctors"][0]["specialty"], &doctors["doctors"][0]["acceptingChats"]),
        (&json!("Cardiology"), &json!(true))
    );
    assert_eq!(serving.stop("TERM").await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn user_add_reads_password_from_stdin_without_printing_it() {
    let program = Program::new();
    let args = ["user", "add", "--role", "admin", "--email", "robin@example.org", "--name", "Robin"];
    for (stdin, email) in [(format!("{PASSWORD}\n"), "robin@example.org"), (PASSWORD.to_owned(), "kim@example.org")] {
        let args = args.map(|arg| if arg.contains('@') { email } else { arg });
        let output = program.run(&args, &stdin).await;
        assert!(!succeeded(&output).contains("password"), "{output:?}");
        assert!(!text(&output.stderr).contains(PASSWORD));
    }
    let serving = program.serve().await;
    for email in ["robin@example.org", "kim@example.org"] {
        let reply = serving.client.post("/api/session", &json!({ "email": email, "password": PASSWORD })).await;
        assert_eq!(reply.expect(200).json()["user"]["role"], "admin");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn user_add_rejects_invalid_input_and_incomplete_doctors() {
    let program = Program::new();
    let add = |role, email, name| ["user", "add", "--role", role, "--email", email, "--name", name];
    for (args, stdin, names) in [
        (add("admin", "robin@example.org", "Robin"), "passwordpassword", "password"),
        (add("admin", "robin@example.org", "Robin"), "too short", "password"),
        (add("admin", "robin", "Robin"), PASSWORD, "email"),
        (add("admin", "robin@example.org", " "), PASSWORD, "name"),
        (add("nurse", "robin@example.org", "Robin"), PASSWORD, "--role"),
        (add("doctor", "robin@example.org", "Robin"), PASSWORD, "--specialty"),
    ] {
        let output = program.run(&args, stdin).await;
        let said = failed(&output);
        assert!(said.contains(names), "{names} in {said}");
        assert!(!said.contains("passwordpassword"), "{said}");
    }
    succeeded(&program.run(&DOCTOR, "").await);
    failed(&program.run(&DOCTOR, "").await);
    assert_eq!(program.database().number(r#"SELECT COUNT(*) FROM "user""#), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_fills_an_empty_clinic_once_with_working_sign_ins() {
    let program = Program::new();
    let output = program.run(&["demo"], "").await;
    let sign_ins: Vec<Vec<&str>> = succeeded(&output).lines().map(|line| line.split_whitespace().collect()).collect();
    let database = program.database();
    for (role, count) in [("doctor", 8), ("patient", 3), ("admin", 1)] {
        assert_eq!(sign_ins.iter().filter(|sign_in| sign_in[0] == role).count(), count, "{role}");
        let sql = format!(r#"SELECT COUNT(*) FROM "user" WHERE role = '{role}'"#);
        assert_eq!(usize::try_from(database.number(&sql)).unwrap(), count, "{role}");
    }
    assert_eq!(database.number("SELECT COUNT(DISTINCT specialty) FROM doctor_profile"), 6);
    assert_eq!(database.number("SELECT COUNT(*) FROM doctor_profile WHERE NOT accepting_chats"), 1);
    assert_eq!(database.number("SELECT COUNT(*) FROM doctor_patient_chat"), 2);
    assert!(database.number("SELECT MIN(last_seq) FROM doctor_patient_chat") > 1, "with some history");
    assert_eq!(database.number("SELECT COUNT(DISTINCT doctor_id) FROM office_hours"), 7, "one is in at any time");
    assert_eq!(database.number("SELECT COUNT(*) FROM doctor_profile WHERE away_until > CURRENT_TIMESTAMP"), 1);
    for (whose, least) in [("NULL", 3), ("NOT NULL", 2)] {
        let replies = format!("SELECT COUNT(*) FROM saved_reply WHERE owner_id IS {whose}");
        assert!(database.number(&replies) >= least, "replies to insert: {whose}");
    }
    let holes = "SELECT COUNT(*) FROM doctor_patient_chat c \
                 WHERE last_seq <> (SELECT COUNT(*) FROM chat_message m WHERE m.chat_id = c.chat_id)";
    assert_eq!(database.number(holes), 0);

    let serving = program.serve().await;
    for role in ["patient", "doctor", "admin"] {
        let sign_in = sign_ins.iter().find(|sign_in| sign_in[0] == role).unwrap();
        let body = json!({ "email": sign_in[1], "password": sign_in[2] });
        assert_eq!(serving.client.post("/api/session", &body).await.expect(200).json()["user"]["role"], role);
    }
    drop(serving);

    let messages = database.number("SELECT COUNT(*) FROM chat_message");
    let again = program.run(&["demo"], "").await;
    assert!(!text(&again.stdout).contains('@'), "no new sign-ins: {again:?}");
    assert_eq!(database.number(r#"SELECT COUNT(*) FROM "user""#), 12);
    assert_eq!(database.number("SELECT COUNT(*) FROM chat_message"), messages);
}

#[tokio::test(flavor = "multi_thread")]
async fn migrate_creates_the_schema_and_changes_nothing_when_repeated() {
    let program = Program::new();
    succeeded(&program.run(&["migrate"], "").await);
    assert_eq!(program.database().number(r#"SELECT COUNT(*) FROM "user""#), 0);
    succeeded(&program.run(&["migrate"], "").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn start_fails_and_names_the_invalid_setting() {
    for (name, value) in [
        ("DATABASE_URL", "mysql://localhost/bedside"),
        ("DATABASE_URL", "sqlite:"),
        ("DATABASE_URL", "sqlite::memory:"),
        ("BEDSIDE_DATA_DIR", "/dev/null/data"),
        ("BEDSIDE_ADDR", "localhost"),
        ("BEDSIDE_ADDR", "127.0.0.1:99999"),
        ("BEDSIDE_ADDR", "192.0.2.1:0"),
        ("BEDSIDE_PUBLIC_URL", "chat.example.org"),
        ("BEDSIDE_PUBLIC_URL", "ftp://chat.example.org"),
        ("BEDSIDE_PUBLIC_URL", "https://example.org/chat"),
        ("BEDSIDE_LIMIT_SCALE", "0"),
        ("BEDSIDE_LIMIT_SCALE", "-1"),
        ("BEDSIDE_LIMIT_SCALE", "NaN"),
        ("BEDSIDE_LIMIT_SCALE", "inf"),
        ("BEDSIDE_LIMIT_SCALE", "much"),
        ("BEDSIDE_CLIENT_IP", "guess"),
        ("BEDSIDE_TIME_ZONE", "Mars/Olympus"),
        ("BEDSIDE_SESSION_IDLE_HOURS", "0"),
        ("BEDSIDE_SESSION_MAX_HOURS", "soon"),
        ("BEDSIDE_LOG", "server=loud"),
        ("BEDSIDE_SECURITY_CONTACT", "somebody"),
        ("BEDSIDE_SECURITY_CONTACT", "http://chat.example.org/security"),
        ("BEDSIDE_API_DOCS", "perhaps"),
    ] {
        let output = Program::new().env(name, value).run(&["serve"], "").await;
        let said = failed(&output);
        assert!(said.contains(name), "{name}={value} is named in: {said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn help_lists_every_setting() {
    let output = Program::new().run(&["--help"], "").await;
    let help = succeeded(&output);
    for name in ["DATABASE_URL", "BEDSIDE_DATA_DIR", "BEDSIDE_ADDR", "BEDSIDE_PUBLIC_URL", "BEDSIDE_LIMIT_SCALE"] {
        assert!(help.contains(name), "{name} in {help}");
    }
    for command in ["serve", "migrate", "user", "demo"] {
        assert!(help.contains(command), "{command} in {help}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn serve_prints_its_address_and_stops_on_a_signal() {
    for signal in ["TERM", "INT"] {
        let program = Program::new();
        let serving = program.serve().await;
        assert!(!serving.client.base().ends_with(":0"), "the port is settled");
        serving.client.get("/readyz").await.expect(200);
        let (code, output) = serving.stop(signal).await;
        assert_eq!(code, Some(0), "{signal}: {output}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_have_a_separate_address_and_contain_no_names() {
    let program = Program::new().env("BEDSIDE_METRICS_ADDR", "127.0.0.1:0");
    let add = program.run(&DOCTOR, "").await;
    let doctor: i64 = after("id:", succeeded(&add)).parse().unwrap();
    let serving = program.serve().await;
    serving.client.get("/metrics").await.expect(404);

    let body = json!({ "name": "Nora Canary", "email": "nora@example.org", "password": PASSWORD });
    let cookie = serving.client.post("/api/accounts", &body).await.expect(201).cookie().to_owned();
    let nora = serving.client.with_cookie(&cookie);
    let chat =
        nora.post("/api/chats/initiate", &json!({ "doctorId": doctor })).await.expect(200).json()["chatId"].clone();
    let message = json!({ "clientId": crate::support::client_id(), "content": "canary text" });
    for _ in 0..2 {
        nora.post(&format!("/api/chats/{chat}/messages"), &message).await.expect(200);
    }
    let log = serving.log();
    let base = log.split_once("metrics on ").unwrap().1.split_once("/metrics").unwrap().0.to_owned();
    let metrics = Client::new(&base).get("/metrics").await.expect(200).body;
    assert!(metrics.contains("bedside_messages_stored_total 1\n"), "stored once, sent twice: {metrics}");
    assert!(metrics.contains("bedside_sockets 0\n"), "{metrics}");
    let idle = "bedside_database_connections{pool=\"Write\",state=\"Idle\"} 1\n";
    eventually("the pools are noted", async || {
        Client::new(&base).get("/metrics").await.expect(200).body.contains(idle)
    })
    .await;
    assert!(!metrics.contains("anary") && !metrics.contains("nora"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_and_sessions_survive_a_restart() {
    let program = Program::new();
    let add = program.run(&DOCTOR, "").await;
    let doctor: i64 = after("id:", succeeded(&add)).parse().unwrap();
    let first = program.serve().await;
    let body = json!({ "name": "Nora", "email": "nora@example.org", "password": PASSWORD });
    let cookie = first.client.post("/api/accounts", &body).await.expect(201).cookie().to_owned();
    let nora = first.client.with_cookie(&cookie);
    let chat =
        nora.post("/api/chats/initiate", &json!({ "doctorId": doctor })).await.expect(200).json()["chatId"].clone();
    let path = format!("/api/chats/{chat}/messages");
    let message = json!({ "clientId": crate::support::client_id(), "content": "remember me" });
    nora.post(&path, &message).await.expect(200);
    first.stop("TERM").await;

    let second = program.serve().await;
    let page = second.client.with_cookie(&cookie).get(&path).await.expect(200).json();
    assert_eq!(page["messages"][0]["content"], "remember me");
}

#[tokio::test(flavor = "multi_thread")]
async fn data_folder_is_accessible_only_to_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let program = Program::new();
    succeeded(&program.run(&["migrate"], "").await);
    let folder = program.data_folder();
    // A restored backup may be readable by all users of the machine.
    std::fs::set_permissions(folder.join("bedside.db"), std::fs::Permissions::from_mode(0o644)).unwrap();
    succeeded(&program.run(&["migrate"], "").await);
    for path in [folder.join("bedside.db"), folder] {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o} {}", path.display());
    }
}
