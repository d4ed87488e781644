//! Where the focus goes when what had it is gone.

#[cfg(feature = "hydrate")]
use leptos::prelude::{document, request_animation_frame};

/// Leads it to the first of these ids that is on the page once the page has changed, unless it is
/// somewhere already.
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

/// Only a browser has a focus.
#[cfg(not(feature = "hydrate"))]
pub fn lead_to(_: Vec<String>) {}

/// Whether nothing has it.
#[cfg(feature = "hydrate")]
pub fn is_nowhere() -> bool {
    document().active_element().is_none_or(|active| active.tag_name() == "BODY")
}
