//! The keyboard: to another chat with Ctrl+K, and a list of what the keys do with `?`.

use super::avatar::Avatar;
use crate::{
    i18n::{t_string, use_i18n},
    live::Live,
    protocol::{ChatId, Role},
};
use leptos::{ev, html, prelude::*};
use leptos_router::hooks::use_navigate;

/// What is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a key opens it"))]
    Switcher,
    Help,
}

/// Chats offered at a time: more than fit on a phone.
const OFFERED: usize = 8;

/// Listens for the keys, and shows what they open.
#[component]
pub fn Shortcuts(
    /// Whose pages these are.
    role: Role,
) -> impl IntoView {
    let i18n = use_i18n();
    let open = RwSignal::new(None::<Open>);
    listen(open);
    view! {
        <button type="button" class="button quiet shortcuts-button" on:click=move |_| open.set(Some(Open::Help))>
            {move || t_string!(i18n, shortcuts)}
        </button>
        {move || {
            open.get()
                .map(|which| match which {
                    Open::Switcher => view! { <Switcher role open /> }.into_any(),
                    Open::Help => view! { <Help open /> }.into_any(),
                })
        }}
    }
}

/// A dialog over the page. The browser keeps the focus in it, closes it at Escape, and gives the focus back.
#[component]
fn Dialog(open: RwSignal<Option<Open>>, #[prop(into)] label: Signal<String>, children: Children) -> impl IntoView {
    let i18n = use_i18n();
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get() {
            show(&dialog);
        }
    });
    view! {
        <dialog
            class="dialog"
            node_ref=dialog
            aria-label=label
            on:cancel=move |_: ev::Event| open.set(None)
            on:close=move |_| {
                // It comes a little later: another may have been opened meanwhile.
                if is_shut(dialog) {
                    open.set(None);
                }
            }
        >
            {children()}
            <form method="dialog">
                <button class="button quiet">{move || t_string!(i18n, close)}</button>
            </form>
        </dialog>
    }
}

/// Finds a chat by the other's name.
#[component]
fn Switcher(role: Role, open: RwSignal<Option<Open>>) -> impl IntoView {
    let i18n = use_i18n();
    let live = Live::expect();
    let navigate = use_navigate();
    let wanted = RwSignal::new(String::new());
    let found = Memo::new(move |_| {
        let wanted = wanted.with(|wanted| wanted.trim().to_lowercase());
        live.with(|state| {
            let chats = state.list().into_iter().filter_map(|state| state.chat.as_ref());
            let fitting = chats.filter(|chat| chat.peer.name.to_lowercase().contains(&wanted));
            fitting.take(OFFERED).map(|chat| (chat.chat_id, chat.peer.name.clone())).collect::<Vec<(ChatId, String)>>()
        })
    });
    let address = move |chat: ChatId| format!("{}/chat/{chat}", role.home());
    let go = StoredValue::new(move |chat: ChatId| {
        open.set(None);
        navigate(&address(chat), leptos_router::NavigateOptions::default());
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Some((chat, _)) = found.with(|found| found.first().cloned()) {
            go.with_value(|go| go(chat));
        }
    };
    view! {
        <Dialog open label=Signal::derive(move || t_string!(i18n, switch_chat).to_string())>
            <form class="switcher" on:submit=submit>
                <div class="field">
                    <label for="switcher">{move || t_string!(i18n, switch_chat)}</label>
                    <input
                        id="switcher"
                        type="search"
                        autocomplete="off"
                        autofocus
                        on:input=move |event| wanted.set(event_target_value(&event))
                    />
                </div>
                <ul>
                    <For each=move || found.get() key=|(chat, _)| *chat let:found>
                        <li>
                            <button type="button" class="chat-row" on:click=move |_| go.with_value(|go| go(found.0))>
                                <Avatar name=found.1.clone() />
                                <span class="chat-row-name">{found.1.clone()}</span>
                            </button>
                        </li>
                    </For>
                </ul>
                <p role="status">
                    {move || found.with(Vec::is_empty).then(|| t_string!(i18n, no_chat_found).to_string())}
                </p>
            </form>
        </Dialog>
    }
}

/// What the keys do.
#[component]
fn Help(open: RwSignal<Option<Open>>) -> impl IntoView {
    let i18n = use_i18n();
    let keys = move || {
        [
            ("Ctrl + K", t_string!(i18n, keys_switch)),
            ("Enter", t_string!(i18n, keys_enter)),
            ("Shift + Enter", t_string!(i18n, keys_break)),
            ("↑", t_string!(i18n, keys_correct)),
            ("Esc", t_string!(i18n, keys_escape)),
            ("?", t_string!(i18n, keys_help)),
        ]
        .map(|(key, words)| {
            view! {
                <div>
                    <dt>
                        <kbd>{key}</kbd>
                    </dt>
                    <dd>{words}</dd>
                </div>
            }
        })
    };
    view! {
        <Dialog open label=Signal::derive(move || t_string!(i18n, shortcuts).to_string())>
            <h2>{move || t_string!(i18n, shortcuts)}</h2>
            <dl class="keys">{keys}</dl>
        </Dialog>
    }
}

#[cfg(feature = "hydrate")]
fn show(dialog: &web_sys::HtmlDialogElement) {
    // It can't be open already: it has only just been made.
    let _ = dialog.show_modal();
}

#[cfg(not(feature = "hydrate"))]
const fn show<T>(_: &T) {}

/// Whether the dialog is still this one's, and closed.
#[cfg(feature = "hydrate")]
fn is_shut(dialog: NodeRef<html::Dialog>) -> bool {
    dialog.try_get_untracked().flatten().is_some_and(|dialog| dialog.is_connected() && !dialog.open())
}

#[cfg(not(feature = "hydrate"))]
const fn is_shut(_: NodeRef<html::Dialog>) -> bool {
    false
}

#[cfg(feature = "hydrate")]
fn listen(open: RwSignal<Option<Open>>) {
    use leptos::leptos_dom::helpers::window_event_listener;
    let listener = window_event_listener(ev::keydown, move |event| {
        let is_command = (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
        if is_command && event.key() == "k" {
            event.prevent_default();
            open.try_set(Some(Open::Switcher));
        } else if event.key() == "?" && !event.ctrl_key() && !event.meta_key() && !is_writing() {
            event.prevent_default();
            open.try_set(Some(Open::Help));
        }
    });
    on_cleanup(move || listener.remove());
}

/// Whether a key is a letter at the moment.
#[cfg(feature = "hydrate")]
fn is_writing() -> bool {
    let active = document().active_element().map(|active| active.tag_name());
    active.is_some_and(|tag| ["INPUT", "TEXTAREA", "SELECT"].contains(&tag.as_str()))
}

#[cfg(not(feature = "hydrate"))]
const fn listen(_: RwSignal<Option<Open>>) {}
