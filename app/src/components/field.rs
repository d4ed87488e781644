//! A labelled input with its hint and its error.

use crate::{components::problem::field_text, preferences::use_locale, protocol::Problem};
use leptos::prelude::*;

/// One line of a form.
#[component]
pub fn Field(
    /// The name on the wire, and the id on the page.
    name: &'static str,
    /// The label.
    label: &'static str,
    /// The input's type.
    #[prop(default = "text")]
    kind: &'static str,
    /// The `autocomplete` attribute.
    autocomplete: &'static str,
    /// Longest input, in UTF-16 units as browsers count.
    #[prop(default = 200)]
    maxlength: u32,
    /// A sentence of help below the input.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// The problem of the form; a problem of this field is shown here.
    #[prop(into)]
    problem: Signal<Option<Problem>>,
) -> impl IntoView {
    let locale = use_locale();
    let error = move || problem.with(|problem| problem.as_ref().and_then(|problem| problem.field_code(name)));
    let hint_id = format!("{name}-hint");
    let error_id = format!("{name}-error");
    let described_by = {
        let (hint_id, error_id) = (hint.is_some().then(|| hint_id.clone()), error_id.clone());
        move || {
            let ids = [hint_id.clone(), error().map(|_| error_id.clone())];
            let ids: Vec<String> = ids.into_iter().flatten().collect();
            (!ids.is_empty()).then(|| ids.join(" "))
        }
    };
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input
                id=name
                name=name
                type=kind
                autocomplete=autocomplete
                maxlength=maxlength
                required
                aria-invalid=move || error().map(|_| "true")
                aria-describedby=described_by
                autocapitalize=if kind == "text" { "words" } else { "none" }
                spellcheck="false"
            />
            {hint.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
            <p class="field-error" id=error_id hidden=move || error().is_none()>
                {move || error().map(|code| field_text(locale, name, code))}
            </p>
        </div>
    }
}
