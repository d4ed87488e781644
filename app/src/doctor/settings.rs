//! A doctor's settings: new patients, office hours and absence, in one form.

pub mod week;

use crate::{
    components::{
        form::{FormEnd, FormField, FormProblem, error_of, posted_problem},
        loaded::loaded,
        viewer::PageFacts,
    },
    doctor::server_fns::SaveSettings,
    i18n::td_string,
    layout::form_page::DoctorPage,
    preferences::use_locale,
    protocol::{AWAY_NOTE_MAX_CHARS, SettingsForm},
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;
use week::Week;

/// The most characters of a time zone's name or a time.
const LINE_MAX_CHARS: usize = 100;

/// `/doctor/settings`
#[component]
pub fn DoctorSettings() -> impl IntoView {
    view! {
        <DoctorPage title=|locale| {
            td_string!(locale, your_settings)
        }>
            {loaded(|backend| async move { backend.settings_form().await }, |form| view! { <Editor form /> })}
        </DoctorPage>
    }
}

#[component]
fn Editor(form: SettingsForm) -> impl IntoView {
    let locale = use_locale();
    let problem = posted_problem::<SaveSettings>();
    let error = |field: &str| error_of(problem.as_ref(), field);
    let is_saved = use_query_map().with_untracked(|query| query.get("saved").is_some());
    let clinic_zone = use_context::<PageFacts>().map(|facts| facts.time_zone).unwrap_or_default();
    view! {
        <form method="post" action=SaveSettings::url() class="settings-form" novalidate>
            <FormProblem problem=problem.clone() />
            <fieldset class="card">
                <legend>{td_string!(locale, new_patients)}</legend>
                <label class="check">
                    <input
                        type="checkbox"
                        role="switch"
                        id="accepting-chats"
                        name="form[accepting_chats]"
                        value="on"
                        autocomplete="off"
                        checked=form.accepting_chats.is_some()
                    />
                    <span>{td_string!(locale, accept_new_patients)}</span>
                </label>
                <p class="field-hint">{td_string!(locale, accept_hint)}</p>
            </fieldset>
            <fieldset class="card">
                <legend>{td_string!(locale, office_hours)}</legend>
                <Week spans=form.spans problem=problem.clone() />
                <FormField
                    id="time-zone"
                    name="form[time_zone]"
                    label=td_string!(locale, time_zone)
                    hint=td_string!(locale, time_zone_hint)
                    placeholder=clinic_zone
                    max_chars=LINE_MAX_CHARS
                    value=form.time_zone
                    error=error("timeZone")
                />
            </fieldset>
            <fieldset class="card">
                <legend>{td_string!(locale, time_away)}</legend>
                <p class="field-hint">{td_string!(locale, time_away_hint)}</p>
                <div class="settings-pair">
                    <FormField
                        id="away-from"
                        name="form[away_from]"
                        kind="datetime-local"
                        label=td_string!(locale, away_from)
                        max_chars=LINE_MAX_CHARS
                        value=form.away_from
                        error=error("away.from")
                    />
                    <FormField
                        id="away-until"
                        name="form[away_until]"
                        kind="datetime-local"
                        label=td_string!(locale, away_until)
                        max_chars=LINE_MAX_CHARS
                        value=form.away_until
                        error=error("away.until")
                    />
                </div>
                <FormField
                    id="away-note"
                    name="form[away_note]"
                    label=td_string!(locale, away_note)
                    rows=3
                    max_chars=AWAY_NOTE_MAX_CHARS
                    value=form.away_note
                    error=error("away.note")
                />
            </fieldset>
            <FormEnd label=td_string!(locale, save) busy=td_string!(locale, saving) is_saved />
        </form>
    }
}
