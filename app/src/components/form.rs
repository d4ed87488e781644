//! The parts of plain forms: pages that the server renders and that need no program in the browser
//! (`forms.js`).

use crate::{
    components::problem::{field_text, problem_text},
    i18n::td_string,
    preferences::use_locale,
    protocol::{Problem, ProblemCode},
};
use leptos::{prelude::*, server_fn::ServerFn};

/// The problem of the post that this page answers, if it was a post of this form.
pub fn posted_problem<F>() -> Option<Problem>
where
    F: ServerFn<Error = Problem> + Clone + Send + Sync + 'static,
    F::Output: Send + Sync,
{
    ServerAction::<F>::new().value().with_untracked(|value| value.as_ref()?.as_ref().err().cloned())
}

/// The part of a form's problem that no field shows.
#[component]
pub fn FormProblem(
    /// The problem of the posted form.
    problem: Option<Problem>,
) -> impl IntoView {
    let locale = use_locale();
    let problem = problem.filter(|problem| problem.code != ProblemCode::Invalid);
    view! {
        <p class="problem-note" role="alert" data-unreachable=td_string!(locale, problem_unreachable) data-ended=td_string!(locale, problem_unauthenticated)>
            {problem.map(|problem| problem_text(locale, &problem))}
        </p>
    }
}

/// The end of a form: its button, which shows that the request runs, and a note.
#[component]
pub fn FormEnd(
    /// The button's label.
    label: &'static str,
    /// The label while the request runs.
    busy: &'static str,
    /// The button's id.
    #[prop(default = "save".to_owned(), into)]
    id: String,
    /// Whether the post that this page answers was stored.
    #[prop(optional)]
    is_saved: bool,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="form-end">
            <button type="submit" class="button primary" id=id data-busy=busy>
                {label}
            </button>
            <p class="form-saved" role="status">
                {is_saved.then(|| td_string!(locale, saved))}
            </p>
        </div>
    }
}

/// One field. `forms.js` shows how many characters are left, if the field has a limit.
#[component]
pub fn FormField(
    /// The name in the form.
    #[prop(into)]
    name: String,
    /// The id on the page; the name by default.
    #[prop(optional, into)]
    id: Option<String>,
    /// The label.
    label: &'static str,
    /// The input's type, if it has one line.
    #[prop(default = "text")]
    kind: &'static str,
    /// How many lines are shown, if it has several.
    #[prop(optional)]
    rows: Option<u32>,
    /// The `autocomplete` attribute.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// The `autocapitalize` attribute.
    #[prop(default = "none")]
    autocapitalize: &'static str,
    /// The text.
    #[prop(optional, into)]
    value: String,
    /// The text that an empty field shows.
    #[prop(optional, into)]
    placeholder: String,
    /// Whether the field must have a text.
    #[prop(optional)]
    required: bool,
    /// The limit in characters.
    max_chars: usize,
    /// A sentence of help below the field.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The error, in words.
    #[prop(optional_no_strip)]
    error: Option<String>,
) -> impl IntoView {
    let locale = use_locale();
    let hint = hint.filter(|hint| !hint.is_empty());
    let id = id.unwrap_or_else(|| name.clone());
    let (hint_id, note_id, error_id) = (format!("{id}-hint"), format!("{id}-note"), format!("{id}-error"));
    let described_by = [hint.is_some().then_some(&hint_id), Some(&note_id), error.is_some().then_some(&error_id)]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ");
    let is_wrong = error.is_some().then_some("true");
    let input = match rows {
        Some(rows) => view! {
            <textarea
                id=id.clone()
                name=name
                rows=rows.to_string()
                autocomplete=autocomplete
                dir="auto"
                required=required
                aria-invalid=is_wrong
                aria-describedby=described_by
                data-limit=max_chars.to_string()
            >
                {area_text(value)}
            </textarea>
        }
        .into_any(),
        None => view! {
            <input
                id=id.clone()
                name=name
                type=kind
                value=value
                placeholder=(!placeholder.is_empty()).then_some(placeholder)
                autocomplete=autocomplete
                autocapitalize=autocapitalize
                spellcheck="false"
                required=required
                aria-invalid=is_wrong
                aria-describedby=described_by
                data-limit=max_chars.to_string()
            />
        }
        .into_any(),
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            {input}
            {hint.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
            <p
                class="field-hint field-note"
                id=note_id
                data-left=td_string!(locale, characters_left, count = "#").to_string()
                data-over=td_string!(locale, too_long_by, count = "#").to_string()
            ></p>
            <p class="visually-hidden" role="status"></p>
            {error.map(|error| view! { <p class="field-error" id=error_id>{error}</p> })}
        </div>
    }
}

/// A button that asks before it posts something that cannot be undone.
#[component]
pub fn ConfirmButton(
    /// The button's label.
    label: &'static str,
    /// The question.
    question: &'static str,
    /// The address to post to.
    action: &'static str,
    /// The name and value of the form's only field.
    field: (&'static str, String),
    /// The ids of the elements to focus afterwards: the first that exists.
    #[prop(into)]
    next: String,
) -> impl IntoView {
    let locale = use_locale();
    let (name, value) = field;
    view! {
        <details class="confirm">
            <summary class="button small">{label}</summary>
            <form method="post" action=action data-next=next>
                <input type="hidden" name=name value=value />
                <p>{question}</p>
                <button type="submit" class="button small danger">
                    {label}
                </button>
                <button type="button" class="button small needs-script" data-close>
                    {td_string!(locale, cancel)}
                </button>
            </form>
        </details>
    }
}

/// The error of a field in a form's problem, in words.
pub fn error_of(problem: Option<&Problem>, field: &str) -> Option<String> {
    let code = problem?.field_code(field)?;
    Some(field_text(use_locale(), field, code))
}

/// The text of a text area, as its child. The framework does not escape the children of a text
/// area.
pub(crate) fn area_text(text: String) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
