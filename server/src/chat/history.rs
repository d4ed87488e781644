//! Reads a chat's messages by `seq`, and the changes of its messages.

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

/// The most bytes of JSON for the texts of one page, quoted messages included. A page always has at
/// least one message.
const PAGE_MAX_BYTES: usize = 1024 * 1024;

/// The part of the history that a request asks for.
enum Stretch {
    One(Range),
    Around(Seq),
    From(Timestamp),
}

impl Stretch {
    fn parse(query: HistoryQuery) -> Result<Self, Problem> {
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
    /// A page of a chat's history: before or after a position, around a position or a moment, or
    /// the newest messages.
    pub async fn history(&self, viewer: &Viewer, chat: ChatId, query: HistoryQuery) -> Result<MessagePage, Problem> {
        let limit = check_limit(query.limit, MESSAGES_DEFAULT_LIMIT, MESSAGES_MAX_LIMIT)?;
        let stretch = Stretch::parse(query)?;
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
                // Near the beginning of the chat too, the page gets `limit` messages.
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

/// The `seq` of the first message stored at this moment or later. `created_at` never decreases with
/// `seq`, so this is a binary search.
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
    /// The messages that were changed after a change number, in the order of their changes.
    pub async fn changes(&self, viewer: &Viewer, chat: ChatId, query: ChangeQuery) -> Result<ChangePage, Problem> {
        let limit = check_limit(query.limit, CHANGES_MAX_LIMIT, CHANGES_MAX_LIMIT)?;
        let after = query.after.unwrap_or(ChangeSeq(0));
        if after.0 < 0 {
            return Err(Problem::field("after", FieldCode::OutOfRange));
        }
        let mut conn = self.db.read().await?;
        let row = require_member(&mut conn, chat, viewer.user.id).await?;
        let messages = db::message::changed_after(&mut conn, chat, after, limit).await?;
        // A message may have changed between the two reads. `after` is not used here, because it
        // may be higher than any change.
        let last = messages.last().map_or(row.last_change, |last| last.change);
        let last_change = row.last_change.max(last);
        let is_whole = i64::try_from(messages.len()).is_ok_and(|count| count < limit);
        Ok(ChangePage { messages, complete_to: if is_whole { last_change } else { last }, last_change })
    }
}
