//! What every test stands on: a whole server on a port of its own, and people who use it.
//!
//! Helpers here fail the test themselves (with the caller's line) when something isn't as a test needs it;
//! what is being tested is asserted in the tests.

mod browser;
mod client;
mod database;
mod people;
mod program;
mod server;
mod socket;

pub(crate) use browser::Browser;
pub(crate) use client::{Ask, Client, Reply, query};
pub(crate) use database::Database;
pub(crate) use people::{Admin, Doctor, PASSWORD, Patient, Person};
pub(crate) use program::Program;
pub(crate) use server::Server;
pub(crate) use socket::Socket;

use app::protocol::ClientId;
use std::time::Duration;

/// Longest wait for anything: far more than it takes, so that only what never comes fails a test.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);
/// Pause between two looks at a condition.
const LOOK_EVERY: Duration = Duration::from_millis(20);

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
