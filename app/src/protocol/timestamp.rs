//! A point in time: milliseconds since the Unix epoch in memory, RFC 3339 in UTC on the wire.
//!
//! The server parses and formats RFC 3339 with `chrono`, the browser with its own `Date`. So the
//! program that a browser downloads contains no date library.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime, example = "2026-01-31T08:05:09.042Z"))]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The first time that RFC 3339 can express: its years have four digits.
    pub const MIN: Self = Self(-62_167_219_200_000);
    /// The last time that RFC 3339 can express: the end of the year 9999.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// Formats the time like `2026-01-31T08:05:09.042Z`. A time before [`Self::MIN`] or after
    /// [`Self::MAX`] is formatted as that limit.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        format(self.clamp(Self::MIN, Self::MAX).0)
    }

    /// Parses an RFC 3339 time. Returns `None` if `text` is not one, or if its time zone leads to a
    /// year outside RFC 3339's range.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parse(text).map(Self).filter(|moment| (Self::MIN..=Self::MAX).contains(moment))
    }
}

#[cfg(feature = "ssr")]
fn format(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms).unwrap_or_default().to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

#[cfg(feature = "ssr")]
fn parse(text: &str) -> Option<i64> {
    chrono::DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.timestamp_millis())
}

#[cfg(all(feature = "hydrate", not(feature = "ssr")))]
#[expect(clippy::cast_precision_loss, reason = "milliseconds stay below 2^53 until the year 287396")]
fn format(ms: i64) -> String {
    String::from(js_sys::Date::new(&(ms as f64).into()).to_iso_string())
}

#[cfg(all(feature = "hydrate", not(feature = "ssr")))]
#[expect(clippy::cast_possible_truncation, reason = "Date.parse gives whole milliseconds")]
fn parse(text: &str) -> Option<i64> {
    let ms = js_sys::Date::parse(text);
    ms.is_finite().then_some(ms as i64)
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_rfc3339())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not an RFC 3339 time"))
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::Timestamp;

    #[test]
    fn timestamp_rejects_years_without_four_digits() {
        let [first, last] = ["0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"];
        assert_eq!(Timestamp::parse(first), Some(Timestamp::MIN));
        assert_eq!(Timestamp::parse(last), Some(Timestamp::MAX));
        for beyond in ["9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00+00:01", "+12345-01-01T00:00:00Z"] {
            assert_eq!(Timestamp::parse(beyond), None, "{beyond}");
        }
        // An invalid value that another program stored must not break the page that shows it.
        assert_eq!(Timestamp(i64::MAX).to_rfc3339(), last);
        assert_eq!(Timestamp(i64::MIN).to_rfc3339(), first);
    }
}
