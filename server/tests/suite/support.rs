//! What every test stands on: a whole server on a port of its own, and people who use it.
//!
//! Helpers here fail the test themselves (with the caller's line) when something isn't as a test needs it;
//! what is being tested is asserted in the tests.

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

/// Longest wait for anything: far more than it takes, so that only what never comes fails a test.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);
/// Pause between two looks at a condition.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Held for writing while a server starts, for reading while one answers.
///
/// A server that starts has Leptos list its routes, and all the while every page being rendered in the same
/// process would wait for ever for its data (leptos-rs/leptos issue 4773). A clinic runs one server per
/// process and has nobody asking before it has started; here servers start beside each other.
static STARTING: RwLock<()> = RwLock::const_new(());

/// A sender's own id for a message that nobody has used.
pub(crate) fn client_id() -> ClientId {
    ClientId::new_v4()
}

/// Waits until `check` holds.
pub(crate) async fn eventually(what: &str, mut check: impl AsyncFnMut() -> bool) {
    let look = async {
        while !check().await {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    assert!(tokio::time::timeout(DEADLINE, look).await.is_ok(), "in vain: {what}");
}
