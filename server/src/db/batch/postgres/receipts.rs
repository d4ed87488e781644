//! Reads and moves members' receipts on PostgreSQL.

use crate::db::{batch::plan::Plan, member::ReceiptAdvances, time};
use chrono::NaiveDateTime;
use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Nullable, Timestamp},
};

/// Moves members' receipts forward; a stored receipt that is further stays.
#[derive(Default, QueryId)]
pub(super) struct AdvanceReceipts {
    chats: Vec<i64>,
    users: Vec<i64>,
    read_seqs: Vec<i64>,
    delivered_seqs: Vec<i64>,
    read_met: Vec<i64>,
    delivered_met: Vec<i64>,
    read_at: Vec<Option<NaiveDateTime>>,
    delivered_at: Vec<Option<NaiveDateTime>>,
}

impl AdvanceReceipts {
    pub(super) fn from_plan(plan: &Plan<'_>) -> Self {
        let mut rows = Self::default();
        for ((chat, user), ReceiptAdvances { read, delivered }) in &plan.marks {
            rows.chats.push(chat.0);
            rows.users.push(user.0);
            rows.read_seqs.push(read.seq.0);
            rows.delivered_seqs.push(delivered.seq.0);
            rows.read_met.push(read.met.0);
            rows.delivered_met.push(delivered.met.0);
            rows.read_at.push(read.at.map(time::to_db));
            rows.delivered_at.push(delivered.at.map(time::to_db));
        }
        rows
    }
}

impl QueryFragment<Pg> for AdvanceReceipts {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "UPDATE chat_member AS member SET read_seq = GREATEST(member.read_seq, new.read_seq), \
             delivered_seq = GREATEST(member.delivered_seq, new.delivered_seq), \
             read_at = CASE WHEN member.read_seq < new.read_met THEN new.read_at ELSE member.read_at END, \
             delivered_at = CASE WHEN member.delivered_seq < new.delivered_met THEN new.delivered_at \
                ELSE member.delivered_at END FROM unnest(",
        );
        out.push_bind_param::<Array<BigInt>, _>(&self.chats)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.users)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.read_seqs)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.delivered_seqs)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.read_met)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.delivered_met)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Timestamp>>, _>(&self.read_at)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Timestamp>>, _>(&self.delivered_at)?;
        out.push_sql(
            ") AS new (chat_id, user_id, read_seq, delivered_seq, read_met, delivered_met, read_at, delivered_at) \
             WHERE member.chat_id = new.chat_id AND member.user_id = new.user_id",
        );
        Ok(())
    }
}

/// Selects the receipts of these members of these chats. (Two conditions with `= ANY` would look up
/// every pair of a chat and a user.)
#[derive(Default, QueryId)]
pub(super) struct StoredReceipts {
    pub(super) chats: Vec<i64>,
    pub(super) users: Vec<i64>,
}

impl Query for StoredReceipts {
    type SqlType = (BigInt, BigInt, BigInt, BigInt, Nullable<Timestamp>, Nullable<Timestamp>);
}

impl QueryFragment<Pg> for StoredReceipts {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "SELECT m.chat_id, m.user_id, m.read_seq, m.delivered_seq, m.read_at, m.delivered_at FROM unnest(",
        );
        out.push_bind_param::<Array<BigInt>, _>(&self.chats)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.users)?;
        out.push_sql(
            ") AS mover (chat_id, user_id) \
             JOIN chat_member AS m ON m.chat_id = mover.chat_id AND m.user_id = mover.user_id",
        );
        Ok(())
    }
}
