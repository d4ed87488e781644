//! A button that asks before an action that cannot be undone.

use crate::{components::composition::is_composing, i18n::td_string, preferences::use_locale};
use leptos::{ev, html, prelude::*};

/// A button that is replaced by a question with two buttons; the focus moves along.
#[component]
pub fn ConfirmButton(
    /// The button's label.
    label: &'static str,
    /// The question.
    question: &'static str,
    /// Whether the action is running.
    #[prop(into)]
    is_busy: Signal<bool>,
    /// Runs the action.
    confirm: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let is_asking = RwSignal::new(false);
    let was_asking = StoredValue::new(false);
    let (opener, answer) = (NodeRef::<html::Button>::new(), NodeRef::<html::Button>::new());
    // Each time the button and the question replace one another, a new element is created.
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
                    {td_string!(locale, cancel)}
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
