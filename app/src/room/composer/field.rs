//! Functions on the composer's text field, which only exists in the browser.

use crate::{
    components::overlay::Overlay,
    live::{self, Live},
    protocol::ChatId,
    room::composer::Room,
};
use leptos::{ev, html, prelude::*};

#[cfg(feature = "hydrate")]
pub(super) fn field_text(field: &web_sys::HtmlTextAreaElement) -> String {
    field.value()
}

#[cfg(not(feature = "hydrate"))]
pub(super) const fn field_text<T>(_: &T) -> String {
    String::new()
}

/// Puts a text into the field and the caret behind it.
#[cfg(feature = "hydrate")]
pub(crate) fn put_in(field: &web_sys::HtmlTextAreaElement, text: &str) {
    field.set_value(text);
    let _ = field.focus();
    let end = u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
    let _ = field.set_selection_range(end, end);
}

#[cfg(not(feature = "hydrate"))]
pub(crate) const fn put_in<T>(_: &T, _: &str) {}

/// Moves the text that the user typed ahead into the field, as soon as the field can get the focus.
/// A room is created before it is shown.
#[cfg(feature = "hydrate")]
pub(super) fn take_over(
    overlay: Overlay,
    chat_id: ChatId,
    field: NodeRef<html::Textarea>,
    take: impl Fn(&web_sys::HtmlTextAreaElement) + 'static,
) {
    if overlay.chosen.try_get_untracked().flatten() != Some(chat_id) {
        return;
    }
    let Some(element) = field.try_get_untracked().flatten() else { return };
    if element.is_connected() && overlay.is_composing.try_get_untracked() != Some(true) {
        take(&element);
    }
    if document().active_element().is_some_and(|active| active.is_same_node(Some(&element))) {
        overlay.chosen.set(None);
    } else {
        request_animation_frame(move || take_over(overlay, chat_id, field, take));
    }
}

#[cfg(not(feature = "hydrate"))]
pub(super) fn take_over(
    _: Overlay,
    _: ChatId,
    _: NodeRef<html::Textarea>,
    _: impl Fn(&leptos::web_sys::HtmlTextAreaElement) + 'static,
) {
}

/// Focuses the field.
#[cfg(feature = "hydrate")]
pub(super) fn focus(field: NodeRef<html::Textarea>) {
    if let Some(field) = field.get_untracked() {
        let _ = field.focus();
    }
}

#[cfg(not(feature = "hydrate"))]
pub(super) const fn focus(_: NodeRef<html::Textarea>) {}

/// Whether the focus leaves the listening element and everything in it.
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

/// Whether Enter sends. On a touch screen, which has no Shift+Enter, it breaks the line.
#[cfg(feature = "hydrate")]
pub(crate) fn enter_sends() -> bool {
    let fine = window().match_media("(hover: hover) and (pointer: fine)");
    fine.ok().flatten().is_some_and(|query| query.matches())
}

#[cfg(not(feature = "hydrate"))]
pub(crate) const fn enter_sends() -> bool {
    false
}

/// Puts a draft into the field, unless the field has the focus.
#[cfg(feature = "hydrate")]
pub(super) fn take_draft(field: &web_sys::HtmlTextAreaElement, draft: Option<String>, room: RwSignal<Room>) {
    let is_writing = document().active_element().is_some_and(|active| active.is_same_node(Some(field)));
    if is_writing && document().has_focus().unwrap_or(false) && !field.value().is_empty() {
        return;
    }
    let draft = draft.unwrap_or_else(|| if is_writing { field.value() } else { String::new() });
    room.set(crate::room::composer::room_for(&draft));
    field.set_value(&draft);
}

#[cfg(not(feature = "hydrate"))]
pub(super) fn take_draft<T>(_: &T, _: Option<String>, _: RwSignal<Room>) {}

/// Sends the typing frame.
#[cfg(feature = "hydrate")]
pub(super) fn send_typing(live: Live, chat_id: ChatId) {
    live.typing(chat_id);
}

#[cfg(not(feature = "hydrate"))]
pub(super) const fn send_typing(_: Live, _: ChatId) {}

/// Passes the field's text to the live state. Returns whether there was text to send.
#[cfg(feature = "hydrate")]
pub(super) fn send(
    live: Live,
    chat_id: ChatId,
    field: &web_sys::HtmlTextAreaElement,
    about: live::MessageOptions,
) -> bool {
    let content = field.value();
    let _ = field.focus();
    if !crate::room::composer::is_sendable(&content) {
        // The note says why, and the text stays.
        return false;
    }
    // After a correction, the draft from before it is restored.
    let is_cleared = about.corrects.is_none();
    if is_cleared {
        // Cleared before the page changes: a change of the focused field's text lays out the whole
        // page.
        field.set_value("");
    }
    live.send(chat_id, content, about);
    // The live state now holds the message, so the draft can be removed.
    if is_cleared {
        live.keep_draft(chat_id, String::new());
    }
    true
}

#[cfg(not(feature = "hydrate"))]
pub(super) const fn send<T>(_: Live, _: ChatId, _: &T, _: live::MessageOptions) -> bool {
    false
}
