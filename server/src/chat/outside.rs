//! Messages that another program stored in the shared database, or a node that is cut off from the bus: their chats'
//! members are told as of any other. And doctors' settings that such a node stored.

use crate::{
    db::{self, DbPool, DbResult, message::Range, postgres::News},
    state::AppState,
};
use app::protocol::{ChatId, Seq, ServerFrame, UserId};
use tokio::sync::broadcast::error::RecvError;

/// Follows what the database tells until the program stops. SQLite tells nothing: its file is this program's alone.
pub async fn follow(state: AppState) {
    let DbPool::Postgres(server) = &state.db else { return };
    let mut news = server.news();
    loop {
        match news.recv().await {
            Ok(News::Message(chat, seq)) => {
                if let Err(error) = tell(&state, chat, seq).await {
                    tracing::warn!(%error, "a message that another program stored could not be told");
                    state.live.reconnect_all();
                }
            }
            Ok(News::Settings(doctor)) => {
                if let Err(error) = tell_patients(&state, doctor).await {
                    tracing::warn!(%error, "patients could not be told of a doctor's settings");
                    state.live.reconnect_all();
                }
            }
            // What came meanwhile is in the database, where pages that come back look.
            Ok(News::Missed) | Err(RecvError::Lagged(_)) => state.live.reconnect_all(),
            Err(RecvError::Closed) => return,
        }
    }
}

/// Has a doctor's patients see when the doctor is there. The doctor knows.
async fn tell_patients(state: &AppState, doctor: UserId) -> DbResult<()> {
    let chats = db::chat::of_doctor(&mut state.db.read().await?, doctor).await?;
    for (chat, patient) in chats {
        state.teller.changed(chat, &[patient]);
    }
    Ok(())
}

async fn tell(state: &AppState, chat: ChatId, seq: Seq) -> DbResult<()> {
    let mut conn = state.db.read().await?;
    let Some(row) = db::chat::by_id(&mut conn, chat).await? else { return Ok(()) };
    // No place: not a message, but how the chat stands.
    let page = match seq {
        Seq(0) => Vec::new(),
        seq => db::message::page(&mut conn, chat, Range::After(seq.previous()), 1).await?,
    };
    drop(conn);
    state.teller.changed(chat, &row.members());
    for message in page {
        let is_changed = !message.change.is_none();
        let frame = if is_changed { ServerFrame::Changed { message } } else { ServerFrame::Message { message } };
        state.live.deliver_here(&row.members(), &frame);
    }
    Ok(())
}
