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
    let mut told = Instant::now();
    loop {
        let mut news = server.news().await;
        let now = Instant::now();
        for _ in 0..TRIES {
            news = tell(&state, news, told).await;
            if news.is_empty() {
                break;
            }
            tokio::time::sleep(AGAIN_AFTER).await;
        }
        if !news.is_empty() {
            tracing::warn!(chats = news.chats.len(), "what other programs stored could not be told");
        }
        told = now;
    }
}

/// Publishes the changes in `news`, and returns those that could not be published. `since` is when
/// the last changes were published.
async fn tell(state: &AppState, news: ExternalChanges, since: Instant) -> ExternalChanges {
    let mut left = ExternalChanges::default();
    if news.has_missed_changes {
        // The changes of that time are in the database, from which pages that connect again read
        // them.
        state.live.reconnect_all();
        return left;
    }
    if news.is_too_much
        && let Err(error) = cluster::tell_changed(state, since.elapsed()).await
    {
        tracing::warn!(%error, "it could not be seen what other programs have changed");
        left.is_too_much = true;
    }
    let mut chats = news.chats.into_iter();
    loop {
        let some: BTreeMap<ChatId, ChangedMessages> = chats.by_ref().take(CHATS_AT_ONCE).collect();
        if some.is_empty() {
            break;
        }
        left.chats.extend(tell_chats(state, some).await);
    }
    for doctor in news.settings {
        if let Err(error) = tell_others(state, doctor).await {
            tracing::warn!(%error, "open pages could not be told of a person's settings");
            left.settings.insert(doctor);
        }
    }
    left
}

/// Publishes a change of a user to the other members of the user's chats: office hours or absence,
/// or whether the account is disabled. The user needs no notification.
pub(super) async fn tell_others(state: &AppState, user: UserId) -> DbResult<()> {
    let chats = db::chat::list_for_user(&mut state.db.read().await?, user).await?;
    for (chat, other) in chats {
        state.chats.broadcaster.publish_standing_here(chat, &[other]);
    }
    Ok(())
}

/// Publishes the changed chats to their members, and returns those that could not be published. A
/// chat that fails does not keep others from being published.
async fn tell_chats(
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
        let places = chats.remove(&row.chat_id).unwrap_or_default();
        if let Err(error) = tell_chat(state, &mut conn, &row, &places).await {
            tracing::warn!(%error, chat = row.chat_id.0, "a message that another program stored could not be told");
            left.insert(row.chat_id, places);
        }
    }
    left
}

async fn tell_chat(state: &AppState, conn: &mut DbConn, row: &ChatRow, places: &ChangedMessages) -> DbResult<()> {
    let members = row.members();
    if !members.iter().any(|member| state.live.is_connected(*member)) {
        return Ok(());
    }
    state.chats.broadcaster.publish_standing_here(row.chat_id, &members);
    let ChangedMessages::These(places) = places else { return Ok(()) };
    if places.is_empty() {
        return Ok(());
    }
    let places: Vec<Seq> = places.iter().copied().collect();
    for message in db::message::at(conn, row.chat_id, &places).await? {
        state.chats.broadcaster.publish_message_here(&members, message);
    }
    Ok(())
}
