//! What all tests use: a whole server on its own port, and its users.
//!
//! Helpers panic (with the caller's line) when a precondition of a test does not hold. The tests
//! themselves assert what they test.

mod browser;
mod client;
mod database;
pub(crate) mod description;
mod nats;
mod outbox;
mod people;
pub(crate) mod postgres;
mod program;
mod raw;
mod server;
mod socket;
mod socketio;

pub(crate) use browser::Browser;
pub(crate) use client::{Ask, Client, Reply, query};
pub(crate) use database::Database;
pub(crate) use nats::Nats;
pub(crate) use outbox::Outbox;
pub(crate) use people::{Admin, Doctor, PASSWORD, Patient, Person};
pub(crate) use program::{Program, Serving};
pub(crate) use raw::Raw;
pub(crate) use server::Server;
pub(crate) use socket::Socket;
pub(crate) use socketio::SocketIo;

use app::protocol::ClientId;
use std::time::Duration;
use tokio::sync::RwLock;

/// The longest wait for anything. It is far longer than needed, so that only events that never come
/// fail a test.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);
/// Pause between two checks of a condition.
const CHECK_EVERY: Duration = Duration::from_millis(20);

/// Held for writing while a server starts, for reading while one answers.
///
/// A starting server makes Leptos list its routes. Meanwhile every page rendered in the same
/// process would wait for ever for its data (leptos-rs/leptos issue 4773). A clinic runs one server
/// per process, which gets no requests before it has started. Here several servers start in one
/// process.
static STARTING: RwLock<()> = RwLock::const_new(());

/// A new client id.
pub(crate) fn client_id() -> ClientId {
    ClientId::new_v4()
}

/// Waits until `check` returns true; panics with `what` after [`DEADLINE`].
pub(crate) async fn eventually(what: &str, mut check: impl AsyncFnMut() -> bool) {
    let check = async {
        while !check().await {
            tokio::time::sleep(CHECK_EVERY).await;
        }
    };
    assert!(tokio::time::timeout(DEADLINE, check).await.is_ok(), "in vain: {what}");
}
