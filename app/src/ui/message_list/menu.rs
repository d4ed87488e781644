//! What can be done with a message that is stored: answer it, copy it; with an own one also correct it or take it back.

use super::{super::problem::problem_text, Surroundings, shown::Shown};
use crate::{api::message::retract, i18n::t_string, ui::room_context::Purpose};
use leptos::{ev, html, prelude::*};

/// A stored message's options.
pub(super) fn menu(shown: &Shown, around: Surroundings) -> impl IntoView + use<> {
    let Surroundings { room, i18n, live, viewer, .. } = around;
    let seq = shown.actionable().unwrap_or_default();
    let is_own = viewer == shown.key.0;
    let id = StoredValue::new(format!("m-{}", shown.key.1));
    let content: std::sync::Arc<str> = shown.content().into();
    let is_asking = RwSignal::new(false);
    let is_copied = RwSignal::new(false);
    let first = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        if let Some(first) = first.get() {
            focus(&first);
        }
    });
    let close = move || room.selected.set(None);
    let take_back = Action::new_local(move |()| async move {
        let done = retract(room.chat_id, seq).await;
        if let Ok(message) = &done {
            // The frame says the same, as soon as it comes.
            live.apply(crate::live::Event::Frame(crate::protocol::ServerFrame::Changed { message: message.clone() }));
            room.selected.try_set(None);
        }
        done
    });
    let problem = move || take_back.value().get().and_then(Result::err);
    let begin = move |purpose| {
        room.purpose.set(purpose);
        close();
    };
    let was_read = move || {
        live.with(|state| state.chats.get(&room.chat_id).is_some_and(|chat| chat.counters.peer_read_seq >= seq))
    };
    view! {
        <div
            class=if is_own { "message-menu own" } else { "message-menu" }
            role="group"
            aria-label=move || t_string!(i18n, message_options)
            on:keydown=move |event: ev::KeyboardEvent| {
                if event.key() == "Escape" {
                    event.stop_propagation();
                    close();
                    id.with_value(|id| focus_on_options(id));
                }
            }
        >
            <Show
                when=move || is_asking.get()
                fallback=move || {
                    let content = content.clone();
                    view! {
                        <button type="button" class="button small" node_ref=first on:click=move |_| begin(Purpose::Reply(seq))>
                            {move || t_string!(i18n, reply)}
                        </button>
                        <button
                            type="button"
                            class="button small"
                            on:click=move |_| {
                                copy(&content);
                                is_copied.set(true);
                            }
                        >
                            {move || if is_copied.get() { t_string!(i18n, copied) } else { t_string!(i18n, copy) }}
                        </button>
                        {is_own
                            .then(|| {
                                view! {
                                    <button type="button" class="button small" on:click=move |_| begin(Purpose::Correct(seq))>
                                        {move || t_string!(i18n, correct)}
                                    </button>
                                    <button type="button" class="button small danger" on:click=move |_| is_asking.set(true)>
                                        {move || t_string!(i18n, take_back)}
                                    </button>
                                }
                            })}
                    }
                }
            >
                <p class="menu-question">
                    {move || {
                        if was_read() { t_string!(i18n, take_back_read) } else { t_string!(i18n, take_back_unread) }
                    }}
                </p>
                <button
                    type="button"
                    class="button small danger"
                    node_ref=first
                    disabled=move || take_back.pending().get()
                    on:click=move |_| {
                        take_back.dispatch(());
                    }
                >
                    {move || t_string!(i18n, take_back)}
                </button>
                <button
                    type="button"
                    class="button small"
                    on:click=move |_| {
                        close();
                        id.with_value(|id| focus_on_options(id));
                    }
                >
                    {move || t_string!(i18n, keep_message)}
                </button>
                <p class="menu-problem" role="alert">
                    {move || problem().map(|problem| problem_text(i18n, &problem))}
                </p>
            </Show>
        </div>
    }
}

#[cfg(feature = "hydrate")]
fn focus(button: &web_sys::HtmlButtonElement) {
    let _ = button.focus();
}

#[cfg(not(feature = "hydrate"))]
const fn focus<T>(_: &T) {}

/// Back to what showed the options.
#[cfg(feature = "hydrate")]
fn focus_on_options(id: &str) {
    use wasm_bindgen::JsCast;
    let button = document().query_selector(&format!("#{id} [data-options]")).ok().flatten();
    if let Some(button) = button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = button.focus();
    }
}

#[cfg(not(feature = "hydrate"))]
const fn focus_on_options(_: &str) {}

#[cfg(feature = "hydrate")]
fn copy(content: &str) {
    // The promise settles by itself; a browser that refuses shows its own message.
    let _ = window().navigator().clipboard().write_text(content);
}

#[cfg(not(feature = "hydrate"))]
const fn copy(_: &str) {}
