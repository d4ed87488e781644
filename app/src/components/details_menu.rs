//! A panel that opens at its button (`<details>`) and shuts when the person turns to something
//! else.

use leptos::{html, prelude::*};

/// Shuts it when they press or go elsewhere, and at Escape, which leads back to its button. Without
/// script its button alone does.
#[cfg(feature = "hydrate")]
pub fn shut_when_left(panel: NodeRef<html::Details>) {
    use leptos::{ev, leptos_dom::helpers::window_event_listener};
    use wasm_bindgen::JsCast;
    let open = move || panel.try_get_untracked().flatten().filter(web_sys::HtmlDetailsElement::open);
    let leave = move |event: &ev::Event| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        if let Some(panel) = open().filter(|panel| !panel.contains(target.as_ref())) {
            panel.set_open(false);
        }
    };
    let presses = window_event_listener(ev::pointerdown, move |event| leave(&event));
    // Not `focusout`: a press on a button takes the focus to nothing in some browsers.
    let goings = window_event_listener(ev::focusin, move |event| leave(&event));
    let escapes = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" && !crate::components::composition::is_composing(&event) && open().is_some() {
            shut_and_return(panel);
        }
    });
    on_cleanup(move || {
        presses.remove();
        goings.remove();
        escapes.remove();
    });
}

/// Shuts it.
#[cfg(feature = "hydrate")]
pub fn shut(panel: NodeRef<html::Details>) {
    if let Some(panel) = panel.try_get_untracked().flatten() {
        panel.set_open(false);
    }
}

/// Shuts it and leads back to its button.
#[cfg(feature = "hydrate")]
pub fn shut_and_return(panel: NodeRef<html::Details>) {
    use wasm_bindgen::JsCast;
    let Some(panel) = panel.try_get_untracked().flatten() else { return };
    // First: the focus must not be in what is about to be hidden.
    let button = panel.query_selector("summary").ok().flatten();
    if let Some(button) = button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = button.focus();
    }
    panel.set_open(false);
}

/// A page that is being rendered is not left.
#[cfg(not(feature = "hydrate"))]
pub const fn shut_when_left(_: NodeRef<html::Details>) {}

/// Only in a browser.
#[cfg(not(feature = "hydrate"))]
pub const fn shut(_: NodeRef<html::Details>) {}

/// Only in a browser.
#[cfg(not(feature = "hydrate"))]
pub const fn shut_and_return(_: NodeRef<html::Details>) {}
