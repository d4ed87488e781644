//! The background tasks. All of them are started here.

mod auto_reply;
mod cluster;
mod disabled_accounts;
mod external_changes;
mod response_times;
mod search_index;
mod session_sweeper;

use crate::{db::DbPool, live::bus::Incoming, state::AppState};
use tokio::{sync::mpsc, task::JoinHandle};

/// Starts all background tasks. Each runs until it is aborted. `incoming` receives the events of
/// other nodes; `None` without a bus.
#[must_use]
pub fn spawn_all(state: &AppState, incoming: Option<mpsc::Receiver<Incoming>>) -> Vec<JoinHandle<()>> {
    let mut tasks = vec![
        tokio::spawn(session_sweeper::run(state.clone())),
        tokio::spawn(external_changes::follow(state.clone())),
        tokio::spawn(disabled_accounts::follow(state.clone())),
        tokio::spawn(search_index::run(state.chats.clone())),
        tokio::spawn(auto_reply::run(state.chats.clone())),
        tokio::spawn(response_times::run(state.chats.clone())),
    ];
    if let Some(incoming) = incoming {
        tasks.push(tokio::spawn(cluster::receive(state.clone(), incoming)));
    }
    if matches!(state.db, DbPool::Postgres(_)) {
        tasks.push(tokio::spawn(cluster::watch(state.clone())));
    }
    tasks
}
