//! Table `chat_member`: how far each of a chat's two members has received and read.

use super::{DbConn, DbResult, conn::on_db, schema::chat_member as member, time::Moment};
use app::protocol::{ChatId, Seq, Timestamp, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::HashMap;

/// The receipts of a member. Neither moves back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Receipts {
    /// The member has read up to this position.
    pub read_seq: Seq,
    /// The member's devices have received up to this position.
    pub delivered_seq: Seq,
    /// When the member last read a message of the other; `None` if that time was not stored.
    pub read_at: Option<Timestamp>,
    /// When the member last received a message of the other; `None` if that time was not stored.
    pub delivered_at: Option<Timestamp>,
    /// The chat's newest position when this member archived it; `None` if it is not archived.
    pub archived_seq: Option<Seq>,
}

/// A receipt that moves forward.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReceiptAdvance {
    /// The position to move to.
    pub seq: Seq,
    /// The last position on the way that may be a message of the other member. If the stored
    /// receipt is already there, its time stays: the time says when a message was read, not when
    /// its reader sent one.
    pub met: Seq,
    /// When the receipt moved past `met`.
    pub at: Option<Timestamp>,
}

impl ReceiptAdvance {
    /// Moves on to the position `seq`. Up to `met` there may be messages of the other member.
    pub fn go(&mut self, seq: Seq, met: Seq, at: Timestamp) {
        if met > self.seq {
            (self.met, self.at) = (met, Some(at));
        }
        self.seq = self.seq.max(seq);
    }
}

/// How far to move a member's receipts. A stored receipt that is further stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReceiptAdvances {
    /// The read receipt.
    pub read: ReceiptAdvance,
    /// The delivered receipt.
    pub delivered: ReceiptAdvance,
}

/// Which of the two receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Read, which includes delivered.
    Read,
    /// Delivered only.
    Delivered,
}

/// The types of the columns [`MARKS`].
pub(super) type MarkColumns = (i64, i64, Option<Moment>, Option<Moment>);
/// The columns of a member's receipts.
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

/// Creates a member's row, unless there is one.
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

/// One member's receipts; 0 if there is no row.
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

/// The receipts of all members of the chats of `user`.
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
