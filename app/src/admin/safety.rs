//! `/admin/safety`: whom to call in an emergency, and the phrases that patients' messages are
//! compared with. Each setting is a form of its own.

use crate::{
    admin::server_fns::{ResetPhrases, SaveEmergencyNumber, SavePhrases},
    components::{
        form::{ConfirmButton, FormEnd, FormField, FormProblem, posted_problem},
        loaded::loaded,
        problem::field_text,
    },
    i18n::{Locale, td_string},
    layout::form_page::AdminPage,
    preferences::use_locale,
    protocol::{EMERGENCY_NUMBER_MAX_CHARS, FieldCode, PHRASES_MAX_CHARS, Problem, Safety},
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_i18n::Locale as _;
use leptos_router::hooks::use_query_map;

/// The page.
#[component]
pub fn SafetySettings() -> impl IntoView {
    view! {
        <AdminPage path="/admin/safety">
            {loaded(|backend| async move { backend.safety().await }, |safety| view! { <SafetyForms safety /> })}
        </AdminPage>
    }
}

/// The forms.
#[component]
pub fn SafetyForms(
    /// The stored settings.
    safety: Safety,
) -> impl IntoView {
    let locale = use_locale();
    let saved = use_query_map().with_untracked(|query| query.get("saved")).unwrap_or_default();
    let Safety { emergency_number, phrases } = safety;
    let problem = posted_problem::<SaveEmergencyNumber>();
    let error = problem.as_ref().and_then(|problem| fault(locale, "emergencyNumber", problem));
    view! {
        <form method="post" action=SaveEmergencyNumber::url() class="card setting">
            <FormProblem problem />
            <FormField
                id="emergency-number"
                name="number"
                kind="tel"
                label=td_string!(locale, emergency_number)
                max_chars=EMERGENCY_NUMBER_MAX_CHARS
                hint=td_string!(locale, emergency_number_hint)
                value=emergency_number.unwrap_or_default()
                error
            />
            <FormEnd label=td_string!(locale, save) busy=td_string!(locale, saving) id="save-number" is_saved={saved == "number"} />
        </form>
        <PhrasesForm language=Locale::en label=td_string!(locale, phrases_en) list=phrases.en is_saved={saved == "en"} />
        <PhrasesForm language=Locale::es label=td_string!(locale, phrases_es) list=phrases.es is_saved={saved == "es"} />
    }
}

/// The phrases of one language, and the way back to the built-in ones.
#[component]
fn PhrasesForm(language: Locale, label: &'static str, list: String, is_saved: bool) -> impl IntoView {
    let locale = use_locale();
    let tag = language.as_str();
    let field = format!("phrases.{tag}");
    // Both lists have one server function: a problem with a field belongs to that field's list.
    let problem = posted_problem::<SavePhrases>().filter(|problem| {
        problem.errors.is_empty() || problem.errors.iter().any(|error| error.field.starts_with(&field))
    });
    let error = problem.as_ref().and_then(|problem| fault(locale, &field, problem));
    view! {
        <section class="card setting">
            <form method="post" action=SavePhrases::url() class="setting">
                <FormProblem problem />
                <input type="hidden" name="language" value=tag />
                <FormField
                    id=format!("emergency-phrases-{tag}")
                    name="list"
                    rows=12
                    label
                    max_chars=PHRASES_MAX_CHARS
                    hint=td_string!(locale, phrases_hint)
                    value=list
                    error
                />
                <FormEnd label=td_string!(locale, save) busy=td_string!(locale, saving) id=format!("save-{tag}") is_saved />
            </form>
            <ConfirmButton
                label=td_string!(locale, reset)
                question=td_string!(locale, reset_question)
                action=ResetPhrases::url()
                field=("language", tag.to_owned())
                next=format!("emergency-phrases-{tag}")
            />
        </section>
    }
}

/// What is wrong with a field, and in which line.
fn fault(locale: Locale, field: &str, problem: &Problem) -> Option<String> {
    let is_number = field == "emergencyNumber";
    problem.errors.iter().find_map(|error| {
        let rest = error.field.strip_prefix(field)?;
        Some(match rest.strip_prefix(':') {
            Some(line) if error.code == FieldCode::TooShort => {
                td_string!(locale, phrase_too_short, line = line.to_owned()).to_string()
            }
            Some(line) => td_string!(locale, phrase_empty, line = line.to_owned()).to_string(),
            None if is_number && error.code == FieldCode::Malformed => {
                td_string!(locale, error_number_malformed).to_string()
            }
            None if error.code == FieldCode::TooLong => {
                let limit = if is_number { EMERGENCY_NUMBER_MAX_CHARS } else { PHRASES_MAX_CHARS };
                td_string!(locale, error_at_most, count = limit.to_string()).to_string()
            }
            None => field_text(locale, field, error.code),
        })
    })
}
