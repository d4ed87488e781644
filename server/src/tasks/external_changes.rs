//! Messages that another program stored in the shared database, or a node that is cut off from the bus: their chats'
//! members are told as of any other. And doctors' settings that such a node stored.

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

/// What can't be told is tried again this often …
const TRIES: u32 = 10;
/// … after this.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Chats looked at in one statement.
const CHATS_AT_ONCE: usize = 500;

/// Follows what the database tells until the program stops. SQLite tells nothing: its file is this program's alone.
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

/// Tells what happened; answers what could not be told. Everything before `since` was.
async fn tell(state: &AppState, news: ExternalChanges, since: Instant) -> ExternalChanges {
    let mut left = ExternalChanges::default();
    if news.was_deaf {
        // What came meanwhile is in the database, where pages that come back look.
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

/// Has the others of a person's chats see what has changed of that person: when a doctor is there, or whether an
/// account is disabled. The person knows.
pub(super) async fn tell_others(state: &AppState, user: UserId) -> DbResult<()> {
    let chats = db::chat::list_for_user(&mut state.db.read().await?, user).await?;
    for (chat, other) in chats {
        state.chats.broadcaster.publish_standing_here(chat, &[other]);
    }
    Ok(())
}

/// Tells the members of these chats; answers those that could not be told. One that can't keeps no other.
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
