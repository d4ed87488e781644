//! Other programs that write to the database directly and know nothing of positions, client ids and
//! members.

use crate::support::{Server, SocketIo, client_id, eventually};
use app::protocol::{AdminOverview, Awaiting, DoctorPage, SearchPage, Seq};
use serde_json::json;

/// The beginning of each insert of another program.
const INSERT: &str = "INSERT INTO chat_message (chat_id, user_id, content";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn message_of_another_program_gets_a_seq_and_reaches_pages() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    nora.send(chat, "from a page").await;
    let (mut hers, mut his) = (nora.socket().await, okafor.socket().await);
    server.database().execute(&format!(
        "INSERT INTO chat_message (chat_id, user_id, content) VALUES ({chat}, {}, 'from a program')",
        nora.id()
    ));
    for socket in [&mut hers, &mut his] {
        let message = socket.message().await;
        assert_eq!((message.seq.0, message.content.as_str()), (2, "from a program"));
        assert_eq!(message.sender_id, nora.id());
    }
    // As on pages, a member who writes has read everything before. What was read earlier keeps its
    // time.
    let of = |read: Option<app::protocol::Timestamp>| read.map(|at| at.0);
    okafor.read(chat, 2).await;
    let before = of(nora.chat(chat).await.peer_read_at);
    server.database().execute(&format!(
        "INSERT INTO chat_message (chat_id, user_id, content) VALUES ({chat}, {}, 'an answer')",
        okafor.id()
    ));
    let seen = nora.chat(chat).await;
    assert_eq!((seen.peer_read_seq.0, of(seen.peer_read_at)), (3, before));
    hers.message().await;
    assert_eq!(okafor.send(chat, "and another").await.seq.0, 4);
    let seen = nora.chat(chat).await;
    assert_eq!((seen.last_seq.0, seen.read_seq.0), (4, 2), "the writer has read the messages before");
    assert_eq!(okafor.history(chat, "").await.messages.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn chat_of_another_program_has_members_and_is_usable() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    server.database().execute(&format!(
        "INSERT INTO doctor_patient_chat (doctor_id, patient_id) VALUES ({}, {})",
        okafor.id(),
        nora.id()
    ));
    let chats = nora.chats("").await.chats;
    assert_eq!(chats.len(), 1);
    let chat = chats[0].chat_id;
    assert_eq!(nora.initiate(&okafor).await, chat, "the pair's chat is this one");
    assert_eq!(okafor.send(chat, "hello").await.seq.0, 1);
    nora.read(chat, 1).await;
    assert_eq!(okafor.chat(chat).await.peer_read_seq.0, 1);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn seq_has_no_gaps_while_pages_and_programs_write_at_once() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let (database, id) = (server.database().clone(), okafor.id());
    let program = tokio::task::spawn_blocking(move || {
        for n in 0..50 {
            database.execute(&format!(
                "INSERT INTO chat_message (chat_id, user_id, content) VALUES ({chat}, {id}, 'program {n}')"
            ));
        }
    });
    for n in 0..200 {
        nora.send(chat, &format!("page {n}")).await;
    }
    program.await.unwrap();
    let seqs = server.database().texts("SELECT seq FROM chat_message ORDER BY seq");
    assert_eq!(seqs, (1..=250).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(nora.chat(chat).await.last_seq.0, 250);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn program_cannot_write_into_a_foreign_chat() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let tomas = server.patient("Tomás").await;
    let chat = nora.initiate(&okafor).await;
    let insert = "INSERT INTO chat_message (chat_id, user_id, content) VALUES";
    let said = server.database().refuse(&format!("{insert} ({chat}, {}, 'x')", tomas.id()));
    assert!(said.contains("23503"), "{said}");
    server.database().refuse(&format!("{insert} (999999, {}, 'x')", nora.id()));
    assert_eq!(server.database().number("SELECT last_seq FROM doctor_patient_chat"), 0);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn odd_row_is_rejected_without_affecting_users() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let (mut his, id) = (okafor.socket().await, nora.id());
    for (columns, values) in [
        ("client_id", "'bot-1'".to_owned()),
        ("client_id", format!("'{}'", client_id().to_string().to_uppercase())),
        ("created_at", "'infinity'".to_owned()),
        ("created_at", "'2037-01-01'".to_owned()),
        ("created_at", "now() AT TIME ZONE 'UTC' + interval '2 minutes'".to_owned()),
        ("change_seq", "1".to_owned()),
    ] {
        let sql = format!("{INSERT}, {columns}) VALUES ({chat}, {id}, 'odd', {values})");
        let said = server.database().refuse(&sql);
        assert!(said.contains("23514"), "{columns} {values}: {said}");
    }
    let sql = format!("{INSERT}, client_id) VALUES ({chat}, {id}, 'left to the database', NULL)");
    server.database().execute(&sql);
    assert_eq!(his.message().await.seq, Seq(1), "and no seq was skipped");
    let late = format!(
        "{INSERT}, created_at) VALUES ({chat}, {id}, 'a clock a little ahead', now() AT TIME ZONE 'UTC' + interval '20 seconds')"
    );
    server.database().execute(&late);
    assert_eq!(his.message().await.seq, Seq(2));
    his.expect_alive().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn existing_odd_row_is_read_with_all_others() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    nora.send(chat, "a rash").await;
    // Such rows exist in an older database, or in one whose owner removed the constraints.
    server.database().execute(&format!(
        "ALTER TABLE chat_message DROP CONSTRAINT chat_message_client_id_is_uuid, DROP CONSTRAINT chat_message_times; \
         ALTER TABLE chat_message DISABLE TRIGGER USER; \
         {INSERT}, seq, client_id, created_at) VALUES \
            ({chat}, {id}, 'an odd rash', 2, 'bot-1', 'infinity'), ({chat}, {id}, 'an odd rash, too', 3, 'bot-2', '-infinity'); \
         UPDATE doctor_patient_chat SET last_seq = 3; ALTER TABLE chat_message ENABLE TRIGGER USER",
        id = nora.id()
    ));
    for person in [&*nora, &*okafor] {
        assert_eq!(person.history(chat, "").await.messages.len(), 3);
        let chats = person.chats("").await.chats;
        assert_eq!(chats[0].last_message.as_ref().map(|message| message.seq), Some(Seq(3)));
        let found: SearchPage = person.post("/api/search", &json!({ "query": "rash" })).await.expect(200).parse();
        assert_eq!(found.hits.len(), 3);
        assert!(found.is_whole);
    }
    let mut ids: Vec<_> = nora.history(chat, "").await.messages.iter().map(|message| message.client_id).collect();
    ids.dedup();
    assert_eq!(ids.len(), 3, "each has a client id of its own");
    let body = json!({ "clientId": client_id(), "content": "x", "corrects": 2 });
    nora.try_send(chat, &body).await.expect_problem(409, "too_late_to_change");
    assert_eq!(okafor.send(chat, "goes on").await.seq, Seq(4));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn odd_times_in_settings_and_reports_hide_no_other_rows() {
    let server = Server::start().await;
    let (nora, okafor, robin) =
        (server.patient("Nora").await, server.doctor("Dr. Okafor").await, server.admin("Robin").await);
    let lin = server.doctor("Dr. Lin").await;
    let chat = nora.initiate(&okafor).await;
    let report = format!("/api/chats/{chat}/report");
    nora.post(&report, &json!({ "reason": "rude" })).await.expect(204);
    nora.post(&report, &json!({ "reason": "rude again" })).await.expect(204);
    server.database().execute(&format!(
        "ALTER TABLE doctor_profile DROP CONSTRAINT doctor_profile_times; \
         ALTER TABLE chat_report DROP CONSTRAINT chat_report_times; \
         ALTER TABLE \"user\" DROP CONSTRAINT user_disabled_at_is_time; \
         UPDATE doctor_profile SET away_from = '-infinity', away_until = 'infinity' WHERE user_id = {}; \
         UPDATE chat_report SET created_at = 'infinity' WHERE reason = 'rude'; \
         UPDATE \"user\" SET disabled_at = 'infinity' WHERE id = {}",
        okafor.id(),
        lin.id()
    ));
    let doctors: DoctorPage = nora.get("/api/doctors").await.expect(200).parse();
    assert_eq!(doctors.doctors.iter().map(|doctor| doctor.id).collect::<Vec<_>>(), [okafor.id()]);
    okafor.get("/api/doctor/settings").await.expect(200);
    assert_eq!(nora.chat(chat).await.chat_id, chat);
    let seen: AdminOverview = robin.get("/api/oversight").await.expect(200).parse();
    assert_eq!(seen.reports.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn row_with_its_own_seq_is_checked_and_chat_stays_writable() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let tomas = server.patient("Tomás").await;
    let chat = nora.initiate(&okafor).await;
    nora.send(chat, "one").await;
    okafor.read(chat, 1).await;
    let row = |user, seq: i64| format!("{INSERT}, seq) VALUES ({chat}, {user}, 'named {seq}', {seq})");
    for (user, seq, code) in
        [(nora.id(), 9, "23514"), (nora.id(), 3, "23514"), (nora.id(), 1, "23505"), (tomas.id(), 2, "23503")]
    {
        let said = server.database().refuse(&row(user, seq));
        assert!(said.contains(code), "{seq}: {said}");
    }
    let mut his = okafor.socket().await;
    server.database().execute(&row(nora.id(), 2));
    assert_eq!(his.message().await.content, "named 2", "the next seq counts as if the database had assigned it");
    let seen = okafor.chat(chat).await;
    assert_eq!((seen.last_seq, seen.unread, seen.status.brief.awaiting), (Seq(2), 1, Awaiting::Doctor));
    server.database().execute(&format!(
        "{INSERT}, seq) VALUES ({chat}, {}, 'three', 3), ({chat}, {}, 'four', 4)",
        okafor.id(),
        nora.id()
    ));
    let seen = okafor.chat(chat).await;
    assert_eq!((seen.last_seq, seen.read_seq, seen.peer_read_seq), (Seq(4), Seq(3), Seq(4)));
    assert_eq!(nora.send(chat, "goes on").await.seq, Seq(5));
    for act in [json!({ "act": "close", "reason": "All well." }), json!({ "act": "block" })] {
        okafor.post(&format!("/api/chats/{chat}/standing"), &act).await.expect(200);
        assert!(server.database().refuse(&row(nora.id(), 6)).contains("23514"));
    }
    for act in ["reopen", "unblock"] {
        okafor.post(&format!("/api/chats/{chat}/standing"), &json!({ "act": act })).await.expect(200);
    }
    assert_eq!(nora.send(chat, "and on").await.seq, Seq(6));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn automatic_message_does_not_mark_the_chat_as_read() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    nora.send(chat, "Is this urgent?").await;
    for (column, seq) in [("is_ai", 2), ("is_automatic", 3)] {
        let named = format!("{INSERT}, {column}) VALUES ({chat}, {}, 'a machine', TRUE)", okafor.id());
        server.database().execute(&named);
        let (hers, his) = (nora.chat(chat).await, okafor.chat(chat).await);
        assert_eq!((hers.last_seq, hers.peer_read_seq, hers.peer_delivered_seq), (Seq(seq), Seq(0), Seq(0)));
        assert_eq!((his.read_seq, his.status.brief.awaiting), (Seq(0), Awaiting::Doctor));
    }
    let named = format!("{INSERT}, is_ai, seq) VALUES ({chat}, {}, 'a machine', TRUE, 4)", okafor.id());
    server.database().execute(&named);
    assert_eq!(nora.chat(chat).await.peer_read_seq, Seq(0), "also for an INSERT with a seq");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn duplicate_row_changes_nothing() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let row = format!("{INSERT}, client_id) VALUES ({chat}, {}, 'once', '{}')", nora.id(), client_id());
    server.database().execute(&row);
    server.database().execute(&format!("{row} ON CONFLICT DO NOTHING"));
    assert!(server.database().refuse(&row).contains("23505"));
    let seen = okafor.chat(chat).await;
    assert_eq!((seen.last_seq, seen.unread), (Seq(1), 1));
    assert_eq!(nora.send(chat, "goes on").await.seq, Seq(2));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn other_programs_cannot_write_to_a_disabled_account() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let disable = |moment: &str| format!(r#"UPDATE "user" SET disabled_at = {moment} WHERE id = {}"#, okafor.id());
    server.database().execute(&disable("now()"));
    let row = format!("{INSERT}) VALUES ({chat}, {}, 'Are you there?')", nora.id());
    assert!(server.database().refuse(&row).contains("23514"));
    let named = format!("{INSERT}, seq) VALUES ({chat}, {}, 'Are you there?', 1)", nora.id());
    assert!(server.database().refuse(&named).contains("23514"));
    server.database().execute(&disable("NULL"));
    server.database().execute(&row);
}

/// More rows than one user ever sends at once.
const BULK: i64 = 2_500;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn bulk_insert_is_published_completely_and_closes_no_socket() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let (tomas, chat) = (server.patient("Tomás").await, nora.initiate(&okafor).await);
    let others = tomas.initiate(&okafor).await;
    let (mut hers, mut his, mut room) = (nora.socket().await, tomas.socket().await, SocketIo::open(&okafor).await);
    room.call("join", &json!(chat)).await;
    let database = server.database().clone();
    let bulk = format!("{INSERT}) SELECT {chat}, {}, 'message ' || n FROM generate_series(1, {BULK}) AS n", nora.id());
    let inserted = tokio::task::spawn_blocking(move || database.execute(&bulk));
    // Other chats work in the meantime.
    okafor.send(others, "to somebody else").await;
    assert_eq!(his.message().await.content, "to somebody else");
    inserted.await.unwrap();
    hers.chat_where(|chat| chat.last_seq == Seq(BULK)).await;
    for seq in 1..=BULK {
        let row = room.event("message:receive").await;
        assert_eq!((&row["seq"], &row["content"]), (&json!(seq), &json!(format!("message {seq}"))));
    }
    okafor.send(chat, "goes on").await;
    assert_eq!(hers.message().await.seq, Seq(BULK + 1));
    assert_eq!(room.event("message:receive").await["seq"], json!(BULK + 1));
    his.expect_alive().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn unindexable_chat_does_not_hide_other_chats_from_search() {
    let server = Server::start().await;
    let (nora, okafor, lin) =
        (server.patient("Nora").await, server.doctor("Dr. Okafor").await, server.doctor("Dr. Lin").await);
    let (chat, held) = (nora.initiate(&okafor).await, nora.initiate(&lin).await);
    nora.send(chat, "a rash").await;
    nora.send(held, "a cough").await;
    let find = async |query: &str| -> SearchPage {
        nora.post("/api/search", &json!({ "query": query })).await.expect(200).parse()
    };
    eventually("both are found", async || find("rash").await.is_whole && find("cough").await.hits.len() == 1).await;
    let lock = format!("SELECT 1 FROM chat_search WHERE chat_id = {held} FOR UPDATE");
    let holding = server.database().hold_on_server(&lock);
    nora.send(held, "another cough").await;
    nora.send(chat, "another rash").await;
    let page = find("rash").await;
    assert_eq!((page.hits.len(), page.is_whole), (2, false), "and it is said that something may be missing");
    holding.commit();
    eventually("all is found again", async || find("cough").await.hits.len() == 2).await;
}
