//! What a doctor sets, as the page's form has it.

use crate::protocol::{Problem, SettingsForm};
use leptos::prelude::*;

/// One's own settings.
#[server(prefix = "/fn", endpoint = "doctor/settings", input = server_fn::codec::Json)]
pub async fn show_settings() -> Result<SettingsForm, Problem> {
    super::backend()?.settings_form().await.map_err(super::response::respond)
}

/// Replaces them; as they are stored then.
#[server(prefix = "/fn", endpoint = "doctor/save-settings")]
pub async fn save_settings(form: SettingsForm) -> Result<SettingsForm, Problem> {
    // Forms send line ends as CR LF (HTML, "constructing the form data set"); people typed LF.
    let form = SettingsForm { away_note: form.away_note.replace("\r\n", "\n"), ..form };
    super::backend()?.save_settings_form(form).await.map_err(super::response::respond)
}
