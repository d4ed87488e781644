//! Concurrent requests whose result must not depend on their order.

use crate::support::{DEADLINE, Doctor, Patient, Person, Server, Socket, client_id};
use app::protocol::{ChatId, ClientId, Message};
use futures::{StreamExt, future::join_all, stream};
use std::collections::HashSet;

/// Number of sends by each of the two members.
const SENDS: usize = 200;
/// More requests than one browser has under way at the same time.
const AT_ONCE: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn fifty_concurrent_initiates_create_one_chat() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let mut his = okafor.socket().await;
    let chats: HashSet<ChatId> = join_all((0..50).map(|_| nora.initiate(&okafor))).await.into_iter().collect();
    assert_eq!(chats.len(), 1);
    assert_eq!(server.database().number("SELECT COUNT(*) FROM doctor_patient_chat"), 1);
    assert_eq!(server.database().number("SELECT COUNT(*) FROM chat_member"), 2);
    let chat = his.chat().await.chat_id;
    nora.send(chat, "hello").await;
    assert_eq!(his.frames_until_message("hello").await.len(), 1, "the doctor receives it once");
}

async fn send_over_http(patient: &Patient, chat: ChatId) -> Vec<Message> {
    let send = async |n| patient.send(chat, &format!("patient {n}")).await;
    stream::iter((0..SENDS).map(send)).buffer_unordered(AT_ONCE).collect().await
}

/// Sends over two sockets at once without waiting for acks in between. Returns the acked positions.
async fn send_over_sockets(doctor: &Doctor, chat: ChatId) -> Vec<(ClientId, i64)> {
    let send = async |mut socket: Socket, name: &str| {
        let mut acked = Vec::new();
        for n in 0..SENDS / 2 {
            socket.push_send(chat, &format!("doctor {name} {n}")).await;
            if n >= AT_ONCE {
                acked.push(socket.ack().await);
            }
        }
        while acked.len() < SENDS / 2 {
            acked.push(socket.ack().await);
        }
        acked
    };
    let (desk, phone) = (doctor.socket().await, doctor.socket().await);
    let (desk, phone) = tokio::join!(send(desk, "desk"), send(phone, "phone"));
    desk.into_iter().chain(phone).map(|stored| (stored.client_id, stored.seq.0)).collect()
}

async fn receive(mut socket: Socket) -> Vec<Message> {
    let mut messages = Vec::new();
    while messages.len() < 2 * SENDS {
        messages.push(socket.message().await);
    }
    messages
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_sends_get_every_seq_once_in_one_order() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let (hers, his) = (tokio::spawn(receive(nora.socket().await)), tokio::spawn(receive(okafor.socket().await)));
    let (by_patient, by_doctor) = tokio::join!(send_over_http(&nora, chat), send_over_sockets(&okafor, chat));

    let mut seqs: Vec<(ClientId, i64)> = by_patient.iter().map(|message| (message.client_id, message.seq.0)).collect();
    seqs.extend(by_doctor);
    seqs.sort_by_key(|&(_, seq)| seq);
    assert!(seqs.iter().map(|&(_, seq)| seq).eq(1..=400), "every seq once");

    let received = async { tokio::try_join!(hers, his).unwrap() };
    let (hers, his) = tokio::time::timeout(DEADLINE, received).await.expect("all of them arrive");
    assert_eq!(hers, his);
    let ids: Vec<(ClientId, i64)> = hers.iter().map(|message| (message.client_id, message.seq.0)).collect();
    assert_eq!(ids, seqs, "as acked, in the order of their seqs");

    let people: [&Person; 2] = [&nora, &okafor];
    for reader in people {
        assert_eq!(reader.history(chat, "?after=0&limit=200").await.messages, hers[..200]);
        assert_eq!(reader.history(chat, "?after=200&limit=200").await.messages, hers[200..]);
    }
    assert_eq!(nora.chat(chat).await.last_seq.0, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_sends_of_one_client_id_store_one_message() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    for n in 1..=10 {
        let id = client_id();
        let answers = join_all((0..8).map(|_| nora.send_as(chat, id, "once"))).await;
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert_eq!(answers[0].seq.0, n);
    }
    assert_eq!(server.database().number("SELECT COUNT(*) FROM chat_message"), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_receipts_end_at_the_highest_seq() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    nora.send_many(chat, 30).await;
    join_all((1..=30).rev().map(|seq| okafor.read(chat, seq))).await;
    assert_eq!(okafor.chat(chat).await.read_seq.0, 30);
    assert_eq!(nora.chat(chat).await.peer_read_seq.0, 30);
}
