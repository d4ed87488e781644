//! The field itself, which only the browser has.

use leptos::{ev, html, prelude::*};

/// What is in it.
#[cfg(feature = "hydrate")]
pub(super) fn field_text(field: &web_sys::HtmlTextAreaElement) -> String {
    field.value()
}

#[cfg(not(feature = "hydrate"))]
pub(super) const fn field_text<T>(_: &T) -> String {
    String::new()
}

/// Puts a text into the field, the caret after it.
#[cfg(feature = "hydrate")]
pub(super) fn put_in(field: &web_sys::HtmlTextAreaElement, text: &str) {
    field.set_value(text);
    let _ = field.focus();
    let end = u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
    let _ = field.set_selection_range(end, end);
}

#[cfg(not(feature = "hydrate"))]
pub(super) const fn put_in<T>(_: &T, _: &str) {}

/// Takes the focus there.
#[cfg(feature = "hydrate")]
pub(super) fn focus(field: NodeRef<html::Textarea>) {
    if let Some(field) = field.get_untracked() {
        let _ = field.focus();
    }
}

#[cfg(not(feature = "hydrate"))]
pub(super) const fn focus(_: NodeRef<html::Textarea>) {}

/// Whether the focus leaves the element that listens, and all that is in it.
#[cfg(feature = "hydrate")]
pub(super) fn is_left(event: &ev::FocusEvent) -> bool {
    use wasm_bindgen::JsCast;
    let left = event.current_target().and_then(|left| left.dyn_into::<web_sys::Node>().ok());
    let next = event.related_target().and_then(|next| next.dyn_into::<web_sys::Node>().ok());
    left.is_none_or(|left| !left.contains(next.as_ref()))
}

#[cfg(not(feature = "hydrate"))]
pub(super) const fn is_left(_: &ev::FocusEvent) -> bool {
    false
}

/// On a keyboard Enter sends; on a touch screen, where there is no Shift+Enter, it breaks the line.
#[cfg(feature = "hydrate")]
pub(super) fn enter_sends() -> bool {
    let fine = window().match_media("(hover: hover) and (pointer: fine)");
    fine.ok().flatten().is_some_and(|query| query.matches())
}

#[cfg(not(feature = "hydrate"))]
pub(super) const fn enter_sends() -> bool {
    false
}
