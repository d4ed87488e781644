//! Where the focus is.

use leptos::prelude::document;

/// Whether no element has the focus.
pub fn is_nowhere() -> bool {
    document().active_element().is_none_or(|active| active.tag_name() == "BODY")
}
