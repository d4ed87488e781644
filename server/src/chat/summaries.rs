//! Chats as one member sees them, with the values that are computed and not stored.

use super::{availability, overdue};
use crate::{
    db::{
        DbConn, DbResult,
        summary::{self, Which},
    },
    domain::rules::Rules,
};
use app::protocol::{Chat, Role, UserId};
use std::collections::HashMap;

/// These chats as `viewer` sees them, newest activity first. Chats of other users are left out.
pub async fn list(conn: &mut DbConn, rules: Rules, viewer: UserId, which: Which<'_>) -> DbResult<Vec<Chat>> {
    let mut chats = summary::list(conn, viewer, which).await?;
    let is_waiting = |chat: &&mut Chat| chat.peer.role == Role::Patient && chat.status.waiting_since.is_some();
    let waits = chats.iter_mut().filter(is_waiting);
    let waits: Vec<_> = waits.filter_map(|chat| Some((viewer, chat.status.waiting_since?))).collect();
    let due = overdue::moments(conn, rules, waits).await?;
    for (chat, due) in chats.iter_mut().filter(is_waiting).zip(due) {
        chat.status.overdue_at = Some(due);
    }
    add_answered(conn, &mut chats).await?;
    availability::add_to_chats(conn, rules.time_zone, &mut chats).await?;
    Ok(chats)
}

/// Adds, for a doctor, the patient's message that the newest automatic reply answered. The doctor's
/// list shows that message in place of the automatic reply.
async fn add_answered(conn: &mut DbConn, chats: &mut [Chat]) -> DbResult<()> {
    let auto_reply = |chat: &Chat| {
        let newest = chat.last_message.as_ref().filter(|message| message.is_automatic)?;
        (chat.peer.role == Role::Patient).then_some((newest.chat_id, newest.seq))
    };
    let ids: Vec<_> = chats.iter().filter_map(auto_reply).map(|(chat_id, _)| chat_id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let before = summary::before_newest(conn, &ids).await?;
    let mut before: HashMap<_, _> = before.into_iter().map(|message| (message.chat_id, message)).collect();
    for chat in chats {
        if let Some((chat_id, seq)) = auto_reply(chat) {
            // Another message may have been stored between the two queries.
            chat.answered =
                before.remove(&chat_id).filter(|message| message.seq.next() == seq && !message.is_automatic);
        }
    }
    Ok(())
}
