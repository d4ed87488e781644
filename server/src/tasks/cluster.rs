//! Handles the events of other nodes, and reads their changes from the database while the bus is
//! down.

use crate::{
    db::{self, DbResult, time},
    live::bus::Incoming,
    state::AppState,
};
use app::protocol::Timestamp;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// How often the changed chats are read while the bus is down. Varied at random, so that the nodes
/// do not query at the same moment.
const CHECK_EVERY: Duration = Duration::from_secs(2);
/// How far before the last look the next one starts, because a transaction that was under way then
/// is stored with an earlier time.
const OVERLAP: Duration = Duration::from_secs(10);
/// The most users in one statement.
const USERS_AT_ONCE: usize = 1_000;

/// Delivers the events from the bus to this node's sockets, until the program stops.
pub(super) async fn receive(state: AppState, mut incoming: mpsc::Receiver<Incoming>) {
    while let Some((user, event)) = incoming.recv().await {
        if let Some(frame) = &event.frame {
            state.live.deliver_text(user, frame.get(), &event);
        }
        if let Some(chat) = event.changed {
            state.chats.broadcaster.publish_status_here(chat, &[user]);
        }
    }
}

/// While there is no bus, or it is down, asks the database what other nodes have changed. When the
/// bus is back, makes every page connect again, since it is unknown what the node missed.
pub(super) async fn watch(state: AppState) {
    let has_bus = state.config.bus.is_some();
    let mut was_well = has_bus && state.live.is_well();
    let mut checked = Instant::now();
    loop {
        tokio::time::sleep(CHECK_EVERY.mul_f64(rand::random_range(0.75..1.25))).await;
        let is_well = has_bus && state.live.is_well();
        let now = Instant::now();
        // The bus may have been down for a moment between two looks.
        let has_missed = is_well && state.live.take_missed();
        match (was_well, is_well) {
            (true, true) if !has_missed => checked = now,
            (_, true) => {
                tracing::info!("connected to the bus: other nodes' messages arrive at once");
                state.live.reconnect_all();
                checked = now;
            }
            (_, false) => {
                if was_well {
                    tracing::warn!("lost the bus: other nodes' messages arrive a few seconds late");
                }
                match publish_changed(&state, checked.elapsed()).await {
                    Ok(()) => checked = now,
                    Err(error) => tracing::warn!(%error, "changed chats could not be read"),
                }
            }
        }
        was_well = is_well;
    }
}

/// Publishes to this node's sockets the chats that changed within this time, with their status.
pub(super) async fn publish_changed(state: &AppState, within: Duration) -> DbResult<()> {
    let users = state.live.users();
    let mut conn = state.db.read().await?;
    let within_ms = i64::try_from((within + OVERLAP).as_millis()).unwrap_or(i64::MAX);
    let since = Timestamp(time::now_at(&mut conn).await?.0.saturating_sub(within_ms));
    for users in users.chunks(USERS_AT_ONCE) {
        for chat in db::chat::changed_since(&mut conn, users, since).await? {
            state.chats.broadcaster.publish_status_here(chat.chat_id, &chat.members());
        }
        // Published to the patient only: the doctor changed the settings, and may have hundreds of
        // chats.
        for (chat, patient) in db::chat::resettled_since(&mut conn, users, since).await? {
            state.chats.broadcaster.publish_status_here(chat, &[patient]);
        }
    }
    Ok(())
}
