//! Type-ahead: takes what the user types while the room of a chat that was chosen with the keyboard
//! loads. The text is kept as the chat's draft until the room's own field takes over. It is never
//! sent from here.

use crate::{
    components::{composition::is_composing, overlay::Overlay},
    i18n::td_string,
    live::Live,
    preferences::use_locale,
    protocol::ChatId,
    room::composer::field::{enter_sends, put_in},
};
use leptos::{ev, html, prelude::*};

/// The field that is shown while the room of a chosen chat loads.
#[component]
pub fn TypeAhead() -> impl IntoView {
    let chosen = Overlay::expect().chosen;
    view! {
        <For each=move || chosen.get() key=|chat_id| *chat_id let:chat_id>
            <Ahead chat_id />
        </For>
    }
}

/// Removes the field once the chat cannot be written in. The typed text stays its draft.
pub fn end_for(chat_id: ChatId, is_over: impl Fn() -> bool + 'static) {
    if let Some(Overlay { chosen, .. }) = use_context::<Overlay>() {
        Effect::new(move |_| {
            if chosen.get() == Some(chat_id) && is_over() {
                chosen.set(None);
            }
        });
    }
}

#[component]
fn Ahead(chat_id: ChatId) -> impl IntoView {
    let locale = use_locale();
    let (live, overlay) = (Live::expect(), Overlay::expect());
    let field = NodeRef::<html::Textarea>::new();
    overlay.is_composing.set(false);
    Effect::new(move |_| {
        // Unless the room's own field has taken over.
        let is_wanted = overlay.chosen.try_get_untracked().flatten() == Some(chat_id);
        if let Some(field) = field.try_get().flatten().filter(|_| is_wanted) {
            put_in(&field, &untrack(|| live.draft(chat_id)).unwrap_or_default());
        }
    });
    view! {
        <form class="composer ahead" on:submit=move |event: ev::SubmitEvent| event.prevent_default()>
            <div class="composer-field">
                <label class="visually-hidden" for="typed-ahead">
                    {td_string!(locale, opening_chat)}
                </label>
                <textarea
                    id="typed-ahead"
                    rows="1"
                    autocomplete="off"
                    dir="auto"
                    node_ref=field
                    placeholder=td_string!(locale, opening_chat)
                    on:compositionstart=move |_| overlay.is_composing.set(true)
                    on:compositionend=move |_| overlay.is_composing.set(false)
                    on:input=move |event| live.keep_draft(chat_id, event_target_value(&event))
                    on:keydown=move |event| {
                        // Enter does not send, because the user cannot see the chat yet.
                        if event.key() == "Enter" && !event.shift_key() && !is_composing(&event) && enter_sends() {
                            event.prevent_default();
                        }
                    }
                ></textarea>
            </div>
        </form>
    }
}
