//! Programs that write to the database themselves, knowing nothing of places, client ids and members.

use crate::support::Server;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn a_message_of_another_program_gets_its_place_and_reaches_open_pages() {
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
    // As on pages: who writes reads what is new by it, and what was read before was read then.
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
    assert_eq!((seen.last_seq.0, seen.read_seq.0), (4, 2), "whoever writes has read what stands before");
    assert_eq!(okafor.history(chat, "").await.messages.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn a_chat_of_another_program_has_its_members_and_can_be_used() {
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
async fn places_stay_whole_while_pages_and_programs_write_at_once() {
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
async fn a_program_can_not_write_into_a_chat_of_others() {
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
