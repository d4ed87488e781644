//! Shortcuts that are a single letter.

#[cfg(feature = "hydrate")]
use crate::components::composition::is_composing;
#[cfg(feature = "hydrate")]
use leptos::{ev, prelude::*};

/// The key in `localStorage` that switches single-key shortcuts off.
#[cfg(feature = "hydrate")]
const SINGLE_KEYS: &str = "bedside-single-keys";

/// Whether single-key shortcuts are on. Users of speech input switch them off (WCAG 2.1.4).
#[cfg(feature = "hydrate")]
pub(crate) fn has_single_keys() -> bool {
    let storage = window().local_storage().ok().flatten();
    storage.and_then(|storage| storage.get_item(SINGLE_KEYS).ok().flatten()).is_none()
}

/// The server's stub: the setting is in the browser.
#[cfg(not(feature = "hydrate"))]
pub(crate) const fn has_single_keys() -> bool {
    true
}

#[cfg(feature = "hydrate")]
pub(crate) fn set_single_keys(are_on: bool) {
    if let Ok(Some(storage)) = window().local_storage() {
        // Without storage, the choice lasts until the page is closed.
        let _ = if are_on { storage.remove_item(SINGLE_KEYS) } else { storage.set_item(SINGLE_KEYS, "off") };
    }
}

/// The server's stub.
#[cfg(not(feature = "hydrate"))]
pub(crate) const fn set_single_keys(_: bool) {}

/// Whether a key may be a single-key shortcut: the focus is on the conversation or on the list and
/// not in a field, and no room is loading whose field the key may be meant for.
#[cfg(feature = "hydrate")]
pub(crate) fn is_single_key(event: &ev::KeyboardEvent) -> bool {
    let is_plain = !event.ctrl_key() && !event.meta_key() && !event.alt_key() && !event.repeat();
    let is_arriving = matches!(document().query_selector(".skeleton-room, .ahead"), Ok(Some(_)));
    let is_there = is_focus_in(".room, .pane-list") && !is_focus_in("input, textarea, select");
    is_plain && is_there && !is_arriving && !is_composing(event) && has_single_keys()
}

#[cfg(feature = "hydrate")]
fn is_focus_in(selectors: &str) -> bool {
    document().active_element().is_some_and(|active| matches!(active.closest(selectors), Ok(Some(_))))
}
