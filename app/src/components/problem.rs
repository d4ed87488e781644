//! Texts of problems in the page's language.

use crate::{
    i18n::{I18nKeys, Locale, t_string},
    protocol::{FieldCode, Problem, ProblemCode},
};
use leptos::prelude::*;
use leptos_i18n::I18nContext;

/// The text of a problem.
#[must_use]
pub fn problem_text(i18n: I18nContext<Locale, I18nKeys>, problem: &Problem) -> String {
    match problem.code {
        ProblemCode::InvalidCredentials => t_string!(i18n, problem_credentials).to_string(),
        ProblemCode::EmailTaken => t_string!(i18n, problem_email_taken).to_string(),
        ProblemCode::RateLimited => {
            let seconds = problem.retry_after_s.unwrap_or(1);
            t_string!(i18n, problem_rate_limited, seconds = seconds.to_string()).to_string()
        }
        ProblemCode::DoctorNotAccepting => t_string!(i18n, problem_not_accepting).to_string(),
        ProblemCode::ChatClosed => t_string!(i18n, problem_closed).to_string(),
        ProblemCode::ChatBlocked => t_string!(i18n, problem_blocked).to_string(),
        ProblemCode::DoctorNotAvailable => t_string!(i18n, problem_doctor_gone).to_string(),
        ProblemCode::PatientNotAvailable => t_string!(i18n, problem_patient_gone).to_string(),
        ProblemCode::ChatOnHold => t_string!(i18n, problem_on_hold).to_string(),
        ProblemCode::TooLateToChange => t_string!(i18n, problem_too_late).to_string(),
        ProblemCode::StaffOnly => t_string!(i18n, problem_staff_only).to_string(),
        ProblemCode::TooManySavedReplies => t_string!(i18n, problem_too_many_replies).to_string(),
        ProblemCode::SavedReplyNotFound => t_string!(i18n, problem_reply_gone).to_string(),
        ProblemCode::Unauthenticated => t_string!(i18n, problem_unauthenticated).to_string(),
        ProblemCode::Stale => t_string!(i18n, problem_stale).to_string(),
        ProblemCode::Unreachable => t_string!(i18n, problem_unreachable).to_string(),
        ProblemCode::Unavailable | ProblemCode::Overloaded | ProblemCode::Internal => {
            t_string!(i18n, problem_unavailable).to_string()
        }
        ProblemCode::TooLarge => t_string!(i18n, problem_too_large).to_string(),
        ProblemCode::Invalid if problem.field_code("content") == Some(FieldCode::Required) => {
            t_string!(i18n, problem_message_empty).to_string()
        }
        ProblemCode::Invalid => t_string!(i18n, problem_invalid).to_string(),
        _ => t_string!(i18n, problem_other).to_string(),
    }
}

/// The text of a field's problem.
#[must_use]
pub fn field_text(i18n: I18nContext<Locale, I18nKeys>, field: &str, code: FieldCode) -> String {
    match (field, code) {
        (_, FieldCode::Required) => t_string!(i18n, error_required),
        ("password", FieldCode::TooShort) => t_string!(i18n, error_password_too_short),
        ("email", FieldCode::Malformed) => t_string!(i18n, error_email_malformed),
        ("timeZone", FieldCode::Unknown) => t_string!(i18n, error_time_zone),
        ("away.until", FieldCode::OutOfRange) => t_string!(i18n, error_away_ends),
        (_, FieldCode::OutOfRange) if field.starts_with("hours[") => t_string!(i18n, error_closes),
        (_, FieldCode::Taken) if field.starts_with("hours[") => t_string!(i18n, error_overlap),
        (_, FieldCode::TooShort) => t_string!(i18n, error_too_short),
        (_, FieldCode::TooLong) => t_string!(i18n, error_too_long),
        (_, FieldCode::TooCommon) => t_string!(i18n, error_too_common),
        // Of these, the last two otherwise only occur on the command line.
        (_, FieldCode::Malformed | FieldCode::Taken | FieldCode::Unknown) => t_string!(i18n, error_malformed),
        (_, FieldCode::OutOfRange) => t_string!(i18n, error_out_of_range),
        (_, FieldCode::ForbiddenCharacter) => t_string!(i18n, error_forbidden_character),
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
    let i18n = crate::i18n::use_i18n();
    view! {
        <div class="problem-slot" role="alert">
            {move || {
                problem.get().map(|problem| view! { <p class="problem-note">{problem_text(i18n, &problem)}</p> })
            }}
        </div>
    }
}
