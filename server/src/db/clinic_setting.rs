//! Table `clinic_setting`: the settings of the clinic's admin, by name.

use super::{DbConn, DbResult, conn::on_db, schema::clinic_setting};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::HashMap;

/// The values of these settings; settings without a value are left out.
pub async fn values(conn: &mut DbConn, names: &[&str]) -> DbResult<HashMap<String, String>> {
    let rows: Vec<(String, String)> = on_db!(conn, db => {
        clinic_setting::table.filter(clinic_setting::name.eq_any(names)).load(db).await
    })?;
    Ok(rows.into_iter().collect())
}

/// Stores the value of a setting, or removes it with `None`.
pub async fn set(conn: &mut DbConn, name: &str, value: Option<&str>) -> DbResult<()> {
    match value {
        Some(value) => on_db!(conn, db => {
            diesel::insert_into(clinic_setting::table)
                .values((clinic_setting::name.eq(name), clinic_setting::value.eq(value)))
                .on_conflict(clinic_setting::name)
                .do_update()
                .set(clinic_setting::value.eq(value))
                .execute(db)
                .await
        })?,
        None => on_db!(conn, db => diesel::delete(clinic_setting::table.find(name)).execute(db).await)?,
    };
    Ok(())
}
