//! The actions on a stored message: answer and copy; for the viewer's own also correct and unsend.

use crate::{
    components::{composition::is_composing, problem::problem_text},
    i18n::td_string,
    live::Event,
    preferences::use_locale,
    protocol::{Message, Problem, Seq, ServerFrame},
    room::{
        context::{Purpose, RoomContext},
        menu::chat_status,
        messages::{MessageContext, view_model::MessageView},
        server_fns::retract,
    },
};
use leptos::{ev, html, prelude::*};
use std::sync::Arc;

/// A stored message's options.
pub(super) fn menu(shown: &MessageView, around: MessageContext) -> impl IntoView + use<> {
    let MessageContext { room, locale, live, viewer, .. } = around;
    let seq = shown.actionable().unwrap_or_default();
    let is_own = viewer == shown.key.0;
    let may = may_change(shown, around);
    let exact = around.clock.exact(shown.at, locale);
    let id = StoredValue::new(format!("m-{}", shown.key.1));
    let content: Arc<str> = shown.content().into();
    let is_asking = RwSignal::new(false);
    let first = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        if let Some(first) = first.get() {
            focus(&first);
        }
    });
    let close = move || room.selected.set(None);
    let unsend = Action::new_local(move |()| unsend(around, seq));
    let problem = move || unsend.value().get().and_then(Result::err);
    let was_read = move || live.chat(room.chat_id, |chat| chat.counters.peer_read_seq >= seq) == Some(true);
    view! {
        <div
            class=if is_own { "message-menu own" } else { "message-menu" }
            role="group"
            aria-label=td_string!(locale, message_options)
            on:keydown=move |event: ev::KeyboardEvent| {
                if event.key() == "Escape" && !is_composing(&event) {
                    event.stop_propagation();
                    close();
                    id.with_value(|id| focus_on_options(id));
                }
            }
        >
            <p class="menu-when">{exact}</p>
            <Show
                when=move || is_asking.get()
                fallback=move || {
                    let content = content.clone();
                    view! { <Choices seq content may is_asking first room /> }
                }
            >
                <p class="menu-question">
                    {move || {
                        if was_read() { td_string!(locale, unsend_read) } else { td_string!(locale, unsend_unread) }
                    }}
                </p>
                <button
                    type="button"
                    class="button small danger"
                    node_ref=first
                    disabled=move || unsend.pending().get()
                    on:click=move |_| {
                        unsend.dispatch(());
                    }
                >
                    {td_string!(locale, unsend)}
                </button>
                <button
                    type="button"
                    class="button small"
                    on:click=move |_| {
                        close();
                        id.with_value(|id| focus_on_options(id));
                    }
                >
                    {td_string!(locale, keep_message)}
                </button>
                <p class="menu-problem" role="alert">
                    {move || problem().map(|problem| problem_text(locale, &problem))}
                </p>
            </Show>
        </div>
    }
}

/// One button for each action.
#[component]
fn Choices(
    seq: Seq,
    content: Arc<str>,
    may: Memo<MessageActions>,
    is_asking: RwSignal<bool>,
    first: NodeRef<html::Button>,
    room: RoomContext,
) -> impl IntoView {
    let locale = use_locale();
    let begin = move |purpose| {
        room.purpose.set(purpose);
        room.selected.set(None);
    };
    let reply = move || {
        view! {
            <button type="button" class="button small" node_ref=first on:click=move |_| begin(Purpose::Reply(seq))>
                {td_string!(locale, reply)}
            </button>
        }
    };
    let correct = move || {
        view! {
            <button type="button" class="button small" on:click=move |_| begin(Purpose::Correct(seq))>
                {td_string!(locale, correct)}
            </button>
        }
    };
    let unsend = move || {
        view! {
            <button type="button" class="button small danger" on:click=move |_| is_asking.set(true)>
                {td_string!(locale, unsend)}
            </button>
        }
    };
    view! {
        {move || may.get().reply.then(reply)}
        <CopyButton content first=(!may.get_untracked().reply).then_some(first) />
        {move || may.get().correct.then(correct)}
        {move || may.get().unsend.then(unsend)}
    }
}

/// Which changes the server would accept for a message.
#[derive(Clone, Copy, PartialEq, Eq)]
struct MessageActions {
    reply: bool,
    correct: bool,
    unsend: bool,
}

/// Offers only changes that the server accepts: none in a chat that is over, and none after the
/// time limit.
fn may_change(
    shown: &MessageView,
    MessageContext { room, live, clock, viewer, .. }: MessageContext,
) -> Memo<MessageActions> {
    let (is_own, is_automatic, at) = (viewer == shown.key.0, shown.is_automatic(), shown.at);
    Memo::new(move |_| {
        let status = chat_status(live, room.chat_id);
        let reply = status.may_write();
        let unsend = is_own && room.may_change(at, clock.now());
        MessageActions { reply, correct: reply && unsend && !is_automatic, unsend }
    })
}

/// Retracts a message and closes its options.
async fn unsend(MessageContext { room, live, .. }: MessageContext, seq: Seq) -> Result<Message, Problem> {
    let done = retract(room.chat_id, seq).await;
    if let Ok(message) = &done {
        // The `changed` frame will bring the change too.
        live.apply(Event::Frame(ServerFrame::Changed { message: message.clone() }));
        room.selected.try_set(None);
    }
    done
}

/// Copies a text to the clipboard and says so.
#[component]
fn CopyButton(content: Arc<str>, first: Option<NodeRef<html::Button>>) -> impl IntoView {
    let locale = use_locale();
    let is_copied = RwSignal::new(false);
    view! {
        <button
            type="button"
            class="button small"
            node_ref=first.unwrap_or_default()
            on:click=move |_| {
                copy(&content);
                is_copied.set(true);
            }
        >
            {move || if is_copied.get() { td_string!(locale, copied) } else { td_string!(locale, copy) }}
        </button>
    }
}

#[cfg(feature = "hydrate")]
fn focus(button: &web_sys::HtmlButtonElement) {
    let _ = button.focus();
}

#[cfg(not(feature = "hydrate"))]
const fn focus<T>(_: &T) {}

/// Focuses the button that opened the options.
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
    // The promise is not awaited; a browser that refuses shows its own message.
    let _ = window().navigator().clipboard().write_text(content);
}

#[cfg(not(feature = "hydrate"))]
const fn copy(_: &str) {}
