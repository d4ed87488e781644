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
    /// `2026-01-31T08:05:09.042Z`
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        format(self.0)
    }

    /// Reads RFC 3339; `None` when `text` isn't.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parse(text).map(Self)
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
