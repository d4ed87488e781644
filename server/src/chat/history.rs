//! A chat's messages, by `seq`, and what has changed of them.

mod page;

use super::service::{ChatService, require_member};
use crate::{
    auth::Viewer,
    db::{self, DbConn, message::Range},
    domain::paging::check_limit,
};
use app::protocol::{
    CHANGES_MAX_LIMIT, ChangePage, ChangeQuery, ChangeSeq, ChatId, FieldCode, HistoryQuery, MESSAGES_DEFAULT_LIMIT,
    MESSAGES_MAX_LIMIT, MessagePage, Problem, Seq, Timestamp,
};
use page::Gathered;

/// What the texts of one page take up at most, those it answers included: as JSON, in bytes. One message there always is.
const PAGE_MAX_BYTES: usize = 1024 * 1024;

/// Which stretch was asked for.
enum Stretch {
    One(Range),
    Around(Seq),
    From(Timestamp),
}

impl Stretch {
    fn of(query: HistoryQuery) -> Result<Self, Problem> {
        let HistoryQuery { before, after, around, at, limit: _ } = query;
        let out_of_range = |field| Err(Problem::field(field, FieldCode::OutOfRange));
        match (before, after, around, at) {
            (None, None, None, None) => Ok(Self::One(Range::Newest)),
            (Some(seq), None, None, None) if seq.0 >= 0 => Ok(Self::One(Range::Before(seq))),
            (None, Some(seq), None, None) if seq.0 >= 0 => Ok(Self::One(Range::After(seq))),
            (None, None, Some(seq), None) if seq.0 >= 0 => Ok(Self::Around(seq)),
            (None, None, None, Some(at)) => Ok(Self::From(at)),
            (Some(_), ..) => out_of_range("before"),
            (_, Some(_), ..) => out_of_range("after"),
            (_, _, _, Some(_)) => out_of_range("at"),
            (_, _, Some(_), _) => out_of_range("around"),
        }
    }
}

impl ChatService {
    /// A stretch of a chat's history: before a place, after one, around one or a moment, or the newest.
    pub async fn history(&self, viewer: &Viewer, chat: ChatId, query: HistoryQuery) -> Result<MessagePage, Problem> {
        let limit = check_limit(query.limit, MESSAGES_DEFAULT_LIMIT, MESSAGES_MAX_LIMIT)?;
        let stretch = Stretch::of(query)?;
        let mut conn = self.db.read().await?;
        let row = require_member(&mut conn, chat, viewer.user.id).await?;
        let mut gathered = Gathered::default();
        let around = match stretch {
            Stretch::One(range) => Err(range),
            Stretch::Around(seq) => Ok(seq),
            Stretch::From(at) => first_since(&mut conn, chat, row.last_seq, at).await?.ok_or(Range::Newest),
        };
        match around {
            Ok(seq) => {
                gathered.read(&mut conn, chat, Range::Before(seq), limit / 2, PAGE_MAX_BYTES / 2).await?;
                // As many as a page has, also near the beginning.
                let rest = limit - gathered.count();
                gathered.read(&mut conn, chat, Range::After(seq.previous()), rest, PAGE_MAX_BYTES).await?;
            }
            Err(range) => gathered.read(&mut conn, chat, range, limit, PAGE_MAX_BYTES).await?,
        }
        let (messages, quoted) = gathered.into_parts();
        // A message may have been stored between the two reads.
        let last_seq = messages.last().map_or(row.last_seq, |last| last.seq.max(row.last_seq));
        Ok(MessagePage { messages, last_seq, last_change: row.last_change, quoted })
    }
}

/// The place of the first message of this moment or later. Moments rise with the places, so halves are cut off.
async fn first_since(conn: &mut DbConn, chat: ChatId, last: Seq, at: Timestamp) -> Result<Option<Seq>, Problem> {
    let (mut low, mut high) = (1, last.0 + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let is_before = db::message::stored_at(conn, chat, Seq(middle)).await?.is_some_and(|stored| stored < at);
        if is_before { low = middle + 1 } else { high = middle }
    }
    Ok((low <= last.0).then_some(Seq(low)))
}

impl ChatService {
    /// What has changed of a chat's messages after a change.
    pub async fn changes(&self, viewer: &Viewer, chat: ChatId, query: ChangeQuery) -> Result<ChangePage, Problem> {
        let limit = check_limit(query.limit, CHANGES_MAX_LIMIT, CHANGES_MAX_LIMIT)?;
        let after = query.after.unwrap_or(ChangeSeq(0));
        if after.0 < 0 {
            return Err(Problem::field("after", FieldCode::OutOfRange));
        }
        let mut conn = self.db.read().await?;
        let row = require_member(&mut conn, chat, viewer.user.id).await?;
        let messages = db::message::changed_after(&mut conn, chat, after, limit).await?;
        // A message may have changed between the two reads. What was asked for says nothing of what there is.
        let last = messages.last().map_or(row.last_change, |last| last.change);
        let last_change = row.last_change.max(last);
        let is_whole = i64::try_from(messages.len()).is_ok_and(|count| count < limit);
        Ok(ChangePage { messages, complete_to: if is_whole { last_change } else { last }, last_change })
    }
}
