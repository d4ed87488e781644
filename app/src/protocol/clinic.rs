//! What belongs to the clinic as a whole: saved replies, and what it says of emergencies.

#![expect(clippy::option_option, reason = "what is left out is not what is null")]

use super::SavedReplyId;
use serde::{Deserialize, Deserializer, Serialize};

/// Longest title of a saved reply, in characters.
pub const SAVED_REPLY_TITLE_MAX_CHARS: usize = 100;
/// Longest saved reply, in characters.
pub const SAVED_REPLY_MAX_CHARS: usize = 5_000;
/// Longest emergency number, in characters.
pub const EMERGENCY_NUMBER_MAX_CHARS: usize = 20;
/// Longest list of phrases, in characters.
pub const PHRASES_MAX_CHARS: usize = 20_000;

/// A text that a doctor can insert into a message.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SavedReply {
    /// Id.
    pub id: SavedReplyId,
    /// Whether it is the clinic's, for all doctors; otherwise it is this doctor's own.
    pub is_clinics: bool,
    /// What it is found by.
    pub title: String,
    /// What it says. `{patient}` stands for the patient's name.
    pub content: String,
}

/// One's saved replies and the clinic's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SavedReplyPage {
    /// All of them, by title.
    pub replies: Vec<SavedReply>,
}

/// A reply to keep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct NewSavedReply {
    /// What it is found by.
    #[serde(default)]
    #[cfg_attr(feature = "ssr", schema(required, min_length = 1, max_length = 100))]
    pub title: String,
    /// What it says.
    #[serde(default)]
    #[cfg_attr(feature = "ssr", schema(required, min_length = 1, max_length = 5_000))]
    pub content: String,
}

/// What the clinic says of emergencies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Safety {
    /// Whom to call; `null` if the clinic names nobody.
    #[cfg_attr(feature = "ssr", schema(required))]
    pub emergency_number: Option<String>,
    /// Signs of an emergency in a patient's message.
    pub phrases: Phrases,
}

/// Lists of phrases by language: one a line, with comments after `#`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Phrases {
    /// English.
    pub en: String,
    /// Spanish.
    pub es: String,
}

/// What to change of it: what is left out stays, and `null` is as built in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SafetyChange {
    /// Digits, spaces and `+`; `null` for none.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, min_length = 1, max_length = 20))]
    pub emergency_number: Option<Option<String>>,
    /// The lists.
    #[serde(default)]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub phrases: PhrasesChange,
}

/// Lists to change; `null` is the built-in one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct PhrasesChange {
    /// English.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, max_length = 20_000))]
    pub en: Option<Option<String>>,
    /// Spanish.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, max_length = 20_000))]
    pub es: Option<Option<String>>,
}

/// A value that is there, `null` too.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::{PhrasesChange, SafetyChange};

    #[test]
    fn what_is_left_out_is_not_what_is_null() {
        let change = |json: &str| serde_json::from_str::<SafetyChange>(json).ok();
        let phrases = |en| PhrasesChange { en, es: None };
        assert_eq!(change("{}"), Some(SafetyChange::default()));
        let cleared = SafetyChange { emergency_number: Some(None), ..SafetyChange::default() };
        assert_eq!(change(r#"{"emergencyNumber":null}"#), Some(cleared.clone()));
        let listed = SafetyChange { phrases: phrases(Some(Some("help".to_owned()))), ..SafetyChange::default() };
        assert_eq!(change(r#"{"phrases":{"en":"help"}}"#), Some(listed.clone()));
        for there_and_back in [cleared, listed] {
            let json = serde_json::to_string(&there_and_back).unwrap_or_default();
            assert_eq!(change(&json), Some(there_and_back));
        }
    }
}
