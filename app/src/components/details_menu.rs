//! A panel that opens at its button (`<details>`) and closes when the user turns to something else.

use leptos::{html, prelude::*};

/// Closes the panel when the user presses or focuses anything outside, and on Escape, which returns
/// the focus to the button. Without JavaScript only its button closes it.
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
    // Not `focusout`: in some browsers a press on a button removes the focus altogether.
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

/// Closes the panel.
#[cfg(feature = "hydrate")]
pub fn shut(panel: NodeRef<html::Details>) {
    if let Some(panel) = panel.try_get_untracked().flatten() {
        panel.set_open(false);
    }
}

/// Closes the panel and focuses its button.
#[cfg(feature = "hydrate")]
pub fn shut_and_return(panel: NodeRef<html::Details>) {
    use wasm_bindgen::JsCast;
    let Some(panel) = panel.try_get_untracked().flatten() else { return };
    // The focus must leave the content before it is hidden.
    let button = panel.query_selector("summary").ok().flatten();
    if let Some(button) = button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = button.focus();
    }
    panel.set_open(false);
}

/// The server's stub.
#[cfg(not(feature = "hydrate"))]
pub const fn shut_when_left(_: NodeRef<html::Details>) {}

/// The server's stub.
#[cfg(not(feature = "hydrate"))]
pub const fn shut(_: NodeRef<html::Details>) {}

/// The server's stub.
#[cfg(not(feature = "hydrate"))]
pub const fn shut_and_return(_: NodeRef<html::Details>) {}
