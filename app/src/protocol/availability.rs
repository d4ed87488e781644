//! When doctors are in and how soon they answer: what patients are told, and what a doctor sets.

use super::{Timestamp, skip::is_false};
use serde::{Deserialize, Serialize};

/// Longest note of a doctor who is away, in characters.
pub const AWAY_NOTE_MAX_CHARS: usize = 500;
/// Most openings in a week.
pub const OPENINGS_MAX: usize = 70;

/// What is known of when a doctor answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Availability {
    /// Within how many milliseconds half of the last 30 days' answers came; absent after fewer than five of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false, minimum = 0))]
    pub usual_reply_ms: Option<i64>,
    /// Whether that counts the doctor's working hours only.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub is_working_time: bool,
    /// When the doctor is in again; absent while they are, and when that is more than a year ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub back_at: Option<Timestamp>,
    /// Until when all this is so by the clock, closing time for one: to be asked for again then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub until: Option<Timestamp>,
    /// Whether the doctor is away rather than at home for the night.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub is_away: bool,
    /// What the doctor who is away tells patients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub note: Option<String>,
}

/// What a doctor has set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DoctorSettings {
    /// Whether a patient may start a new chat. Existing chats go on either way.
    pub accepting_chats: bool,
    /// IANA name of the zone that the hours are in; empty for the clinic's.
    #[serde(default)]
    pub time_zone: String,
    /// The week, at most 70 openings; none for at any time.
    #[serde(default)]
    pub hours: Vec<Opening>,
    /// A time away, or `null`.
    #[serde(default)]
    pub away: Option<Away>,
}

/// A stretch of a weekday at which the doctor is in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Opening {
    /// 1 for Monday to 7 for Sunday.
    pub weekday: u8,
    /// Like `08:00`.
    #[serde(default)]
    pub opens: String,
    /// Like `17:30`, up to `24:00`.
    #[serde(default)]
    pub closes: String,
}

/// A time at which the doctor is not in, whatever the hours say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Away {
    /// From this moment.
    pub from: Timestamp,
    /// Up to this one.
    pub until: Timestamp,
    /// What patients are told meanwhile; at most 500 characters.
    #[serde(default)]
    #[cfg_attr(feature = "ssr", schema(max_length = 500))]
    pub note: String,
}

/// A doctor's settings; all times as a clock in the doctor's time zone shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsForm {
    /// Whether new chats are welcome: `on`, or not there.
    #[serde(default)]
    pub accepting_chats: Option<String>,
    /// IANA name; empty for the clinic's.
    #[serde(default)]
    pub time_zone: String,
    /// The week. One without times counts as not there; one that ends at `00:00` ends at midnight.
    #[serde(default)]
    pub spans: Vec<Opening>,
    /// Like `2026-12-24T08:00`; empty for none.
    #[serde(default)]
    pub away_from: String,
    /// The same.
    #[serde(default)]
    pub away_until: String,
    /// What patients are told meanwhile.
    #[serde(default)]
    pub away_note: String,
}
