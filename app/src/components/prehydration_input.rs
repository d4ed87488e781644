//! What is in a form's field, and the signal that holds it.

use leptos::{html::ElementType, prelude::*, wasm_bindgen::JsCast};

/// Keeps a field and a signal alike from when the page comes alive: what was typed before that
/// stays. What is typed after it the field has to say itself (`on:input`).
pub fn keep_alike<E>(field: NodeRef<E>, text: RwSignal<String>)
where
    E: ElementType,
    E::Output: JsCast + Clone + 'static,
{
    keep_alike_and(field, text, || ());
}

/// The same; then does this, if something was typed before.
pub fn keep_alike_and<E>(field: NodeRef<E>, text: RwSignal<String>, then: impl Fn() + 'static)
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

/// Hands over what a person made of a field before the page came alive.
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

    /// What is in a field, unless it is what the server put there.
    pub(super) fn typed(field: &impl JsCast) -> Option<String> {
        let held = value(field, "value")?;
        let first = value(field, "defaultValue").or_else(|| {
            // A list has none of its own.
            let list = field.dyn_ref::<Element>()?;
            let option = |which| list.query_selector(which).ok().flatten();
            option("option[selected]").or_else(|| option("option"))?.get_attribute("value")
        });
        (first.as_ref() != Some(&held)).then_some(held)
    }

    /// Puts a text there; the caret stays where it is, if it is that text already.
    pub(super) fn put_in(field: &impl JsCast, text: &str) {
        if value(field, "value").as_deref() != Some(text) {
            // A field's value can be set.
            let _ = Reflect::set(field.as_ref(), &"value".into(), &text.into());
        }
    }

    fn value(field: &impl JsCast, name: &str) -> Option<String> {
        let field: &JsValue = field.as_ref();
        Reflect::get(field, &name.into()).ok()?.as_string()
    }
}

/// A page that is being rendered has fields that nobody has typed in.
#[cfg(not(feature = "hydrate"))]
mod browser {
    pub(super) const fn typed<T>(_: &T) -> Option<String> {
        None
    }

    pub(super) const fn put_in<T>(_: &T, _: &str) {}
}
