//! A doctor's settings: new patients, office hours and absence. One form, which also works without
//! JavaScript.

pub mod week;

use crate::{
    components::{
        back_to_chats::BackToChats,
        failed::Failed,
        page_title::PageTitle,
        problem::{ProblemNote, above_form, field_text, problem_of},
        text_field::area_text,
        viewer::PageFacts,
    },
    doctor::server_fns::{SaveSettings, show_settings},
    i18n::td_string,
    live::{Event, Live},
    preferences::use_locale,
    protocol::{AWAY_NOTE_MAX_CHARS, Problem, SettingsForm},
};
use leptos::prelude::*;
use week::Week;

/// `/doctor/settings`
#[component]
pub fn DoctorSettings() -> impl IntoView {
    let locale = use_locale();
    let stored = Resource::new_blocking(|| (), |()| show_settings());
    view! {
        <PageTitle words=|locale| td_string!(locale, your_settings) />
        <section class="settings">
            <header class="page-head">
                <BackToChats />
                <h1>{td_string!(locale, your_settings)}</h1>
            </header>
            <Suspense fallback=|| {
                view! { <span class="skeleton tall"></span> }
            }>
                {move || Suspend::new(async move {
                    match stored.await {
                        Ok(form) => view! { <Editor form /> }.into_any(),
                        Err(problem) => view! { <Failed problem /> }.into_any(),
                    }
                })}
            </Suspense>
        </section>
    }
}

#[component]
fn Editor(form: SettingsForm) -> impl IntoView {
    let locale = use_locale();
    let action = ServerAction::<SaveSettings>::new();
    let (value, is_busy) = (action.value(), action.pending());
    let problem = problem_of(value);
    // Whether the form changed after the last submit: such changes are not saved yet.
    let is_changed = RwSignal::new(false);
    let is_saved = move || !is_busy.get() && !is_changed.get() && value.with(|value| matches!(value, Some(Ok(_))));
    Effect::new(move |_| {
        if problem.with(Option::is_some) {
            focus_first_error();
        }
    });
    let live = Live::expect();
    Effect::new(move |_| {
        if value.with(|value| matches!(value, Some(Ok(_)))) {
            live.apply(Event::HoursChanged);
        }
    });
    let clinic_zone = use_context::<PageFacts>().map(|facts| facts.time_zone).unwrap_or_default();
    view! {
        <ActionForm
            action
            attr:class="settings-form"
            attr:novalidate="true"
            on:input=move |_| is_changed.set(true)
            on:submit=move |_| is_changed.set(false)
        >
            <ProblemNote problem=above_form(problem) />
            <fieldset class="card">
                <legend>{td_string!(locale, new_patients)}</legend>
                <label class="check">
                    <input
                        type="checkbox"
                        role="switch"
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
                <p class="field-hint">{td_string!(locale, office_hours_hint)}</p>
                <Week spans=form.spans problem is_changed />
                <Line
                    id="time-zone"
                    name="form[time_zone]"
                    field="timeZone"
                    label=td_string!(locale, time_zone)
                    hint=td_string!(locale, time_zone_hint)
                    placeholder=clinic_zone
                    value=form.time_zone
                    problem
                />
            </fieldset>
            <fieldset class="card">
                <legend>{td_string!(locale, time_away)}</legend>
                <p class="field-hint">{td_string!(locale, time_away_hint)}</p>
                <div class="settings-pair">
                    <Line
                        id="away-from"
                        name="form[away_from]"
                        kind="datetime-local"
                        field="away.from"
                        label=td_string!(locale, away_from)
                        value=form.away_from
                        problem
                    />
                    <Line
                        id="away-until"
                        name="form[away_until]"
                        kind="datetime-local"
                        field="away.until"
                        label=td_string!(locale, away_until)
                        value=form.away_until
                        problem
                    />
                </div>
                <Note text=form.away_note problem />
            </fieldset>
            <div class="settings-end">
                <button type="submit" class="button primary" disabled=is_busy>
                    {move || if is_busy.get() { td_string!(locale, saving) } else { td_string!(locale, save) }}
                </button>
                <p class="settings-saved" role="status">
                    {move || is_saved().then(|| td_string!(locale, saved))}
                </p>
            </div>
        </ActionForm>
    }
}

/// The error of a field, in words.
fn error_of(
    problem: Signal<Option<Problem>>,
    field: impl Into<String>,
) -> impl Fn() -> Option<String> + Clone + Send + Sync + 'static {
    let (locale, field) = (use_locale(), field.into());
    move || {
        let code = problem.with(|problem| problem.as_ref().and_then(|problem| problem.field_code(&field)))?;
        Some(field_text(locale, &field, code))
    }
}

/// A labelled input that may be empty.
#[component]
fn Line(
    id: &'static str,
    /// The name in the form.
    name: &'static str,
    /// The name in problems.
    field: &'static str,
    label: &'static str,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional)] placeholder: String,
    value: String,
    problem: Signal<Option<Problem>>,
) -> impl IntoView {
    let error = error_of(problem, field);
    let (is_wrong, has_error) = (error.clone(), error.clone());
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let described_by = if hint.is_some() { format!("{hint_id} {error_id}") } else { error_id.clone() };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                id=id
                name=name
                type=kind
                value=value
                placeholder=placeholder
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                maxlength="100"
                aria-invalid=move || is_wrong().map(|_| "true")
                aria-describedby=described_by
            />
            {hint.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
            <p class="field-error" id=error_id hidden=move || has_error().is_none()>
                {error}
            </p>
        </div>
    }
}

/// The note that patients see while the doctor is away.
#[component]
fn Note(text: String, problem: Signal<Option<Problem>>) -> impl IntoView {
    let locale = use_locale();
    let error = error_of(problem, "away.note");
    let (is_wrong, has_error) = (error.clone(), error.clone());
    view! {
        <div class="field">
            <label for="away-note">{td_string!(locale, away_note)}</label>
            <textarea
                id="away-note"
                name="form[away_note]"
                rows="3"
                maxlength=AWAY_NOTE_MAX_CHARS.to_string()
                autocomplete="off"
                aria-invalid=move || is_wrong().map(|_| "true")
                aria-describedby="away-note-error"
            >
                {area_text(text)}
            </textarea>
            <p class="field-error" id="away-note-error" hidden=move || has_error().is_none()>
                {error}
            </p>
        </div>
    }
}

/// Focuses the first field with an error, once the errors are shown.
#[cfg(feature = "hydrate")]
fn focus_first_error() {
    use wasm_bindgen::JsCast;
    request_animation_frame(|| {
        let wrong = document().query_selector(".settings-form [aria-invalid='true']").ok().flatten();
        if let Some(wrong) = wrong.and_then(|wrong| wrong.dyn_into::<web_sys::HtmlElement>().ok()) {
            // An input that can't be focused is not on the page.
            let _ = wrong.focus();
        }
    });
}

/// The server's stub.
#[cfg(not(feature = "hydrate"))]
const fn focus_first_error() {}
