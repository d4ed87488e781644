//! Where the focus goes when the focused element was removed.

#[cfg(feature = "hydrate")]
use leptos::prelude::{document, request_animation_frame};

/// After the page has changed, focuses the first of these ids that exists, unless an element has
/// the focus.
#[cfg(feature = "hydrate")]
pub fn lead_to(ids: Vec<String>) {
    use wasm_bindgen::JsCast;
    request_animation_frame(move || {
        let next = ids.iter().find_map(|id| document().get_element_by_id(id));
        if let Some(next) = next.and_then(|next| next.dyn_into::<web_sys::HtmlElement>().ok()).filter(|_| is_nowhere())
        {
            let _ = next.focus();
        }
    });
}

/// The server's stub.
#[cfg(not(feature = "hydrate"))]
pub fn lead_to(_: Vec<String>) {}

/// Whether no element has the focus.
#[cfg(feature = "hydrate")]
pub fn is_nowhere() -> bool {
    document().active_element().is_none_or(|active| active.tag_name() == "BODY")
}
