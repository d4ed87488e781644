//! A text field whose text is in a signal. It shows the remaining length near the limit, and the
//! field's error.

use crate::{
    components::{prehydration_input::keep_alike, ssr_memo::ssr_memo},
    i18n::{Locale, td_string},
    preferences::use_locale,
};
use leptos::{html, prelude::*};

/// The limit is shown when fewer characters than this, or fewer than a fifth, are left.
const SHOW_LIMIT_BELOW: usize = 500;

/// A field with one line or several.
#[component]
pub fn TextField(
    /// The id on the page.
    #[prop(into)]
    id: String,
    /// The label.
    #[prop(into)]
    label: String,
    /// The text.
    text: RwSignal<String>,
    /// The limit in characters.
    max_chars: usize,
    /// The input's type, if it has one line.
    #[prop(default = "text")]
    kind: &'static str,
    /// How many lines are shown, if it has several.
    #[prop(optional)]
    rows: Option<u32>,
    /// A sentence of help below the field.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The error, in words.
    #[prop(into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let locale = use_locale();
    let (hint_id, note_id, error_id) = (format!("{id}-hint"), format!("{id}-note"), format!("{id}-error"));
    let described_by = {
        let (hint_id, note_id, error_id) = (hint.is_some().then(|| hint_id.clone()), note_id.clone(), error_id.clone());
        move || {
            let ids = [hint_id.clone(), Some(note_id.clone()), error.with(Option::is_some).then(|| error_id.clone())];
            ids.into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
    };
    let is_wrong = move || error.with(Option::is_some).then_some("true");
    let input = if let Some(rows) = rows {
        let field = NodeRef::<html::Textarea>::new();
        keep_alike(field, text);
        view! {
            <textarea
                id=id.clone()
                rows=rows.to_string()
                autocomplete="off"
                dir="auto"
                node_ref=field
                aria-invalid=is_wrong
                aria-describedby=described_by
                on:input=move |event| text.set(event_target_value(&event))
            >
                {area_text(text.get_untracked())}
            </textarea>
        }
        .into_any()
    } else {
        let field = NodeRef::<html::Input>::new();
        keep_alike(field, text);
        view! {
            <input
                id=id.clone()
                type=kind
                autocomplete="off"
                dir="auto"
                value=text.get_untracked()
                node_ref=field
                aria-invalid=is_wrong
                aria-describedby=described_by
                on:input=move |event| text.set(event_target_value(&event))
            />
        }
        .into_any()
    };
    let room = move || text.with(|text| room_for(text, max_chars));
    // Announced when the limit comes near and when it is passed, not at each letter.
    let nearness = ssr_memo(move || std::mem::discriminant(&room()));
    let spoken = move || {
        nearness.with(|_| ());
        note(locale, text.with_untracked(|text| room_for(text, max_chars)))
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            {input}
            {hint.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
            <p class="field-hint field-note" id=note_id>
                {move || note(locale, room())}
            </p>
            <p class="visually-hidden" role="status">
                {spoken}
            </p>
            <p class="field-error" id=error_id role="alert">
                {move || error.get()}
            </p>
        </div>
    }
}

/// How the length of a text compares with its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    Plenty,
    Left(usize),
    TooLongBy(usize),
}

fn room_for(text: &str, max_chars: usize) -> Room {
    let length = text.chars().count();
    match max_chars.checked_sub(length) {
        None => Room::TooLongBy(length - max_chars),
        Some(left) if left < SHOW_LIMIT_BELOW.min(max_chars / 5) => Room::Left(left),
        Some(_) => Room::Plenty,
    }
}

/// The note about the remaining length; empty far from the limit.
fn note(locale: Locale, room: Room) -> String {
    match room {
        Room::TooLongBy(count) => td_string!(locale, too_long_by, count = count.to_string()).to_string(),
        Room::Left(count) => td_string!(locale, characters_left, count = count.to_string()).to_string(),
        Room::Plenty => String::new(),
    }
}

/// The initial text of a text area, as its child. The framework does not escape the children of a
/// text area, so the server escapes the text here. The browser sets the text without a parser, so
/// it must not be escaped there.
pub(crate) fn area_text(text: String) -> String {
    if cfg!(feature = "ssr") { text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;") } else { text }
}

#[cfg(test)]
mod tests {
    use super::{Room, room_for};

    #[test]
    fn limit_is_shown_near_the_end_in_characters() {
        assert_eq!(room_for("12345678901234567890", 100), Room::Plenty);
        assert_eq!(room_for(&"é".repeat(81), 100), Room::Left(19));
        assert_eq!(room_for(&"a".repeat(100), 100), Room::Left(0));
        assert_eq!(room_for(&"a".repeat(103), 100), Room::TooLongBy(3));
        assert_eq!(room_for(&"a".repeat(19_400), 20_000), Room::Plenty);
        assert_eq!(room_for(&"a".repeat(19_501), 20_000), Room::Left(499));
    }
}
