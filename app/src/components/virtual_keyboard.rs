//! Keeps what is in view above a keyboard on the screen. Browsers that shrink the page for it need
//! nothing; others lay the page out as if it were not there, and only say how much of it can be
//! seen.

/// Follows the part of the page that can be seen. Call once, in an effect.
pub fn follow() {
    use leptos::prelude::window;
    use wasm_bindgen::{JsCast, prelude::Closure};
    let Some(visible) = window().visual_viewport() else { return };
    let fitted = visible.clone();
    let fit = Closure::<dyn Fn()>::new(move || fit(&fitted));
    for event in ["resize", "scroll"] {
        // A page keeps its window for as long as it lives.
        let _ = visible.add_event_listener_with_callback(event, fit.as_ref().unchecked_ref());
    }
    fit.forget();
}

fn fit(visible: &web_sys::VisualViewport) {
    use leptos::prelude::{document, window};
    use wasm_bindgen::JsCast;
    /// Less is a bar of the browser's, not a keyboard.
    const KEYBOARD_MIN_PX: f64 = 120.0;
    let whole = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
    // Whoever enlarges a part of the page sees less of it, too: that is not covered.
    let is_covered = visible.scale() <= 1.01 && whole - visible.height() > KEYBOARD_MIN_PX;
    let root = document().document_element().and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok());
    let Some(style) = root.map(|root| root.style()) else { return };
    let done = if is_covered {
        // The browser may have moved the page to show the field: it fits now.
        window().scroll_to_with_x_and_y(0.0, 0.0);
        style.set_property("--visible", &format!("{}px", visible.height()))
    } else {
        style.remove_property("--visible").map(drop)
    };
    // Setting a property of one's own can't fail.
    let _ = done;
}
