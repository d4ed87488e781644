//! Table `session`: the sessions of browsers, and the API tokens of programs. Only a hash of each
//! token is stored.

use super::{
    DbConn, DbError, DbResult,
    conn::on_db,
    schema::{outbox_key, session, user},
    time,
    user::{USER_COLUMNS, to_user},
};
use app::protocol::{Timestamp, User, UserId};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// A session to open.
#[derive(Insertable)]
#[diesel(table_name = session)]
struct NewSession<'a> {
    token_hash: &'a str,
    user_id: i64,
    created_at: NaiveDateTime,
    last_seen_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    user_agent: &'a str,
    name: Option<&'a str>,
}

/// A valid session.
#[derive(Debug, Clone)]
pub struct Session {
    /// The user of the session.
    pub user: User,
    /// The key for the data that the user's browser stores; created at sign-in.
    pub outbox_key: Option<String>,
    /// When it was last used.
    pub last_seen_at: Timestamp,
    /// When it ends even if it is in use.
    pub expires_at: Timestamp,
    /// Whether it belongs to a program, which has an API token.
    pub is_program: bool,
}

/// Who opens a session.
#[derive(Debug, Clone, Copy)]
pub enum Opener<'a> {
    /// A browser with this `User-Agent`.
    Browser(&'a str),
    /// A program; this is the name of its API token.
    Program(&'a str),
}

/// Stores a new session.
pub async fn insert(
    conn: &mut DbConn,
    token_hash: &str,
    user: UserId,
    now: Timestamp,
    expires_at: Timestamp,
    opener: Opener<'_>,
) -> DbResult<()> {
    let (user_agent, name) = match opener {
        Opener::Browser(user_agent) => (user_agent, None),
        Opener::Program(name) => ("", Some(name)),
    };
    let row = NewSession {
        token_hash,
        user_id: user.0,
        created_at: time::to_db(now),
        last_seen_at: time::to_db(now),
        expires_at: time::to_db(expires_at),
        user_agent,
        name,
    };
    on_db!(conn, db => diesel::insert_into(session::table).values(&row).execute(db).await)?;
    Ok(())
}

/// The session of a token's hash, if it is valid: it is not past `expires_at`, it was used after
/// `idle_since` or belongs to a program, and its account is not disabled.
pub async fn find(
    conn: &mut DbConn,
    token_hash: &str,
    now: Timestamp,
    idle_since: Timestamp,
) -> DbResult<Option<Session>> {
    let row = on_db!(conn, db => {
        session::table
            .inner_join(user::table.left_join(outbox_key::table))
            .filter(session::token_hash.eq(token_hash))
            .filter(session::expires_at.gt(time::to_db(now)))
            .filter(session::last_seen_at.gt(time::to_db(idle_since)).or(session::name.is_not_null()))
            .filter(user::disabled_at.is_null())
            .select((
                USER_COLUMNS,
                outbox_key::key.nullable(),
                session::last_seen_at,
                session::expires_at,
                session::name.is_not_null(),
            ))
            .first::<((i64, String, String), Option<String>, NaiveDateTime, NaiveDateTime, bool)>(db)
            .await
            .optional()
    })?;
    row.map(|(row, outbox_key, last_seen_at, expires_at, is_program)| {
        Ok(Session {
            user: to_user(row)?,
            outbox_key,
            last_seen_at: time::from_db(last_seen_at),
            expires_at: time::from_db(expires_at),
            is_program,
        })
    })
    .transpose()
}

/// The times that decide when a session ends.
#[derive(Debug, Clone, Queryable)]
pub struct Held {
    /// The hash of its token.
    pub token_hash: String,
    expires_at: NaiveDateTime,
    last_seen_at: NaiveDateTime,
    /// Whether it belongs to a program.
    pub is_program: bool,
}

impl Held {
    /// When it ends even if it is in use.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        time::from_db(self.expires_at)
    }

    /// When it was last used.
    #[must_use]
    pub fn last_seen_at(&self) -> Timestamp {
        time::from_db(self.last_seen_at)
    }
}

