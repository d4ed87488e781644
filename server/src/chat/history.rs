//! A chat's messages, by `seq`.

use super::{check_limit, require_member};
use crate::{
    auth::Viewer,
    db::{self, message::Range},
    state::AppState,
};
use app::{
    api::HistoryQuery,
    protocol::{ChatId, FieldCode, MESSAGES_DEFAULT_LIMIT, MESSAGES_MAX_LIMIT, MessagePage, Problem, Seq},
};

/// A stretch of a chat's history: before a place, after one, or the newest.
pub async fn history(
    state: &AppState,
    viewer: &Viewer,
    chat: ChatId,
    query: HistoryQuery,
) -> Result<MessagePage, Problem> {
    let limit = check_limit(query.limit, MESSAGES_DEFAULT_LIMIT, MESSAGES_MAX_LIMIT)?;
    let range = match (query.before, query.after) {
        (None, None) => Range::Newest,
        (Some(Seq(before)), None) if before >= 0 => Range::Before(Seq(before)),
        (None, Some(Seq(after))) if after >= 0 => Range::After(Seq(after)),
        (Some(_), _) => return Err(Problem::field("before", FieldCode::OutOfRange)),
        (None, Some(_)) => return Err(Problem::field("after", FieldCode::OutOfRange)),
    };
    let mut conn = state.db.read().await?;
    let row = require_member(&mut conn, chat, viewer.user.id).await?;
    let messages = db::message::page(&mut conn, chat, range, limit).await?;
    // A message may have been stored between the two reads.
    let last_seq = messages.last().map_or(row.last_seq, |last| last.seq.max(row.last_seq));
    Ok(MessagePage { messages, last_seq })
}
