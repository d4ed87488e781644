//! The clocks, and the times that the database stores.

use super::{DbConn, DbResult};
use app::protocol::Timestamp;
use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    pg::Pg,
    sql_types::{self, Timestamptz},
};

/// The largest difference between the clocks of a clinic's machines. A time further ahead was set
/// by a wrong clock, and nothing is ordered or computed by it.
const AHEAD_MAX_MS: i64 = 30_000;
/// Times that RFC 3339 can express: the years 1 to 9999.
const WRITABLE: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_300_799_999;

/// The current time of this machine's clock, in milliseconds like all times that are stored or
/// sent.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp(Utc::now().timestamp_millis())
}

/// The current time of the clock that stored times follow: this machine's for SQLite, the server's
/// for PostgreSQL, which all nodes share.
pub async fn now_at(conn: &mut DbConn) -> DbResult<Timestamp> {
    use diesel_async::RunQueryDsl;
    match conn {
        DbConn::Sqlite(_) => Ok(now()),
        DbConn::Postgres(db) => {
            let Moment(now) = diesel::select(clock_timestamp()).get_result(&mut **db).await?;
            Ok(now)
        }
    }
}

diesel::define_sql_function! {
    /// PostgreSQL's clock.
    fn clock_timestamp() -> Timestamptz;
}

/// The latest time that a clock of this clinic may show now.
#[must_use]
pub const fn latest(now: Timestamp) -> Timestamp {
    Timestamp(now.0.saturating_add(AHEAD_MAX_MS))
}

/// Whether a time is further ahead than clocks may differ.
#[must_use]
pub const fn is_ahead(moment: Timestamp, now: Timestamp) -> bool {
    moment.0 > latest(now).0
}

/// The time of an event that follows one at `before`. It is `now`, or `before` if that is a little
/// ahead of `now`. A `before` that a wrong clock has set far ahead is ignored.
#[must_use]
pub const fn following(before: Timestamp, now: Timestamp) -> Timestamp {
    if before.0 > now.0 && !is_ahead(before, now) { before } else { now }
}

/// Converts a time to a column's value. A time that chrono can't express becomes the Unix epoch.
#[must_use]
pub fn to_db(moment: Timestamp) -> NaiveDateTime {
    DateTime::from_timestamp_millis(moment.0).unwrap_or_default().naive_utc()
}

/// Converts a column's value to a time.
#[must_use]
pub fn from_db(moment: NaiveDateTime) -> Timestamp {
    Timestamp(moment.and_utc().timestamp_millis())
}

/// A time read from a column. Reading it never fails, so that one invalid row does not prevent
/// reading the others. A value that is not a time (infinity, a text) becomes the Unix epoch; a time
/// that can't be sent becomes the nearest one that can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromSqlRow)]
pub struct Moment(pub Timestamp);

impl<DB> FromSql<sql_types::Timestamp, DB> for Moment
where
    DB: Backend,
    NaiveDateTime: FromSql<sql_types::Timestamp, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let moment = NaiveDateTime::from_sql(bytes).map_or(0, |moment| from_db(moment).0);
        Ok(Self(Timestamp(moment.clamp(*WRITABLE.start(), *WRITABLE.end()))))
    }
}

impl FromSql<Timestamptz, Pg> for Moment {
    fn from_sql(bytes: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        // Both types are microseconds in UTC.
        FromSql::<sql_types::Timestamp, Pg>::from_sql(bytes)
    }
}

impl From<Moment> for Timestamp {
    fn from(Moment(moment): Moment) -> Self {
        moment
    }
}
