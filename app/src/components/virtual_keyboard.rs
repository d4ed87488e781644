//! Keeps the page above an on-screen keyboard. Some browsers shrink the page for the keyboard.
//! Others lay the page out as if the keyboard were absent, and only report the visible part; this
//! module fits the page into that part.

/// Follows the visible part of the page. Call once, in an effect.
pub fn follow() {
    use leptos::prelude::window;
    use wasm_bindgen::{JsCast, prelude::Closure};
    let Some(visible) = window().visual_viewport() else { return };
    let fitted = visible.clone();
    let fit = Closure::<dyn Fn()>::new(move || fit(&fitted));
    for event in ["resize", "scroll"] {
        // Never removed: the page keeps its window for as long as it lives.
        let _ = visible.add_event_listener_with_callback(event, fit.as_ref().unchecked_ref());
    }
    fit.forget();
}

fn fit(visible: &web_sys::VisualViewport) {
    use leptos::prelude::{document, window};
    use wasm_bindgen::JsCast;
    /// A smaller difference is a bar of the browser, not a keyboard.
    const KEYBOARD_MIN_PX: f64 = 120.0;
    let whole = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
    // A zoomed page also has a smaller visible part, but nothing covers it.
    let is_covered = visible.scale() <= 1.01 && whole - visible.height() > KEYBOARD_MIN_PX;
    let root = document().document_element().and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok());
    let Some(style) = root.map(|root| root.style()) else { return };
    let done = if is_covered {
        // The browser may have scrolled the page to show the field, which now fits.
        window().scroll_to_with_x_and_y(0.0, 0.0);
        style.set_property("--visible", &format!("{}px", visible.height()))
    } else {
        style.remove_property("--visible").map(drop)
    };
    // Setting a custom property can't fail.
    let _ = done;
}
