//! The settings for emergencies: whom to call, and the phrases that patients' messages are compared
//! with.

use crate::{
    admin::server_fns::change_safety,
    components::{
        confirm::ConfirmButton,
        problem::{ProblemNote, above_form, field_text, problem_of},
        resource_view::resource_view,
        text_field::TextField,
    },
    i18n::{Locale, td_string},
    preferences::use_locale,
    protocol::{
        EMERGENCY_NUMBER_MAX_CHARS, FieldCode, PHRASES_MAX_CHARS, Phrases, PhrasesChange, Problem, ProblemCode, Safety,
        SafetyChange,
    },
    room::server_fns::show_safety,
};
use leptos::prelude::*;

/// The setting that a form changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SafetyField {
    Number,
    English,
    Spanish,
}

impl SafetyField {
    /// The name on the wire.
    const fn field(self) -> &'static str {
        match self {
            Self::Number => "emergencyNumber",
            Self::English => "phrases.en",
            Self::Spanish => "phrases.es",
        }
    }

    /// The limit in characters.
    const fn limit(self) -> usize {
        match self {
            Self::Number => EMERGENCY_NUMBER_MAX_CHARS,
            Self::English | Self::Spanish => PHRASES_MAX_CHARS,
        }
    }

    /// The clinic's current value.
    fn value_in(self, safety: Safety) -> String {
        let Safety { emergency_number, phrases: Phrases { en, es } } = safety;
        match self {
            Self::Number => emergency_number.unwrap_or_default(),
            Self::English => en,
            Self::Spanish => es,
        }
    }

    /// The change that sets the value; `None` restores the built-in one.
    fn change(self, value: Option<String>) -> SafetyChange {
        let mut change = SafetyChange::default();
        let PhrasesChange { en, es } = &mut change.phrases;
        match self {
            Self::Number => change.emergency_number = Some(value),
            Self::English => *en = Some(value),
            Self::Spanish => *es = Some(value),
        }
        change
    }
}

/// The forms.
#[component]
pub fn SafetySettings() -> impl IntoView {
    resource_view(Resource::new_blocking(|| (), |()| show_safety()), |safety| {
        [SafetyField::Number, SafetyField::English, SafetyField::Spanish]
            .map(|part| {
                let text = part.value_in(safety.clone());
                view! { <PartForm part text /> }
            })
            .collect_view()
    })
}

/// One form, which is saved by itself.
#[component]
fn PartForm(part: SafetyField, text: String) -> impl IntoView {
    let locale = use_locale();
    let text = RwSignal::new(text);
    // The stored value. The form shows "saved" only while its text is equal.
    let saved = RwSignal::new(None::<String>);
    let save = Action::new_local(move |value: &Option<String>| {
        let (change, before) = (part.change(value.clone()), text.get_untracked());
        // The server's limit for a request's size would reject such a text without naming the
        // field, so it is rejected here.
        let is_too_long = value.as_ref().is_some_and(|value| value.chars().count() > part.limit());
        async move {
            if is_too_long {
                return Err(Problem::field(part.field(), FieldCode::TooLong));
            }
            let now = part.value_in(change_safety(change).await?);
            // Text that was typed while the request ran stays.
            text.try_update(|text| {
                if *text == before {
                    text.clone_from(&now);
                }
            });
            saved.try_set(Some(now));
            Ok::<(), Problem>(())
        }
    });
    let problem = problem_of(save.value());
    // A list that is too long to be sent shows its problem at its field too.
    let elsewhere = Signal::derive(move || problem.get().filter(|problem| problem.code != ProblemCode::TooLarge));
    let error = Signal::derive(move || problem.with(|problem| problem.as_ref().and_then(|it| fault(locale, part, it))));
    let label = match part {
        SafetyField::Number => td_string!(locale, emergency_number),
        SafetyField::English => td_string!(locale, phrases_en),
        SafetyField::Spanish => td_string!(locale, phrases_es),
    };
    let pending = save.pending();
    let is_saved = move || !pending.get() && saved.with(|saved| text.with(|text| saved.as_ref() == Some(text)));
    let field = match part {
        SafetyField::Number => view! {
            <TextField
                id="emergency-number"
                kind="tel"
                label=label
                text=text
                max_chars=part.limit()
                hint=td_string!(locale, emergency_number_hint)
                error=error
            />
        }
        .into_any(),
        SafetyField::English | SafetyField::Spanish => view! {
            <TextField
                id=if part == SafetyField::English { "emergency-phrases-en" } else { "emergency-phrases-es" }
                rows=12
                label=label
                text=text
                max_chars=part.limit()
                hint=td_string!(locale, phrases_hint)
                error=error
            />
        }
        .into_any(),
    };
    view! {
        <form
            class="setting needs-script"
            aria-label=label
            on:submit=move |event| {
                event.prevent_default();
                let value = text.get_untracked();
                // A blank number means that there is none.
                save.dispatch((part != SafetyField::Number || !value.trim().is_empty()).then_some(value));
            }
        >
            <ProblemNote problem=above_form(elsewhere) />
            {field}
            <div class="reply-actions">
                <button type="submit" class="button primary" disabled=move || pending.get()>
                    {td_string!(locale, save)}
                </button>
                {(part != SafetyField::Number)
                    .then(|| {
                        view! {
                            <ConfirmButton
                                label=td_string!(locale, reset)
                                question=td_string!(locale, reset_question)
                                is_busy=pending
                                confirm=Callback::new(move |()| {
                                    save.dispatch(None);
                                })
                            />
                        }
                    })}
                <p class="saved-note" role="status">
                    {move || is_saved().then(|| td_string!(locale, saved))}
                </p>
            </div>
        </form>
    }
}

/// What is wrong with a field, and in which line.
fn fault(locale: Locale, part: SafetyField, problem: &Problem) -> Option<String> {
    let too_long = |limit: usize| Some(td_string!(locale, error_at_most, count = limit.to_string()).to_string());
    if problem.code == ProblemCode::TooLarge {
        return too_long(part.limit());
    }
    problem.errors.iter().find_map(|error| {
        let rest = error.field.strip_prefix(part.field())?;
        match rest.strip_prefix(':') {
            Some(line) if error.code == FieldCode::TooShort => {
                Some(td_string!(locale, phrase_too_short, line = line.to_owned()).to_string())
            }
            Some(line) => Some(td_string!(locale, phrase_empty, line = line.to_owned()).to_string()),
            None if part == SafetyField::Number && error.code == FieldCode::Malformed => {
                Some(td_string!(locale, error_number_malformed).to_string())
            }
            None if error.code == FieldCode::TooLong => too_long(part.limit()),
            None => Some(field_text(locale, part.field(), error.code)),
        }
    })
}
