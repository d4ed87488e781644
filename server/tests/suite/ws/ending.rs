//! What closes a socket: the end of its session, and the server's stop.

use crate::support::{DEADLINE, Person, Server, Socket};
use std::time::{Duration, Instant};

/// The contract allows one second; a busy machine gets one more.
const SOON: Duration = Duration::from_secs(2);

async fn assert_ended_soon(socket: &mut Socket) {
    let started = Instant::now();
    socket.expect_close(4401).await;
    assert!(started.elapsed() < SOON, "after {:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_out_closes_the_sockets_of_that_session_only() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    let (elsewhere, tomas) = (nora.on_another_device().await, server.patient("Tomás").await);
    let (mut tab, mut other_tab) = (nora.socket().await, nora.socket().await);
    let (mut phone, mut stranger) = (elsewhere.socket().await, tomas.socket().await);
    nora.delete("/api/session").await.expect(204);
    assert_ended_soon(&mut tab).await;
    assert_ended_soon(&mut other_tab).await;
    phone.expect_alive().await;
    stranger.expect_alive().await;
    assert_eq!(Socket::try_open(&nora, None).await.err(), Some(401));
}

/// Ends Nora's session by a statement in the database, and asserts that only her sockets are
/// closed.
async fn assert_closed_by(change: fn(&Person) -> String) {
    let server = Server::start().await;
    let (nora, tomas) = (server.patient("Nora").await, server.patient("Tomás").await);
    let (mut hers, mut his) = (nora.socket().await, tomas.socket().await);
    server.database().execute(&change(&nora));
    assert_ended_soon(&mut hers).await;
    his.expect_alive().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_session_closes_its_sockets() {
    assert_closed_by(|nora| {
        format!("UPDATE session SET expires_at = '2020-01-01 00:00:00' WHERE user_id = {}", nora.id())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_session_closes_its_sockets() {
    assert_closed_by(|nora| {
        format!("UPDATE session SET last_seen_at = '2020-01-01 00:00:00' WHERE user_id = {}", nora.id())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn disabled_account_closes_its_sockets() {
    assert_closed_by(|nora| {
        format!(r#"UPDATE "user" SET disabled_at = '2020-01-01 00:00:00' WHERE id = {}"#, nora.id())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn session_deleted_by_another_program_closes_its_sockets() {
    assert_closed_by(|nora| format!("DELETE FROM session WHERE user_id = {}", nora.id())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_server_closes_with_1001_and_keeps_acked_messages() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let (mut hers, mut his) = (nora.socket().await, okafor.socket().await);
    hers.send(chat, "before the end").await;
    let base = server.base().to_owned();
    let started = Instant::now();
    let (stopped, (), ()) = tokio::join!(server.stop(), hers.expect_close(1001), his.expect_close(1001));
    let () = stopped;
    assert!(started.elapsed() < DEADLINE / 2, "no socket held it up: {:?}", started.elapsed());
    let address = base.strip_prefix("http://").unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "no socket is open");
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnecting_client_frees_all_its_resources() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    for _ in 0..20 {
        drop(okafor.socket().await);
    }
    let mut his = okafor.socket().await;
    nora.send(chat, "hello").await;
    assert_eq!(his.message().await.content, "hello");
    server.stop().await;
}
