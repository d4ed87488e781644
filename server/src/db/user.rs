//! Table `user`: accounts.

use super::{DbConn, DbError, DbResult, conn::on_db, schema::user, time};
use app::protocol::{Role, Timestamp, User, UserId};
use chrono::NaiveDateTime;
use diesel::{prelude::*, sql_types::BigInt};
use diesel_async::RunQueryDsl;
use std::collections::BTreeSet;

/// An account to create.
#[derive(Insertable)]
#[diesel(table_name = user)]
struct NewUser<'a> {
    name: &'a str,
    email: &'a str,
    role: &'static str,
    password_hash: &'a str,
    created_at: NaiveDateTime,
}

/// An account with the values that sign-in checks.
#[derive(Debug, Clone)]
pub struct Account {
    /// The user of the account.
    pub user: User,
    /// Its password's Argon2 hash (PHC string).
    pub password_hash: String,
    /// Whether the clinic has disabled it.
    pub disabled: bool,
}

/// The columns of [`User`], in its order.
pub(super) type UserColumns = (user::id, user::name, user::role);
pub(super) const USER_COLUMNS: UserColumns = (user::id, user::name, user::role);

/// A row of [`USER_COLUMNS`] as a [`User`].
pub(super) fn to_user((id, name, role): (i64, String, String)) -> DbResult<User> {
    Ok(User { id: UserId(id), name, role: to_role(&role)? })
}

fn to_role(role: &str) -> DbResult<Role> {
    [Role::Patient, Role::Doctor, Role::Admin]
        .into_iter()
        .find(|known| known.as_str() == role)
        .ok_or(DbError::Unknown("role"))
}

/// Creates an account. `email` must be folded. Fails if the e-mail already has an account, see
/// [`is_email_taken`].
pub async fn insert(
    conn: &mut DbConn,
    name: &str,
    email: &str,
    role: Role,
    password_hash: &str,
    created_at: Timestamp,
) -> DbResult<User> {
    let row = NewUser { name, email, role: role.as_str(), password_hash, created_at: time::to_db(created_at) };
    let id = on_db!(conn, db => {
        diesel::insert_into(user::table).values(&row).returning(user::id).get_result::<i64>(db).await
    })?;
    Ok(User { id: UserId(id), name: name.to_owned(), role })
}

/// Whether an insert failed because the e-mail already has an account.
#[must_use]
pub fn is_email_taken(error: &DbError) -> bool {
    error.violates_unique("email")
}

/// The account with this (folded) e-mail.
pub async fn by_email(conn: &mut DbConn, email: &str) -> DbResult<Option<Account>> {
    let row = on_db!(conn, db => {
        user::table
            .filter(user::email.eq(email))
            .select((USER_COLUMNS, user::password_hash, user::disabled_at.is_not_null()))
            .first::<((i64, String, String), String, bool)>(db)
            .await
            .optional()
    })?;
    row.map(|(row, password_hash, disabled)| Ok(Account { user: to_user(row)?, password_hash, disabled })).transpose()
}

/// The accounts that were disabled or enabled after the change with this number, and the number of
/// the newest change. Only for a SQLite file, which sends no notifications; on PostgreSQL there are
/// no accounts in the result.
pub async fn changed(conn: &mut DbConn, after: i64) -> DbResult<(BTreeSet<UserId>, i64)> {
    #[derive(QueryableByName)]
    struct Change {
        #[diesel(sql_type = BigInt)]
        id: i64,
        #[diesel(sql_type = BigInt)]
        user_id: i64,
    }
    let changes: Vec<Change> = match conn {
        DbConn::Postgres(_) => Vec::new(),
        DbConn::Sqlite(db) => {
            let query = diesel::sql_query("SELECT id, user_id FROM __account_change WHERE id > ? ORDER BY id");
            query.bind::<BigInt, _>(after).load(db).await?
        }
    };
    let newest = changes.last().map_or(after, |change| change.id);
    Ok((changes.into_iter().map(|change| UserId(change.user_id)).collect(), newest))
}

/// Stores disabled accounts in chats that another transaction had locked at the time, and makes
/// PostgreSQL notify the nodes. Does nothing on SQLite.
pub async fn note_disabled_left(conn: &mut DbConn) -> DbResult<()> {
    if let DbConn::Postgres(db) = conn {
        diesel::sql_query("SELECT bedside_note_disabled_left()").execute(&mut **db).await?;
    }
    Ok(())
}

/// Whether any account exists.
pub async fn is_any(conn: &mut DbConn) -> DbResult<bool> {
    let first = on_db!(conn, db => user::table.select(user::id).first::<i64>(db).await.optional())?;
    Ok(first.is_some())
}
