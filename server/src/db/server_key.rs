//! Table `server_key`: the keys with which the program signs. All nodes share them.

use super::{DbConn, DbResult, conn::on_db, schema::server_key};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// The key of this name, if it is stored.
pub async fn find(conn: &mut DbConn, name: &str) -> DbResult<Option<String>> {
    Ok(on_db!(conn, db => {
        server_key::table.find(name).select(server_key::key).first::<String>(db).await.optional()
    })?)
}

/// Stores `key` under this name, unless there is one.
pub async fn insert_if_none(conn: &mut DbConn, name: &str, key: &str) -> DbResult<()> {
    on_db!(conn, db => {
        diesel::insert_into(server_key::table)
            .values((server_key::name.eq(name), server_key::key.eq(key)))
            .on_conflict_do_nothing()
            .execute(db)
            .await
    })?;
    Ok(())
}
