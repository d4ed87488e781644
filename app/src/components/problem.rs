//! Texts of problems in the page's language.

use crate::{
    i18n::{Locale, td_string},
    protocol::{FieldCode, Problem, ProblemCode},
};
use leptos::prelude::*;

/// The text of a problem.
#[must_use]
pub fn problem_text(locale: Locale, problem: &Problem) -> String {
    match problem.code {
        ProblemCode::InvalidCredentials => td_string!(locale, problem_credentials).to_string(),
        ProblemCode::EmailTaken => td_string!(locale, problem_email_taken).to_string(),
        ProblemCode::RateLimited => {
            let seconds = problem.retry_after_s.unwrap_or(1);
            td_string!(locale, problem_rate_limited, seconds = seconds.to_string()).to_string()
        }
        ProblemCode::DoctorNotAccepting => td_string!(locale, problem_not_accepting).to_string(),
        ProblemCode::ChatClosed => td_string!(locale, problem_closed).to_string(),
        ProblemCode::ChatBlocked => td_string!(locale, problem_blocked).to_string(),
        ProblemCode::DoctorNotAvailable => td_string!(locale, problem_doctor_gone).to_string(),
        ProblemCode::PatientNotAvailable => td_string!(locale, problem_patient_gone).to_string(),
        ProblemCode::ChatOnHold => td_string!(locale, problem_on_hold).to_string(),
        ProblemCode::TooLateToChange => td_string!(locale, problem_too_late).to_string(),
        ProblemCode::StaffOnly => td_string!(locale, problem_staff_only).to_string(),
        ProblemCode::TooManySavedReplies => td_string!(locale, problem_too_many_replies).to_string(),
        ProblemCode::SavedReplyNotFound => td_string!(locale, problem_reply_gone).to_string(),
        ProblemCode::Unauthenticated => td_string!(locale, problem_unauthenticated).to_string(),
        ProblemCode::Stale => td_string!(locale, problem_stale).to_string(),
        ProblemCode::Unreachable => td_string!(locale, problem_unreachable).to_string(),
        ProblemCode::Unavailable | ProblemCode::Overloaded | ProblemCode::Internal => {
            td_string!(locale, problem_unavailable).to_string()
        }
        ProblemCode::TooLarge => td_string!(locale, problem_too_large).to_string(),
        ProblemCode::Invalid if problem.field_code("content") == Some(FieldCode::Required) => {
            td_string!(locale, problem_message_empty).to_string()
        }
        ProblemCode::Invalid => td_string!(locale, problem_invalid).to_string(),
        _ => td_string!(locale, problem_other).to_string(),
    }
}

/// The text of a field's problem.
#[must_use]
pub fn field_text(locale: Locale, field: &str, code: FieldCode) -> String {
    match (field, code) {
        (_, FieldCode::Required) => td_string!(locale, error_required),
        ("password", FieldCode::TooShort) => td_string!(locale, error_password_too_short),
        ("email", FieldCode::Malformed) => td_string!(locale, error_email_malformed),
        ("timeZone", FieldCode::Unknown) => td_string!(locale, error_time_zone),
        ("away.until", FieldCode::OutOfRange) => td_string!(locale, error_away_ends),
        (_, FieldCode::OutOfRange) if field.starts_with("hours[") => td_string!(locale, error_closes),
        (_, FieldCode::Taken) if field.starts_with("hours[") => td_string!(locale, error_overlap),
        (_, FieldCode::TooShort) => td_string!(locale, error_too_short),
        (_, FieldCode::TooLong) => td_string!(locale, error_too_long),
        (_, FieldCode::TooCommon) => td_string!(locale, error_too_common),
        // Of these, the last two otherwise only occur on the command line.
        (_, FieldCode::Malformed | FieldCode::Taken | FieldCode::Unknown) => td_string!(locale, error_malformed),
        (_, FieldCode::OutOfRange) => td_string!(locale, error_out_of_range),
        (_, FieldCode::ForbiddenCharacter) => td_string!(locale, error_forbidden_character),
    }
    .to_string()
}

/// The problem of the last run of an action; `None` if it succeeded.
pub fn problem_of<T: 'static>(
    value: impl With<Value = Option<Result<T, Problem>>> + Send + Sync + 'static,
) -> Signal<Option<Problem>> {
    Signal::derive(move || value.with(|value| value.as_ref().and_then(|done| done.as_ref().err().cloned())))
}

/// The part of a form's problem that is shown above the form: problems of a field are shown at the
/// field.
pub fn above_form(problem: Signal<Option<Problem>>) -> Signal<Option<Problem>> {
    Signal::derive(move || problem.get().filter(|problem| problem.code != ProblemCode::Invalid))
}

/// A problem, above a form or in place of a part of the page.
#[component]
pub fn ProblemNote(
    /// The problem; nothing is shown for `None`.
    #[prop(into)]
    problem: Signal<Option<Problem>>,
) -> impl IntoView {
    let locale = crate::preferences::use_locale();
    view! {
        <div class="problem-slot" role="alert">
            {move || {
                problem.get().map(|problem| view! { <p class="problem-note">{problem_text(locale, &problem)}</p> })
            }}
        </div>
    }
}
