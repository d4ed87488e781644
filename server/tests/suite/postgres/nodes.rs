//! Several servers on one database.

use crate::support::{Server, client_id, eventually};
use app::protocol::{Awaiting, ClientFrame, SearchPage, Seq};
use futures::{StreamExt, future::join_all, stream};
use serde_json::json;
use std::time::Duration;

/// The time that the contract allows between a session's end and the close of its sockets, plus
/// tolerance for a busy machine.
const ENDED_WITHIN: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn sends_over_two_servers_leave_no_gap_and_no_duplicate() {
    let one = Server::start().await;
    let other = one.beside().await;
    let (nora, okafor) = (one.patient("Nora").await, one.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let (there, okafor_there) = (nora.at(&other), okafor.at(&other));
    let people = [&*nora, &there, &*okafor, &okafor_there];
    let sends = (0..1_000).map(|n| {
        let person = people[n % people.len()];
        async move { person.send(chat, &format!("message {n}")).await.seq.0 }
    });
    let mut seqs: Vec<i64> = stream::iter(sends).buffer_unordered(200).collect().await;
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=1_000).collect::<Vec<i64>>());
    assert_eq!(one.database().number("SELECT COUNT(*) FROM chat_message"), 1_000);
    assert_eq!(nora.chat(chat).await.last_seq.0, 1_000);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn message_sent_to_two_servers_is_stored_once() {
    let one = Server::start().await;
    let other = one.beside().await;
    let (nora, okafor) = (one.patient("Nora").await, one.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let there = nora.at(&other);
    for n in 1..=20 {
        let id = client_id();
        let answers =
            join_all((0..8).map(|i| if i % 2 == 0 { &*nora } else { &there }).map(|p| p.send_as(chat, id, "once")))
                .await;
        assert!(answers.iter().all(|answer| *answer == answers[0] && answer.seq.0 == n), "{answers:?}");
    }
    assert_eq!(one.database().number("SELECT COUNT(*) FROM chat_message"), 20);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn sign_out_on_one_server_closes_sockets_on_the_other() {
    let one = Server::start().await;
    let other = one.beside().await;
    let nora = one.patient("Nora").await;
    let mut socket = nora.at(&other).socket().await;
    nora.delete("/api/session").await.expect(204);
    tokio::time::timeout(ENDED_WITHIN, socket.expect_close(4401)).await.expect("closed soon");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn servers_on_one_database_have_the_same_epoch() {
    let one = Server::start().await;
    let other = one.beside().await;
    let nora = one.patient("Nora").await;
    assert_eq!(nora.socket().await.epoch, nora.at(&other).socket().await.epoch);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn servers_without_a_bus_find_messages_in_the_database() {
    let one = Server::start().await;
    let other = one.beside().await;
    let (nora, okafor) = (one.patient("Nora").await, one.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let mut his = okafor.at(&other).socket().await;
    nora.send(chat, "on the other server").await;
    // The summary contains the position that the page lacks, so the page fetches the message.
    let summary = his.chat_where(|chat| chat.last_seq.0 == 1).await;
    assert_eq!((summary.chat_id, summary.unread), (chat, 1));
}

/// Makes the chat's last change old, so that the servers publish only changes from now on.
fn wait_until_published(server: &Server) {
    let ago = server.database().hours_ago(1);
    server.database().execute(&format!(
        "UPDATE doctor_patient_chat SET updated_at = {ago}; \
         UPDATE chat_member SET read_at = {ago}, delivered_at = {ago}, revised_at = NULL; \
         UPDATE doctor_profile SET revised_at = NULL"
    ));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn servers_without_a_bus_find_receipts_and_chat_status() {
    let one = Server::start().await;
    let other = one.beside().await;
    let (nora, okafor) = (one.patient("Nora").await, one.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let empty = one.patient("Tomas").await.initiate(&okafor).await;
    nora.send_many(chat, 2).await;
    let mut hers = nora.at(&other).socket().await;
    let mut his = okafor.socket().await;

    wait_until_published(&one);
    his.push(&ClientFrame::Delivered { chat_id: chat, seq: Seq(1) }).await;
    hers.chat_where(|chat| chat.peer_delivered_seq == Seq(1)).await;
    wait_until_published(&one);
    okafor.read(chat, 2).await;
    hers.chat_where(|chat| chat.peer_read_seq == Seq(2)).await;
    wait_until_published(&one);
    let act = async |chat, act| {
        okafor.post(&format!("/api/chats/{chat}/standing"), &act).await.expect(200);
    };
    act(chat, json!({ "act": "done", "seq": 2 })).await;
    hers.chat_where(|chat| chat.status.brief.awaiting == Awaiting::Nobody).await;
    wait_until_published(&one);
    let away = json!({ "from": "2020-01-01T08:00:00Z", "until": "2099-01-01T08:00:00Z" });
    okafor.put("/api/doctor/settings", &json!({ "acceptingChats": true, "away": away })).await.expect(200);
    hers.chat_where(|chat| chat.peer.availability.as_ref().is_some_and(|known| known.is_away)).await;
    wait_until_published(&one);
    act(chat, json!({ "act": "close", "reason": "All well." })).await;
    hers.chat_where(|chat| chat.status.closed.is_some()).await;
    // A chat without messages is covered too.
    let mut there = okafor.at(&other).socket().await;
    wait_until_published(&one);
    act(empty, json!({ "act": "block" })).await;
    there.chat_where(|chat| chat.chat_id == empty && chat.status.blocked.is_some()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn automatic_reply_is_sent_once_over_several_servers() {
    let one = Server::start().await;
    let other = one.beside().await;
    let (nora, tomas) = (one.patient("Nora").await, one.patient("Tomas").await);
    let (okafor, lin) = (one.doctor("Dr. Okafor").await, one.doctor("Dr. Lin").await);
    let chat = nora.initiate(&okafor).await;
    let away = json!({ "from": "2020-01-01T08:00:00Z", "until": "2099-01-01T08:00:00Z" });
    for doctor in [&okafor, &lin] {
        doctor.put("/api/doctor/settings", &json!({ "acceptingChats": true, "away": away })).await.expect(200);
    }
    let (there, tomas_there) = (nora.at(&other), tomas.at(&other));
    join_all((0..8).map(|n| (if n % 2 == 0 { &nora } else { &there }).send(chat, "hello"))).await;
    // Each server processes messages in order. Once it has sent an automatic reply to a later
    // message, it has processed all earlier ones.
    let (here_last, there_last) = (tomas.initiate(&okafor).await, tomas.initiate(&lin).await);
    tomas.send(here_last, "hello").await;
    tomas_there.send(there_last, "hello").await;
    let replies = |chat| {
        one.database().number(&format!("SELECT COUNT(*) FROM chat_message WHERE is_automatic AND chat_id = {chat}"))
    };
    eventually("both servers' notices", async || replies(here_last) == 1 && replies(there_last) == 1).await;
    assert_eq!(replies(chat), 1);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn message_of_one_server_is_found_and_retracted_on_another() {
    let one = Server::start().await;
    let other = one.beside().await;
    let (nora, okafor) = (one.patient("Nora").await, one.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let there = okafor.at(&other);
    let find = async || {
        let page: SearchPage = there.post("/api/search", &json!({ "query": "rash" })).await.expect(200).parse();
        page.hits.iter().map(|hit| hit.seq.0).collect::<Vec<_>>()
    };
    nora.send(chat, "A rash on my arm").await;
    assert_eq!(find().await, [1]);
    nora.send(chat, "The rash itches").await;
    assert_eq!(find().await, [2, 1]);
    nora.post(&format!("/api/chats/{chat}/messages/1/retract"), &json!({})).await.expect(200);
    assert_eq!(find().await, [2]);
}
