//! When doctors are in and how soon they answer: what patients see, and what a doctor sets.

use super::{Timestamp, skip::is_false};
use serde::{Deserialize, Serialize};

/// Maximum length of the note of a doctor who is away, in characters.
pub const AWAY_NOTE_MAX_CHARS: usize = 500;
/// Maximum number of openings in a week.
pub const OPENINGS_MAX: usize = 70;

/// When a doctor answers, as far as the server knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Availability {
    /// The response time in milliseconds: half of the answers of the last 30 days came within it.
    /// Absent if there were fewer than five answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false, minimum = 0))]
    pub usual_reply_ms: Option<i64>,
    /// Whether the response time counts only the doctor's office hours.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub is_working_time: bool,
    /// When the doctor is in again. Absent while the doctor is in, and if the time is more than a
    /// year ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub back_at: Option<Timestamp>,
    /// When these values end, for example at closing time. The client must request them again then.
    /// Absent if no change is planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub until: Option<Timestamp>,
    /// Whether the doctor is away, and not only out of office hours.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub is_away: bool,
    /// The note to patients of a doctor who is away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub note: Option<String>,
}

/// A doctor's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DoctorSettings {
    /// Whether patients may start new chats with the doctor. Existing chats are not affected.
    pub accepting_chats: bool,
    /// The IANA name of the time zone of the office hours; empty means the clinic's time zone.
    #[serde(default)]
    pub time_zone: String,
    /// The office hours of a week, at most 70 openings; empty means that the doctor answers at any
    /// time.
    #[serde(default)]
    pub hours: Vec<Opening>,
    /// The time in which the doctor is away, or `null`.
    #[serde(default)]
    pub away: Option<Away>,
}

/// A part of a weekday in which the doctor is in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Opening {
    /// The weekday, from 1 (Monday) to 7 (Sunday).
    pub weekday: u8,
    /// When the opening begins, like `08:00`.
    #[serde(default)]
    pub opens: String,
    /// When the opening ends, like `17:30`; at most `24:00`.
    #[serde(default)]
    pub closes: String,
}

/// A time in which the doctor is not in, independent of the office hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Away {
    /// The beginning.
    pub from: Timestamp,
    /// The end.
    pub until: Timestamp,
    /// The note that patients see during this time; at most 500 characters.
    #[serde(default)]
    #[cfg_attr(feature = "ssr", schema(max_length = 500))]
    pub note: String,
}

/// A doctor's settings as a form contains them. All times are local times in the doctor's time
/// zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsForm {
    /// `on` if the doctor accepts new chats; absent otherwise.
    #[serde(default)]
    pub accepting_chats: Option<String>,
    /// The IANA name of the time zone; empty means the clinic's time zone.
    #[serde(default)]
    pub time_zone: String,
    /// The office hours of a week. An opening without times is ignored; one that ends at `00:00`
    /// ends at midnight.
    #[serde(default)]
    pub spans: Vec<Opening>,
    /// When the time away begins, like `2026-12-24T08:00`; empty if the doctor is not away.
    #[serde(default)]
    pub away_from: String,
    /// When the time away ends, in the format of `away_from`.
    #[serde(default)]
    pub away_until: String,
    /// The note that patients see during the time away.
    #[serde(default)]
    pub away_note: String,
}
