//! Table `saved_reply`: texts that doctors insert into their messages. Rows without an owner belong
//! to the clinic.

use super::{DbConn, DbResult, conn::on_db, schema::saved_reply, time};
use app::protocol::{NewSavedReply, SavedReply, SavedReplyId, Timestamp, UserId};
use diesel::{prelude::*, sql_types::Bool};
use diesel_async::RunQueryDsl;

/// The owner of a reply: a doctor, or `None` for the clinic.
pub type Owner = Option<UserId>;

/// Filters the rows of this owner.
macro_rules! owned {
    ($owner:expr) => {
        saved_reply::owner_id
            .eq($owner.map(|UserId(id)| id))
            .or(saved_reply::owner_id.is_null().and($owner.is_none().into_sql::<Bool>()))
    };
}

/// The replies of the owner and of the clinic, by id.
pub async fn list(conn: &mut DbConn, owner: Owner) -> DbResult<Vec<SavedReply>> {
    let rows: Vec<(i64, bool, String, String)> = on_db!(conn, db => {
        saved_reply::table
            .filter(saved_reply::owner_id.is_null().or(saved_reply::owner_id.eq(owner.map(|UserId(id)| id))))
            .order(saved_reply::id)
            .select((
                saved_reply::id,
                saved_reply::owner_id.is_null(),
                saved_reply::title,
                saved_reply::content,
            ))
            .load(db)
            .await
    })?;
    let to_reply = |(id, is_clinics, title, content)| SavedReply { id: SavedReplyId(id), is_clinics, title, content };
    Ok(rows.into_iter().map(to_reply).collect())
}

/// How many replies the owner has.
pub async fn count(conn: &mut DbConn, owner: Owner) -> DbResult<i64> {
    Ok(on_db!(conn, db => saved_reply::table.filter(owned!(owner)).count().get_result(db).await)?)
}

/// Stores a reply.
pub async fn insert(conn: &mut DbConn, owner: Owner, reply: &NewSavedReply, at: Timestamp) -> DbResult<SavedReplyId> {
    let id = on_db!(conn, db => {
        diesel::insert_into(saved_reply::table)
            .values((
                saved_reply::owner_id.eq(owner.map(|UserId(id)| id)),
                saved_reply::title.eq(&reply.title),
                saved_reply::content.eq(&reply.content),
                saved_reply::created_at.eq(time::to_db(at)),
            ))
            .returning(saved_reply::id)
            .get_result::<i64>(db)
            .await
    })?;
    Ok(SavedReplyId(id))
}

/// Changes a reply of this owner; returns whether it exists.
pub async fn update(conn: &mut DbConn, owner: Owner, id: SavedReplyId, reply: &NewSavedReply) -> DbResult<bool> {
    let changed = on_db!(conn, db => {
        diesel::update(saved_reply::table.filter(saved_reply::id.eq(id.0)).filter(owned!(owner)))
            .set((saved_reply::title.eq(&reply.title), saved_reply::content.eq(&reply.content)))
            .execute(db)
            .await
    })?;
    Ok(changed > 0)
}

/// Deletes a reply of this owner; returns whether it existed.
pub async fn delete(conn: &mut DbConn, owner: Owner, id: SavedReplyId) -> DbResult<bool> {
    let deleted = on_db!(conn, db => {
        diesel::delete(saved_reply::table.filter(saved_reply::id.eq(id.0)).filter(owned!(owner))).execute(db).await
    })?;
    Ok(deleted > 0)
}
