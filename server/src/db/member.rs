//! Table `chat_member`: how far each of a chat's two people has received and read.

use super::{DbConn, DbResult, conn::on_db, schema::chat_member as member};
use app::protocol::{ChatId, Seq, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::HashMap;

/// How far a member has come. Neither mark moves back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    /// Read up to here.
    pub read_seq: Seq,
    /// Received up to here.
    pub delivered_seq: Seq,
}

/// Which of the two marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Read, and with it received.
    Read,
    /// Received only.
    Delivered,
}

type Columns = (i64, i64, i64, i64);

fn to_map(rows: Vec<Columns>) -> HashMap<(ChatId, UserId), Marks> {
    rows.into_iter()
        .map(|(chat, user, read, delivered)| {
            ((ChatId(chat), UserId(user)), Marks { read_seq: Seq(read), delivered_seq: Seq(delivered) })
        })
        .collect()
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

/// The marks of all members of `user`'s chats.
pub async fn of_chats_of(conn: &mut DbConn, user: UserId) -> DbResult<HashMap<(ChatId, UserId), Marks>> {
    let own = diesel::alias!(super::schema::chat_member as own_member);
    let rows = on_db!(conn, db => {
        member::table
            .filter(
                member::chat_id.eq_any(
                    own.filter(own.field(member::user_id).eq(user.0)).select(own.field(member::chat_id)),
                ),
            )
            .select((member::chat_id, member::user_id, member::read_seq, member::delivered_seq))
            .load::<Columns>(db)
            .await
    })?;
    Ok(to_map(rows))
}
