//! A button that asks before it does what can't be taken back.

use crate::{
    components::composition::is_composing,
    i18n::{t_string, use_i18n},
};
use leptos::{ev, html, prelude::*};

/// Asks in its own place; the focus goes along.
#[component]
pub fn ConfirmButton(
    /// What it does.
    #[prop(into)]
    label: Signal<String>,
    /// What is asked.
    #[prop(into)]
    question: Signal<String>,
    /// Whether it is being done.
    #[prop(into)]
    is_busy: Signal<bool>,
    /// Does it.
    confirm: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let is_asking = RwSignal::new(false);
    let was_asking = StoredValue::new(false);
    let (opener, answer) = (NodeRef::<html::Button>::new(), NodeRef::<html::Button>::new());
    // Each time one of them takes the other's place, it is a new one.
    Effect::new(move |_| {
        if let Some(answer) = answer.get() {
            focus(&answer);
        }
    });
    Effect::new(move |_| {
        if let Some(opener) = opener.get().filter(|_| was_asking.get_value()) {
            was_asking.set_value(false);
            focus(&opener);
        }
    });
    view! {
        <Show
            when=move || is_asking.get()
            fallback=move || {
                view! {
                    <button
                        type="button"
                        class="button small"
                        node_ref=opener
                        disabled=is_busy
                        on:click=move |_| {
                            was_asking.set_value(true);
                            is_asking.set(true);
                        }
                    >
                        {label}
                    </button>
                }
            }
        >
            <div
                class="confirm"
                role="group"
                aria-label=question
                on:keydown=move |event: ev::KeyboardEvent| {
                    if event.key() == "Escape" && !is_composing(&event) {
                        event.stop_propagation();
                        is_asking.set(false);
                    }
                }
            >
                <p>{question}</p>
                <button
                    type="button"
                    class="button small danger"
                    node_ref=answer
                    on:click=move |_| {
                        is_asking.set(false);
                        confirm.run(());
                    }
                >
                    {label}
                </button>
                <button type="button" class="button small" on:click=move |_| is_asking.set(false)>
                    {move || t_string!(i18n, cancel)}
                </button>
            </div>
        </Show>
    }
}

#[cfg(feature = "hydrate")]
fn focus(button: &web_sys::HtmlButtonElement) {
    let _ = button.focus();
}

#[cfg(not(feature = "hydrate"))]
const fn focus<T>(_: &T) {}