/// The valid ones (see [`find`]) among the sessions with these token hashes.
pub async fn holding(
    conn: &mut DbConn,
    token_hashes: &[String],
    now: Timestamp,
    idle_since: Timestamp,
) -> DbResult<Vec<Held>> {
    Ok(on_db!(conn, db => {
        session::table
            .inner_join(user::table)
            .filter(session::token_hash.eq_any(token_hashes))
            .filter(session::expires_at.gt(time::to_db(now)))
            .filter(session::last_seen_at.gt(time::to_db(idle_since)).or(session::name.is_not_null()))
            .filter(user::disabled_at.is_null())
            .select((session::token_hash, session::expires_at, session::last_seen_at, session::name.is_not_null()))
            .load::<Held>(db)
            .await
    })?)
}

/// Ends sessions of a user's browsers so that `keep` are left: `newest`, and those that were used
/// last. Returns the token hashes of the ended sessions.
pub async fn delete_beyond(conn: &mut DbConn, user: UserId, newest: &str, keep: i64) -> DbResult<Vec<String>> {
    let beyond = on_db!(conn, db => {
        session::table
            .filter(session::user_id.eq(user.0))
            .filter(session::name.is_null())
            .filter(session::token_hash.ne(newest))
            .order((session::last_seen_at.desc(), session::created_at.desc()))
            .select(session::token_hash)
            // SQLite requires a LIMIT with OFFSET.
            .limit(i64::MAX)
            .offset(keep - 1)
            .load::<String>(db)
            .await
    })?;
    if !beyond.is_empty() {
        on_db!(conn, db => {
            diesel::delete(session::table.filter(session::token_hash.eq_any(&beyond))).execute(db).await
        })?;
    }
    Ok(beyond)
}

/// Stores that the session was used at this time.
pub async fn touch(conn: &mut DbConn, token_hash: &str, now: Timestamp) -> DbResult<()> {
    on_db!(conn, db => {
        diesel::update(session::table.find(token_hash))
            .set(session::last_seen_at.eq(time::to_db(now)))
            .execute(db)
            .await
    })?;
    Ok(())
}

/// Ends a session.
pub async fn delete(conn: &mut DbConn, token_hash: &str) -> DbResult<()> {
    on_db!(conn, db => diesel::delete(session::table.find(token_hash)).execute(db).await)?;
    Ok(())
}

/// Deletes sessions that have expired or were idle for too long. Returns their number.
pub async fn delete_ended(conn: &mut DbConn, now: Timestamp, idle_since: Timestamp) -> DbResult<usize> {
    Ok(on_db!(conn, db => {
        diesel::delete(session::table)
            .filter(
                session::expires_at
                    .le(time::to_db(now))
                    .or(session::last_seen_at.le(time::to_db(idle_since)).and(session::name.is_null())),
            )
            .execute(db)
            .await
    })?)
}

/// A program's session in the list of sessions.
#[derive(Debug, Queryable)]
pub struct Program {
    /// The e-mail of the account that it acts for.
    pub email: String,
    /// The name of its API token.
    pub name: Option<String>,
    /// When it was created.
    pub created_at: NaiveDateTime,
    /// When it was last used.
    pub last_seen_at: NaiveDateTime,
    /// When it expires.
    pub expires_at: NaiveDateTime,
}

/// The sessions of all programs, by e-mail and name.
pub async fn programs(conn: &mut DbConn) -> DbResult<Vec<Program>> {
    Ok(on_db!(conn, db => {
        session::table
            .inner_join(user::table)
            .filter(session::name.is_not_null())
            .order((user::email, session::name))
            .select((user::email, session::name, session::created_at, session::last_seen_at, session::expires_at))
            .load::<Program>(db)
            .await
    })?)
}

/// Ends a program's session; returns whether there was one.
pub async fn delete_program(conn: &mut DbConn, user: UserId, name: &str) -> DbResult<bool> {
    let deleted = on_db!(conn, db => {
        diesel::delete(session::table.filter(session::user_id.eq(user.0)).filter(session::name.eq(name)))
            .execute(db)
            .await
    })?;
    Ok(deleted > 0)
}

/// Whether an insert failed because the account already has a program of this name.
#[must_use]
pub fn is_name_taken(error: &DbError) -> bool {
    error.violates_unique("name")
}
