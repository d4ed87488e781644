//! Form fields and the signals that hold their text.

use leptos::{html::ElementType, prelude::*, wasm_bindgen::JsCast};

/// Keeps a field and a signal in sync when the page hydrates: text that was typed before stays, and
/// `then` is called. Afterwards the field itself must update the signal (`on:input`).
pub fn keep_alike<E>(field: NodeRef<E>, text: RwSignal<String>, then: impl Fn() + 'static)
where
    E: ElementType,
    E::Output: JsCast + Clone + 'static,
{
    Effect::new(move |was_here: Option<bool>| {
        let (was_here, wanted) = (was_here == Some(true), text.get());
        let Some(field) = field.get() else { return was_here };
        match browser::typed(&field).filter(|typed| !was_here && *typed != wanted) {
            Some(typed) => {
                text.set(typed);
                then();
            }
            None => browser::put_in(&field, &wanted),
        }
        true
    });
}

/// Passes on what the user typed in a field before hydration.
pub fn take_typed<E>(field: NodeRef<E>, take: impl Fn(String) + 'static)
where
    E: ElementType,
    E::Output: JsCast + Clone + 'static,
{
    Effect::new(move |was_here: Option<bool>| {
        let was_here = was_here == Some(true);
        let Some(field) = field.get() else { return was_here };
        if let Some(typed) = browser::typed(&field).filter(|_| !was_here) {
            take(typed);
        }
        true
    });
}

#[cfg(feature = "hydrate")]
mod browser {
    use js_sys::Reflect;
    use wasm_bindgen::{JsCast, JsValue};
    use web_sys::Element;

    /// The text in a field, unless the server put it there.
    pub(super) fn typed(field: &impl JsCast) -> Option<String> {
        let held = value(field, "value")?;
        let first = value(field, "defaultValue").or_else(|| {
            // A `<select>` has no default value of its own.
            let list = field.dyn_ref::<Element>()?;
            let option = |which| list.query_selector(which).ok().flatten();
            option("option[selected]").or_else(|| option("option"))?.get_attribute("value")
        });
        (first.as_ref() != Some(&held)).then_some(held)
    }

    /// Sets a field's text. If the text is unchanged, the caret stays.
    pub(super) fn put_in(field: &impl JsCast, text: &str) {
        if value(field, "value").as_deref() != Some(text) {
            // Setting `value` can't fail.
            let _ = Reflect::set(field.as_ref(), &"value".into(), &text.into());
        }
    }

    fn value(field: &impl JsCast, name: &str) -> Option<String> {
        let field: &JsValue = field.as_ref();
        Reflect::get(field, &name.into()).ok()?.as_string()
    }
}

/// Stubs for the server.
#[cfg(not(feature = "hydrate"))]
mod browser {
    pub(super) const fn typed<T>(_: &T) -> Option<String> {
        None
    }

    pub(super) const fn put_in<T>(_: &T, _: &str) {}
}
