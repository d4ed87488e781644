//! Publishes messages that another program, or a node that is cut off from the bus, stored in the
//! shared database. Their chats' members receive them like any others. Also publishes doctors'
//! settings that such a node stored.

use crate::{
    db::{
        self, DbConn, DbPool, DbResult,
        chat::ChatRow,
        postgres::{ChangedMessages, ExternalChanges},
    },
    state::AppState,
    tasks::cluster,
};
use app::protocol::{ChatId, Seq, UserId};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// How often a change that can't be published is tried again …
const TRIES: u32 = 10;
/// … and the pause before each further try.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// The most chats in one statement.
const CHATS_AT_ONCE: usize = 500;

/// Publishes the changes that PostgreSQL reports, until the program stops. SQLite reports none: its
/// file belongs to this program alone.
pub(super) async fn follow(state: AppState) {
    let DbPool::Postgres(server) = &state.db else { return };
    let mut published_at = Instant::now();
    loop {
        let mut changes = server.changes().await;
        let now = Instant::now();
        for _ in 0..TRIES {
            changes = publish(&state, changes, published_at).await;
            if changes.is_empty() {
                break;
            }
            tokio::time::sleep(AGAIN_AFTER).await;
        }
        if !changes.is_empty() {
            tracing::warn!(chats = changes.chats.len(), "changes of other programs could not be published");
        }
        published_at = now;
    }
}

/// Publishes the changes in `changes`, and returns those that could not be published. `since` is when
/// the last changes were published.
async fn publish(state: &AppState, changes: ExternalChanges, since: Instant) -> ExternalChanges {
    let mut left = ExternalChanges::default();
    if changes.has_missed_changes {
        // The changes of that time are in the database, from which pages that connect again read
        // them.
        state.live.reconnect_all();
        return left;
    }
    if changes.is_too_much
        && let Err(error) = cluster::publish_changed(state, since.elapsed()).await
    {
        tracing::warn!(%error, "chats that other programs changed could not be read");
        left.is_too_much = true;
    }
    let mut chats = changes.chats.into_iter();
    loop {
        let some: BTreeMap<ChatId, ChangedMessages> = chats.by_ref().take(CHATS_AT_ONCE).collect();
        if some.is_empty() {
            break;
        }
        left.chats.extend(publish_chats(state, some).await);
    }
    for doctor in changes.settings {
        if let Err(error) = publish_to_peers(state, doctor).await {
            tracing::warn!(%error, "a user's settings could not be published");
            left.settings.insert(doctor);
        }
    }
    left
}

/// Publishes a change of a user to the other members of the user's chats: office hours or absence,
/// or whether the account is disabled. The user needs no notification.
pub(super) async fn publish_to_peers(state: &AppState, user: UserId) -> DbResult<()> {
    let chats = db::chat::list_for_user(&mut state.db.read().await?, user).await?;
    for (chat, other) in chats {
        state.chats.broadcaster.publish_status_here(chat, &[other]);
    }
    Ok(())
}

/// Publishes the changed chats to their members, and returns those that could not be published. A
/// chat that fails does not keep others from being published.
async fn publish_chats(
    state: &AppState,
    mut chats: BTreeMap<ChatId, ChangedMessages>,
) -> BTreeMap<ChatId, ChangedMessages> {
    let ids: Vec<ChatId> = chats.keys().copied().collect();
    let read = async {
        let mut conn = state.db.read().await?;
        let rows = db::chat::by_ids(&mut conn, &ids).await?;
        DbResult::Ok((conn, rows))
    };
    let (mut conn, rows) = match read.await {
        Ok(read) => read,
        Err(error) => {
            tracing::warn!(%error, "chats that another program wrote to could not be read");
            return chats;
        }
    };
    let mut left = BTreeMap::new();
    for row in rows {
        let messages = chats.remove(&row.chat_id).unwrap_or_default();
        if let Err(error) = publish_chat(state, &mut conn, &row, &messages).await {
            tracing::warn!(%error, chat = row.chat_id.0, "a chat that another program changed could not be published");
            left.insert(row.chat_id, messages);
        }
    }
    left
}

async fn publish_chat(state: &AppState, conn: &mut DbConn, row: &ChatRow, messages: &ChangedMessages) -> DbResult<()> {
    let members = row.members();
    if !members.iter().any(|member| state.live.is_connected(*member)) {
        return Ok(());
    }
    state.chats.broadcaster.publish_status_here(row.chat_id, &members);
    let ChangedMessages::These(messages) = messages else { return Ok(()) };
    if messages.is_empty() {
        return Ok(());
    }
    let messages: Vec<Seq> = messages.iter().copied().collect();
    for message in db::message::at(conn, row.chat_id, &messages).await? {
        state.chats.broadcaster.publish_message_here(&members, message);
    }
    Ok(())
}
