//! The browser's entry point: hydrates the page that the server rendered. Nothing else belongs
//! here; the interface is the `app` crate.

#![recursion_limit = "256"]

/// Called by `forms.js` on a form page.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn assist() {
    console_error_panic_hook::set_once();
    app::assist();
}

/// Called by the page's script once the wasm is loaded.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    app::takeover::take_over(app::root::App);
}
