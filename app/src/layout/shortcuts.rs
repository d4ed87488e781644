//! Keyboard shortcuts: Ctrl+K opens the chat switcher, `?` the list of shortcuts.

#[cfg(feature = "hydrate")]
use crate::components::{composition::is_composing, single_key::is_single_key};
use crate::{
    chats::{list::load_while, search::Search},
    components::{
        avatar::Avatar,
        overlay::{Dialog, Open, Overlay},
        single_key::{has_single_keys, set_single_keys},
    },
    i18n::td_string,
    live::Live,
    preferences::use_locale,
    protocol::{ChatId, Role},
    room::menu::{BlockPeer, CloseChat, ReportChat},
    safety::folded_words,
    takeover::pause,
};
use leptos::{ev, prelude::*};
use leptos_router::hooks::use_navigate;

/// How many chats the switcher lists: more than fit on a phone.
const OFFERED: usize = 8;

/// Listens for the shortcuts, and shows the open dialog over the panes.
#[component]
pub fn Overlays(
    /// The viewer's role.
    role: Role,
) -> impl IntoView {
    pause();
    let open = Overlay::expect().open;
    listen(open);
    move || {
        open.get().map(|which| match which {
            Open::Switcher => view! { <Switcher role /> }.into_any(),
            Open::Help => view! { <Help role /> }.into_any(),
            Open::Search(chat_id) => view! { <Search role chat_id /> }.into_any(),
            Open::Close(chat_id) => view! { <CloseChat chat_id /> }.into_any(),
            Open::Block(chat_id) => view! { <BlockPeer chat_id /> }.into_any(),
            Open::Report(chat_id) => view! { <ReportChat chat_id /> }.into_any(),
        })
    }
}

/// Finds a chat by the peer's name, among all chats, also those that the list has not loaded yet.
#[component]
fn Switcher(role: Role) -> impl IntoView {
    let locale = use_locale();
    let (live, Overlay { open, chosen, .. }) = (Live::expect(), Overlay::expect());
    let navigate = use_navigate();
    let wanted = RwSignal::new(String::new());
    let found = Memo::new(move |_| {
        let wanted = wanted.with(|wanted| folded_words(wanted));
        live.with(|state| {
            let chats = state.list().into_iter().filter_map(|state| state.chat.as_ref());
            let fitting = chats.filter(|chat| {
                let name = folded_words(&chat.peer.name);
                wanted.split_whitespace().all(|word| name.contains(word))
            });
            fitting.take(OFFERED).map(|chat| (chat.chat_id, chat.peer.name.clone())).collect::<Vec<(ChatId, String)>>()
        })
    });
    let load_more =
        load_while(live, move || found.with(|found| found.len() < OFFERED) && wanted.with(|wanted| !wanted.is_empty()));
    let address = move |chat: ChatId| format!("{}/chat/{chat}", role.home());
    let go = StoredValue::new(move |chat: ChatId| {
        open.set(None);
        // After the dialog has closed, because an open dialog keeps the focus.
        chosen.set(Some(chat));
        navigate(&address(chat), leptos_router::NavigateOptions::default());
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Some((chat, _)) = found.with(|found| found.first().cloned()) {
            go.with_value(|go| go(chat));
        }
    };
    view! {
        <Dialog label=td_string!(locale, switch_chat)>
            <form class="switcher" on:submit=submit on:keydown=move |event| step(&event)>
                <div class="field">
                    <label for="switcher">{td_string!(locale, switch_chat)}</label>
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
                    {move || match (found.with(Vec::is_empty), load_more.pending().get()) {
                        (true, true) => Some(td_string!(locale, loading)),
                        (true, false) => Some(td_string!(locale, no_chat_found)),
                        (false, _) => None,
                    }}
                </p>
            </form>
        </Dialog>
    }
}

/// The up and down arrows move through the matches and back to the field.
#[cfg(feature = "hydrate")]
fn step(event: &ev::KeyboardEvent) {
    use wasm_bindgen::JsCast;
    if is_composing(event) {
        return;
    }
    let by = match event.key().as_str() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        _ => return,
    };
    event.prevent_default();
    let Ok(all) = document().query_selector_all("#switcher, .switcher .chat-row") else { return };
    let all: Vec<web_sys::HtmlElement> =
        (0..all.length()).filter_map(|index| all.item(index)?.dyn_into().ok()).collect();
    let active = document().active_element();
    let at = all.iter().position(|element| active.as_ref().is_some_and(|active| element.is_same_node(Some(active))));
    let next = at.unwrap_or(0).checked_add_signed(by).and_then(|next| all.get(next));
    if let Some(next) = next {
        let _ = next.focus();
    }
}

#[cfg(not(feature = "hydrate"))]
const fn step(_: &ev::KeyboardEvent) {}

/// The list of shortcuts.
#[component]
fn Help(role: Role) -> impl IntoView {
    let locale = use_locale();
    let keys = move || {
        [
            ("Ctrl + K", td_string!(locale, keys_switch)),
            ("Ctrl + Shift + F", td_string!(locale, keys_search)),
            ("Enter", td_string!(locale, keys_enter)),
            ("Shift + Enter", td_string!(locale, keys_break)),
            ("↑", td_string!(locale, keys_correct)),
            ("Esc", td_string!(locale, keys_escape)),
            // Only a doctor's chats can need no reply.
            ("E", if role == Role::Doctor { td_string!(locale, keys_done) } else { "" }),
            ("?", td_string!(locale, keys_help)),
        ]
        .into_iter()
        .filter(|(_, words)| !words.is_empty())
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
        .collect_view()
    };
    view! {
        <Dialog label=td_string!(locale, shortcuts)>
            <h2>{td_string!(locale, shortcuts)}</h2>
            <dl class="keys">{keys}</dl>
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=has_single_keys()
                    on:change=move |event| set_single_keys(event_target_checked(&event))
                />
                {td_string!(locale, single_keys)}
            </label>
        </Dialog>
    }
}

#[cfg(feature = "hydrate")]
fn listen(open: RwSignal<Option<Open>>) {
    use leptos::leptos_dom::helpers::window_event_listener;
    let listener = window_event_listener(ev::keydown, move |event| {
        if is_composing(&event) {
            return;
        }
        let is_command = (event.ctrl_key() || event.meta_key()) && !event.alt_key();
        let key = event.key().to_lowercase();
        if matches!(open.try_get_untracked().flatten(), Some(Open::Close(_) | Open::Block(_) | Open::Report(_))) {
            // The dialog asks a question and may hold typed text, so a shortcut must not close it.
            return;
        }
        if is_command && !event.shift_key() && key == "k" {
            event.prevent_default();
            open.try_set(Some(Open::Switcher));
        } else if is_command && event.shift_key() && key == "f" {
            event.prevent_default();
            open.try_set(Some(Open::Search(None)));
        } else if key == "?" && is_single_key(&event) {
            event.prevent_default();
            open.try_set(Some(Open::Help));
        }
    });
    on_cleanup(move || listener.remove());
}

#[cfg(not(feature = "hydrate"))]
const fn listen(_: RwSignal<Option<Open>>) {}
