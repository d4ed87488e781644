//! The clocks, and moments as the database keeps them.

use super::{DbConn, DbResult};
use app::protocol::Timestamp;
use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    pg::Pg,
    sql_types::{self, Timestamptz},
};

/// Clocks of one clinic's machines are no further apart than this. What lies further ahead was dated by a clock that was
/// wrong, and nothing goes by it.
const AHEAD_MAX_MS: i64 = 30_000;
/// Moments that RFC 3339 can write: the years 1 to 9999.
const WRITABLE: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_300_799_999;

/// Now by this machine's clock, to the millisecond, as everything stored and sent is.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp(Utc::now().timestamp_millis())
}

/// Now by the clock that stored moments go by: a PostgreSQL server's own, which all nodes share.
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

/// The latest moment that a clock of this clinic may show now.
#[must_use]
pub const fn latest(now: Timestamp) -> Timestamp {
    Timestamp(now.0.saturating_add(AHEAD_MAX_MS))
}

/// Whether a moment lies further ahead than clocks are apart.
#[must_use]
pub const fn is_ahead(moment: Timestamp, now: Timestamp) -> bool {
    moment.0 > latest(now).0
}

/// The moment of what follows on what happened at `before`: now, or that moment where clocks are a little apart. Not where a
/// clock that was wrong had dated it far ahead.
#[must_use]
pub const fn following(before: Timestamp, now: Timestamp) -> Timestamp {
    if before.0 > now.0 && !is_ahead(before, now) { before } else { now }
}

/// As a column takes it.
#[must_use]
pub fn to_db(moment: Timestamp) -> NaiveDateTime {
    DateTime::from_timestamp_millis(moment.0).unwrap_or_default().naive_utc()
}

/// As a column gives it.
#[must_use]
pub fn from_db(moment: NaiveDateTime) -> Timestamp {
    Timestamp(moment.and_utc().timestamp_millis())
}

/// A moment as a column gives it, whatever stands there: one odd row must not keep all others from being read. What is
/// no moment (infinity, a text) is the Unix epoch; what lies outside of what can be sent is its nearest end.
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
        // Both are microseconds in UTC.
        FromSql::<sql_types::Timestamp, Pg>::from_sql(bytes)
    }
}

impl From<Moment> for Timestamp {
    fn from(Moment(moment): Moment) -> Self {
        moment
    }
}
