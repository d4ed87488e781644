//! A moment, in milliseconds since the Unix epoch, UTC; RFC 3339 on the wire.
//!
//! Reading and writing RFC 3339 is left to `chrono` on the server and to the browser's own `Date` in
//! wasm, which keeps a date library out of what a phone has to download.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime, example = "2026-01-31T08:05:09.042Z"))]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The first moment that RFC 3339 has a text for: its years have four digits.
    pub const MIN: Self = Self(-62_167_219_200_000);
    /// The last one: the end of the year 9999.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// `2026-01-31T08:05:09.042Z`; a moment beyond [`Self::MIN`] or [`Self::MAX`] as that one.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        format(self.clamp(Self::MIN, Self::MAX).0)
    }

    /// Reads RFC 3339; `None` when `text` isn't, or when its zone leads out of the years that RFC 3339 has.
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
    fn a_year_has_four_digits() {
        let [first, last] = ["0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"];
        assert_eq!(Timestamp::parse(first), Some(Timestamp::MIN));
        assert_eq!(Timestamp::parse(last), Some(Timestamp::MAX));
        for beyond in ["9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00+00:01", "+12345-01-01T00:00:00Z"] {
            assert_eq!(Timestamp::parse(beyond), None, "{beyond}");
        }
        // What another program stored must not break the page that shows it.
        assert_eq!(Timestamp(i64::MAX).to_rfc3339(), last);
        assert_eq!(Timestamp(i64::MIN).to_rfc3339(), first);
    }
}
