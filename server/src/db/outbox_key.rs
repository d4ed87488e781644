//! Table `outbox_key`: the key with which a user's browser encrypts its outbox.

use super::{DbConn, DbResult, conn::on_db, schema::outbox_key};
use app::protocol::UserId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// Stores `key` for this user, unless the user has one.
pub async fn insert_if_none(conn: &mut DbConn, user: UserId, key: &str) -> DbResult<()> {
    on_db!(conn, db => {
        diesel::insert_into(outbox_key::table)
            .values((outbox_key::user_id.eq(user.0), outbox_key::key.eq(key)))
            .on_conflict_do_nothing()
            .execute(db)
            .await
    })?;
    Ok(())
}
