//! Table `outbox_key`: under what a person's browser seals messages that are not sent yet.

use super::{DbConn, DbResult, conn::on_db, schema::outbox_key};
use app::protocol::UserId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// Keeps `key` for this person, unless they have one.
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
