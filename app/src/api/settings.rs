//! What a doctor sets, as the page's form has it.

use crate::protocol::{Opening, Problem};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

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

/// One's own settings.
#[server(prefix = "/fn", endpoint = "doctor/settings", input = server_fn::codec::Json)]
pub async fn show_settings() -> Result<SettingsForm, Problem> {
    super::backend()?.settings_form().await.map_err(super::room::respond)
}

/// Replaces them; as they are stored then.
#[server(prefix = "/fn", endpoint = "doctor/save-settings")]
pub async fn save_settings(form: SettingsForm) -> Result<SettingsForm, Problem> {
    // Forms send line ends as CR LF (HTML, "constructing the form data set"); people typed LF.
    let form = SettingsForm { away_note: form.away_note.replace("\r\n", "\n"), ..form };
    super::backend()?.save_settings_form(form).await.map_err(super::room::respond)
}
