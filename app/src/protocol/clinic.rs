//! The clinic's own texts: saved replies, the emergency number, and the phrases that are signs of
//! an emergency.

#![expect(clippy::option_option, reason = "what is left out is not what is null")]

use super::SavedReplyId;
use serde::{Deserialize, Deserializer, Serialize};

/// Maximum length of a saved reply's title, in characters.
pub const SAVED_REPLY_TITLE_MAX_CHARS: usize = 100;
/// Maximum length of a saved reply, in characters.
pub const SAVED_REPLY_MAX_CHARS: usize = 5_000;
/// Maximum length of an emergency number, in characters.
pub const EMERGENCY_NUMBER_MAX_CHARS: usize = 20;
/// Maximum length of a list of phrases, in characters.
pub const PHRASES_MAX_CHARS: usize = 20_000;

/// A text that a doctor can insert into a message.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SavedReply {
    /// The saved reply's id.
    pub id: SavedReplyId,
    /// Whether the reply belongs to the clinic and is for all doctors; otherwise it is this
    /// doctor's own.
    pub is_clinics: bool,
    /// The title, by which doctors find the reply.
    pub title: String,
    /// The text. The page replaces `{patient}` with the patient's name.
    pub content: String,
}

/// The viewer's own saved replies and the clinic's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SavedReplyPage {
    /// All replies, ordered by title.
    pub replies: Vec<SavedReply>,
}

/// The title and text of a saved reply to store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct NewSavedReply {
    /// The title, by which doctors find the reply.
    #[serde(default)]
    #[cfg_attr(feature = "ssr", schema(required, min_length = 1, max_length = 100))]
    pub title: String,
    /// The text.
    #[serde(default)]
    #[cfg_attr(feature = "ssr", schema(required, min_length = 1, max_length = 5_000))]
    pub content: String,
}

/// The clinic's settings for emergencies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Safety {
    /// The emergency number; `null` if the clinic has set none.
    #[cfg_attr(feature = "ssr", schema(required))]
    pub emergency_number: Option<String>,
    /// The phrases that are signs of an emergency in a patient's message.
    pub phrases: Phrases,
}

/// Lists of phrases by language. Each line has one phrase; a line that begins with `#` is a
/// comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Phrases {
    /// The English list.
    pub en: String,
    /// The Spanish list.
    pub es: String,
}

/// A change to [`Safety`]. A value that is left out stays as it is; `null` restores the built-in
/// value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SafetyChange {
    /// The emergency number: digits, spaces and `+`; `null` removes it.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, min_length = 1, max_length = 20))]
    pub emergency_number: Option<Option<String>>,
    /// The lists of phrases to change.
    #[serde(default)]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub phrases: PhrasesChange,
}

/// The lists of phrases to change; `null` restores the built-in list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct PhrasesChange {
    /// The English list.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, max_length = 20_000))]
    pub en: Option<Option<String>>,
    /// The Spanish list.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, max_length = 20_000))]
    pub es: Option<Option<String>>,
}

/// Reads a value that is present; `null` becomes `Some(None)`.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::{PhrasesChange, SafetyChange};

    #[test]
    fn missing_field_differs_from_null() {
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
