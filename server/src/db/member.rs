//! Table `chat_member`: how far each of a chat's two people has received and read.

use super::{DbConn, DbResult, conn::on_db, schema::chat_member as member, time::Moment};
use app::protocol::{ChatId, Seq, Timestamp, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::HashMap;

/// How far a member has come. Neither mark moves back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Receipts {
    /// Read up to here.
    pub read_seq: Seq,
    /// Received up to here.
    pub delivered_seq: Seq,
    /// When something of the other's was last read; `None` where nobody has noted it.
    pub read_at: Option<Timestamp>,
    /// When something of the other's was last received.
    pub delivered_at: Option<Timestamp>,
    /// The chat's newest place when this member put it away.
    pub archived_seq: Option<Seq>,
}

/// A mark on its way forward.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReceiptAdvance {
    /// Up to here.
    pub seq: Seq,
    /// The last place on the way that may be the other's. Whoever had come so far before meets nothing of theirs, and
    /// the moment of the mark stays: it is when something was read, not when its reader wrote.
    pub met: Seq,
    /// When.
    pub at: Option<Timestamp>,
}

impl ReceiptAdvance {
    /// Goes on to a place, past what may be the other's up to `met`.
    pub fn go(&mut self, seq: Seq, met: Seq, at: Timestamp) {
        if met > self.seq {
            (self.met, self.at) = (met, Some(at));
        }
        self.seq = self.seq.max(seq);
    }
}

/// How far a member's marks are to be moved forward, where they stand behind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReceiptAdvances {
    /// Read.
    pub read: ReceiptAdvance,
    /// Received.
    pub delivered: ReceiptAdvance,
}

/// Which of the two marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Read, and with it received.
    Read,
    /// Received only.
    Delivered,
}

/// The marks' columns.
pub(super) type MarkColumns = (i64, i64, Option<Moment>, Option<Moment>);
/// The same, to select.
pub(super) const MARKS: (member::read_seq, member::delivered_seq, member::read_at, member::delivered_at) =
    (member::read_seq, member::delivered_seq, member::read_at, member::delivered_at);

pub(super) fn to_marks((read_seq, delivered_seq, read_at, delivered_at): MarkColumns) -> Receipts {
    Receipts {
        read_seq: Seq(read_seq),
        delivered_seq: Seq(delivered_seq),
        read_at: read_at.map(Timestamp::from),
        delivered_at: delivered_at.map(Timestamp::from),
        archived_seq: None,
    }
}

/// Makes a member's row, if there is none.
pub async fn insert(conn: &mut DbConn, chat: ChatId, user: UserId) -> DbResult<()> {
    on_db!(conn, db => {
        diesel::insert_into(member::table)
            .values((
                member::chat_id.eq(chat.0),
                member::user_id.eq(user.0),
                member::read_seq.eq(0),
                member::delivered_seq.eq(0),
            ))
            .on_conflict_do_nothing()
            .execute(db)
            .await
    })?;
    Ok(())
}

/// One member's marks.
pub async fn find(conn: &mut DbConn, chat: ChatId, user: UserId) -> DbResult<Receipts> {
    let row = on_db!(conn, db => {
        member::table
            .find((chat.0, user.0))
            .select(MARKS)
            .first::<MarkColumns>(db)
            .await
            .optional()
    })?;
    Ok(row.map(to_marks).unwrap_or_default())
}

/// The marks of all members of `user`'s chats.
pub async fn of_chats_of(conn: &mut DbConn, user: UserId) -> DbResult<HashMap<(ChatId, UserId), Receipts>> {
    let own = diesel::alias!(super::schema::chat_member as own_member);
    let rows = on_db!(conn, db => {
        member::table
            .filter(
                member::chat_id.eq_any(
                    own.filter(own.field(member::user_id).eq(user.0)).select(own.field(member::chat_id)),
                ),
            )
            .select((member::chat_id, member::user_id, MARKS, member::archived_seq))
            .load::<(i64, i64, MarkColumns, Option<i64>)>(db)
            .await
    })?;
    let to_entry = |(chat, user, marks, archived): (i64, i64, MarkColumns, Option<i64>)| {
        let marks = Receipts { archived_seq: archived.map(Seq), ..to_marks(marks) };
        ((ChatId(chat), UserId(user)), marks)
    };
    Ok(rows.into_iter().map(to_entry).collect())
}
