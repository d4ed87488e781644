//! Chat summaries: the peer's name, both members' receipts and the newest message of a user's
//! chats. One query loads all of that, because each list, room and `chat` frame needs it.

use super::{
    DbConn, DbResult,
    chat::Position,
    conn::on_db,
    member::{MARKS, MarkColumns, to_marks},
    message,
    schema::{chat_member as member, chat_message, doctor_patient_chat as chat, doctor_profile as profile, user},
    time::{self, Moment},
    user::{USER_COLUMNS, to_user},
};
use crate::db::status_columns::StatusColumns;
use app::protocol::{ChangeSeq, Chat, ChatId, Message, Peer, Role, Seq, User, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

diesel::alias! {
    const OWN: Alias<OwnMember> = member as own_member;
    const PEER: Alias<PeerMember> = member as peer_member;
    const PAGE: Alias<PageChat> = chat as page_chat;
}

/// Which of the viewer's chats.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// This chat.
    One(ChatId),
    /// These chats.
    Among(&'a [ChatId]),
    /// The newest chats, at most this many.
    Newest(i64),
    /// The newest chats after this position, at most this many.
    After(Position, i64),
}

type UserRow = (i64, String, String);
type Own = (i64, Option<i64>);
type Row = (ChatColumns, UserRow, Option<String>, Own, MarkColumns, Option<message::Row>);

/// The columns of a chat's row that a summary needs.
#[derive(Queryable, Selectable)]
#[diesel(table_name = chat)]
struct ChatColumns {
    chat_id: i64,
    doctor_id: i64,
    last_seq: i64,
    last_change: i64,
    updated_at: Moment,
    #[diesel(embed)]
    status: StatusColumns,
}

/// These chats as `viewer` sees them, the newest activity first. Chats of other users are left out.
pub async fn list(conn: &mut DbConn, viewer: UserId, which: Which<'_>) -> DbResult<Vec<Chat>> {
    macro_rules! chats {
        () => {
            chat::table
                .inner_join(
                    user::table
                        .on(user::id.eq(chat::doctor_id).or(user::id.eq(chat::patient_id)).and(user::id.ne(viewer.0))),
                )
                .inner_join(
                    OWN.on(OWN.field(member::chat_id).eq(chat::chat_id).and(OWN.field(member::user_id).eq(viewer.0))),
                )
                .inner_join(
                    PEER.on(PEER
                        .field(member::chat_id)
                        .eq(chat::chat_id)
                        .and(PEER.field(member::user_id).eq(user::id))),
                )
                .left_join(profile::table.on(profile::user_id.eq(user::id)))
                .left_join(
                    chat_message::table.on(chat_message::chat_id
                        .eq(chat::chat_id.nullable())
                        .and(chat_message::seq.eq(chat::last_seq))),
                )
                .filter(chat::doctor_id.eq(viewer.0).or(chat::patient_id.eq(viewer.0)))
                .select((
                    ChatColumns::as_select(),
                    USER_COLUMNS,
                    profile::specialty.nullable(),
                    (OWN.field(member::read_seq), OWN.field(member::archived_seq)),
                    PEER.fields(MARKS),
                    Option::<message::Row>::as_select(),
                ))
                .order((chat::updated_at.desc(), chat::chat_id.desc()))
        };
    }
    // A subquery selects the chats of a page first, so that only those are joined with other
    // tables.
    macro_rules! page {
        () => {
            PAGE.filter(PAGE.field(chat::doctor_id).eq(viewer.0).or(PAGE.field(chat::patient_id).eq(viewer.0)))
                .order((PAGE.field(chat::updated_at).desc(), PAGE.field(chat::chat_id).desc()))
        };
    }
    // Each case is a statement of its own, so that it is prepared once.
    let rows: Vec<Row> = on_db!(conn, db => match which {
        Which::One(id) => chats!().filter(chat::chat_id.eq(id.0)).load(db).await,
        Which::Among(ids) => {
            let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
            chats!().filter(chat::chat_id.eq_any(ids)).load(db).await
        }
        Which::Newest(limit) => {
            let page = page!().limit(limit).select(PAGE.field(chat::chat_id));
            chats!().filter(chat::chat_id.eq_any(page)).load(db).await
        }
        Which::After(position, limit) => {
            let updated_at = time::to_db(position.updated_at);
            let is_later = PAGE.field(chat::updated_at).lt(updated_at).or(PAGE
                .field(chat::updated_at)
                .eq(updated_at)
                .and(PAGE.field(chat::chat_id).lt(position.chat_id.0)));
            let page = page!().filter(is_later).limit(limit).select(PAGE.field(chat::chat_id));
            chats!().filter(chat::chat_id.eq_any(page)).load(db).await
        }
    })?;
    rows.into_iter().map(to_chat).collect()
}

/// The message right before the newest one of each of these chats.
pub async fn before_newest(conn: &mut DbConn, chats: &[ChatId]) -> DbResult<Vec<Message>> {
    let ids: Vec<i64> = chats.iter().map(|id| id.0).collect();
    let rows: Vec<message::Row> = on_db!(conn, db => {
        chat::table
            .inner_join(
                chat_message::table.on(chat_message::chat_id
                    .eq(chat::chat_id.nullable())
                    .and(chat_message::seq.eq(chat::last_seq - 1))),
            )
            .filter(chat::chat_id.eq_any(ids))
            .select(message::Row::as_select())
            .load(db)
            .await
    })?;
    Ok(rows.into_iter().map(Message::from).collect())
}

fn to_chat((row, peer, specialty, (read_seq, archived_seq), theirs, newest): Row) -> DbResult<Chat> {
    let is_doctor = peer.0 != row.doctor_id;
    let status = row.status.seen_by(is_doctor, row.last_seq, archived_seq);
    let (last_seq, last_change) = (row.last_seq, row.last_change);
    let User { id, name, role } = to_user(peer)?;
    let specialty = specialty.filter(|_| role == Role::Doctor);
    let theirs = to_marks(theirs);
    Ok(Chat {
        chat_id: ChatId(row.chat_id),
        peer: Peer { id, name, role, specialty, availability: None },
        last_seq: Seq(last_seq),
        last_message: newest.map(Message::from),
        answered: None,
        read_seq: Seq(read_seq),
        peer_read_seq: theirs.read_seq,
        peer_delivered_seq: theirs.delivered_seq,
        peer_read_at: theirs.read_at,
        peer_delivered_at: theirs.delivered_at,
        unread: (last_seq - read_seq).max(0),
        last_change: ChangeSeq(last_change),
        status,
        updated_at: row.updated_at.into(),
    })
}
