//! A text of a form that lives in a signal: says how much room is left near its end, and what is wrong with it.

use crate::i18n::{Locale, t_string, use_i18n};
use leptos::prelude::*;
use leptos_i18n::I18nContext;

/// The limit is shown when fewer characters than this are left, or than a fifth.
const SHOW_LIMIT_BELOW: usize = 500;

/// One line, or several.
#[component]
pub fn TextField(
    /// The id on the page.
    #[prop(into)]
    id: String,
    /// What the person reads.
    #[prop(into)]
    label: ViewFn,
    /// What is in it.
    text: RwSignal<String>,
    /// Longest text, in characters.
    max_chars: usize,
    /// The input's type, where it has one line.
    #[prop(default = "text")]
    kind: &'static str,
    /// How many lines are shown, where it has several.
    #[prop(optional)]
    rows: Option<u32>,
    /// A sentence of help below.
    #[prop(optional, into)]
    hint: Option<ViewFn>,
    /// What is wrong with it, in words.
    #[prop(into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let (hint_id, note_id, error_id) = (format!("{id}-hint"), format!("{id}-note"), format!("{id}-error"));
    let described_by = {
        let (hint_id, note_id, error_id) = (hint.is_some().then(|| hint_id.clone()), note_id.clone(), error_id.clone());
        move || {
            let ids = [hint_id.clone(), Some(note_id.clone()), error.with(Option::is_some).then(|| error_id.clone())];
            ids.into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
    };
    let is_wrong = move || error.with(Option::is_some).then_some("true");
    let input = match rows {
        Some(rows) => view! {
            <textarea
                id=id.clone()
                rows=rows.to_string()
                autocomplete="off"
                dir="auto"
                prop:value=move || text.get()
                aria-invalid=is_wrong
                aria-describedby=described_by
                on:input=move |event| text.set(event_target_value(&event))
            ></textarea>
        }
        .into_any(),
        None => view! {
            <input
                id=id.clone()
                type=kind
                autocomplete="off"
                dir="auto"
                prop:value=move || text.get()
                aria-invalid=is_wrong
                aria-describedby=described_by
                on:input=move |event| text.set(event_target_value(&event))
            />
        }
        .into_any(),
    };
    view! {
        <div class="field">
            <label for=id>{label.run()}</label>
            {input}
            {hint.map(|hint| view! { <p class="field-hint" id=hint_id>{hint.run()}</p> })}
            <p class="field-hint field-note" id=note_id role="status">
                {move || text.with(|text| note(i18n, text, max_chars))}
            </p>
            <p class="field-error" id=error_id role="alert">
                {move || error.get()}
            </p>
        </div>
    }
}

/// How much room is left, near the end of it.
fn note(i18n: I18nContext<Locale>, text: &str, max_chars: usize) -> String {
    let length = text.chars().count();
    match max_chars.checked_sub(length) {
        None => t_string!(i18n, too_long_by, count = (length - max_chars).to_string()).to_string(),
        Some(left) if left < SHOW_LIMIT_BELOW.min(max_chars / 5) => {
            t_string!(i18n, characters_left, count = left.to_string()).to_string()
        }
        Some(_) => String::new(),
    }
}
