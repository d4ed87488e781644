//! The conversation: what was said, by day, and what is on its way.

use super::{
    clock::{Clock, Day},
    message_text::MessageText,
    problem::problem_text,
    remembered::remembered,
};
use crate::{
    i18n::{Locale, t_string, use_i18n},
    live::{Live, OutgoingState, Window},
    protocol::{ChatId, ClientId, Problem, Seq, Timestamp, UserId},
};
use leptos::prelude::*;
use leptos_i18n::I18nContext;
use std::{collections::BTreeMap, sync::Arc};

/// Messages of one person within this time hang together, in milliseconds.
const TOGETHER_MS: i64 = 5 * 60 * 1_000;

/// One message as it is drawn. Nothing of it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    key: EntryKey,
    /// Its place, or `None` on its way.
    seq: Option<Seq>,
    content: Arc<str>,
    at: Timestamp,
    is_ai: bool,
}

/// Tells messages apart, also while they have no place yet.
type EntryKey = (UserId, ClientId);

/// How a message stands among its neighbours, which come and go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Setting {
    /// The first of a day carries the day.
    day: Option<Day>,
    /// Follows another of the same person closely.
    is_continued: bool,
}

/// The entries of a chat: its shown history, then what is on its way.
fn entries(live: Live, chat_id: ChatId) -> Vec<Entry> {
    live.with(|state| {
        let Some(chat) = state.chats.get(&chat_id) else { return Vec::new() };
        let stored = chat.window.iter().flat_map(Window::shown).map(|message| Entry {
            key: (message.sender_id, message.client_id),
            seq: Some(message.seq),
            content: message.content.as_str().into(),
            at: message.created_at,
            is_ai: message.is_ai,
        });
        let pending = chat.outgoing.iter().map(|message| Entry {
            key: (state.viewer, message.client_id),
            seq: None,
            content: Arc::clone(&message.content),
            at: message.typed_at,
            is_ai: false,
        });
        stored.chain(pending).collect()
    })
}

/// Where days begin and who goes on talking.
fn settings(entries: &[Entry], clock: Clock, locale: Locale) -> BTreeMap<EntryKey, Setting> {
    let mut last: Option<(UserId, Timestamp, String)> = None;
    entries
        .iter()
        .map(|entry| {
            let (sender, at, date) = (entry.key.0, entry.at, clock.date_key(entry.at));
            let is_same_day = last.as_ref().is_some_and(|(_, _, last_date)| *last_date == date);
            let is_continued = is_same_day
                && last.as_ref().is_some_and(|(who, when, _)| *who == sender && at.0 - when.0 <= TOGETHER_MS);
            last = Some((sender, at, date));
            (entry.key, Setting { day: (!is_same_day).then(|| clock.day(at, locale)), is_continued })
        })
        .collect()
}

/// What all entries of a list are drawn with: looked up once, since each look walks up the page.
#[derive(Clone, Copy)]
struct Surroundings {
    chat_id: ChatId,
    viewer: UserId,
    peer_name: StoredValue<String>,
    i18n: I18nContext<Locale>,
    live: Live,
    clock: Clock,
    settings: Memo<BTreeMap<EntryKey, Setting>>,
}

/// The messages of a chat, live.
#[component]
pub fn MessageList(
    /// Whose messages.
    chat_id: ChatId,
    /// The name of whom the viewer talks to.
    peer_name: String,
) -> impl IntoView {
    let i18n = use_i18n();
    let (live, clock) = (Live::expect(), Clock::expect());
    let viewer = live.peek(|state| state.viewer);
    let all = Memo::new(move |_| entries(live, chat_id));
    let settings = Memo::new(move |_| all.with(|all| settings(all, clock, i18n.get_locale())));
    let starts = Memo::new(move |_| {
        live.with(|state| {
            let window = state.chats.get(&chat_id).and_then(|chat| chat.window.as_ref());
            window.map(|window| window.starts.clone()).unwrap_or_default()
        })
    });
    let peer_name = StoredValue::new(peer_name);
    let around = Surroundings { chat_id, viewer, peer_name, i18n, live, clock, settings };
    // One list in each stretch that was fetched: the framework moves every element of a list when more than
    // one is put before them, and with the elements the browser loses its place in the conversation.
    view! {
        <For each=move || starts.get() key=|start| *start let:start>
            <Stretch start starts all around />
        </For>
    }
}

/// The messages from `start` up to the next stretch; in the last one also what is on its way.
#[component]
fn Stretch(start: Seq, starts: Memo<Vec<Seq>>, all: Memo<Vec<Entry>>, around: Surroundings) -> impl IntoView {
    let own = Memo::new(move |_| {
        let end = starts.with(|starts| starts.iter().copied().find(|&other| other > start));
        let is_own = |entry: &&Entry| match entry.seq {
            Some(seq) => seq >= start && end.is_none_or(|end| seq < end),
            None => end.is_none(),
        };
        all.with(|all| all.iter().filter(is_own).cloned().collect::<Vec<Entry>>())
    });
    // Keyed by what never changes: a message that stays keeps its element, and a screen reader isn't told of
    // it again when it gets its place.
    view! {
        <For each=move || own.get() key=|entry| entry.key let:entry>
            <EntryView entry around />
        </For>
    }
}

#[component]
fn EntryView(entry: Entry, around: Surroundings) -> impl IntoView {
    let Surroundings { viewer, peer_name, i18n, clock, settings, .. } = around;
    let Entry { key, at, is_ai, content, .. } = entry;
    let (sender, client_id) = key;
    let is_own = viewer == sender;
    let setting = remembered(move || settings.with(|settings| settings.get(&key).cloned().unwrap_or_default()));
    let from = move || if is_own { t_string!(i18n, you).to_string() } else { peer_name.get_value() };
    view! {
        {move || {
            setting
                .with(|setting| setting.day.clone())
                .map(|day| {
                    let words = match day {
                        Day::Today => t_string!(i18n, today).to_string(),
                        Day::Yesterday => t_string!(i18n, yesterday).to_string(),
                        Day::Other(words) => words,
                    };
                    view! {
                        <p class="day" role="separator">
                            <span>{words}</span>
                        </p>
                    }
                })
        }}
        <div class="message" class:own=is_own class:continued=move || setting.with(|setting| setting.is_continued)>
            <div class="bubble">
                <span class="visually-hidden">{from} ": "</span>
                {is_ai.then(|| view! { <span class="by-machine">{move || t_string!(i18n, written_by_assistant)}</span> })}
                <MessageText text=content />
            </div>
            <div class="message-meta">
                <time datetime=at.to_rfc3339() title=move || clock.exact(at, i18n.get_locale())>
                    {move || clock.time(at, i18n.get_locale())}
                </time>
                {is_own.then(|| view! { <Delivery client_id around /> })}
            </div>
        </div>
    }
}

/// How an own message stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Standing {
    /// Stored; said only under the newest.
    Stored {
        is_newest: bool,
    },
    Sending,
    NotSent(Problem),
}

fn standing(live: Live, chat_id: ChatId, client_id: ClientId) -> Standing {
    live.with(|state| {
        let Some(chat) = state.chats.get(&chat_id) else { return Standing::Stored { is_newest: false } };
        if let Some(message) = chat.outgoing.iter().find(|message| message.client_id == client_id) {
            return match message.state {
                OutgoingState::Sending => Standing::Sending,
                OutgoingState::Stored(_) => Standing::Stored { is_newest: true },
                OutgoingState::NotSent(code) => Standing::NotSent(code.into()),
            };
        }
        let newest = chat.window.as_ref().and_then(|window| {
            window
                .messages
                .range(..=window.top)
                .rev()
                .map(|(_, message)| message)
                .find(|message| message.sender_id == state.viewer)
        });
        Standing::Stored { is_newest: newest.is_some_and(|message| message.client_id == client_id) }
    })
}

#[component]
fn Delivery(client_id: ClientId, around: Surroundings) -> impl IntoView {
    let Surroundings { chat_id, i18n, live, .. } = around;
    let standing = remembered(move || standing(live, chat_id, client_id));
    view! {
        {move || match standing.get() {
            Standing::Stored { is_newest: false } => None,
            Standing::Stored { is_newest: true } => {
                Some(view! { <span class="delivery">{move || t_string!(i18n, sent)}</span> }.into_any())
            }
            Standing::Sending => Some(view! { <span class="delivery pending">{move || t_string!(i18n, sending)}</span> }.into_any()),
            Standing::NotSent(problem) => Some(view! { <NotSent client_id problem around /> }.into_any()),
        }}
    }
}

/// A message that did not go out: why, and what to do with it.
#[component]
fn NotSent(client_id: ClientId, problem: Problem, around: Surroundings) -> impl IntoView {
    let Surroundings { chat_id, i18n, live, .. } = around;
    let is_copied = RwSignal::new(false);
    view! {
        <span class="delivery failed" role="alert">
            <strong>{move || t_string!(i18n, not_sent)}</strong>
            " "
            {move || problem_text(i18n, &problem)}
        </span>
        <span class="failed-actions">
            <button class="link-button" on:click=move |_| act::retry(live, chat_id, client_id)>
                {move || t_string!(i18n, retry)}
            </button>
            <button
                class="link-button"
                on:click=move |_| {
                    act::copy(live, chat_id, client_id);
                    is_copied.set(true);
                }
            >
                {move || if is_copied.get() { t_string!(i18n, copied) } else { t_string!(i18n, copy) }}
            </button>
            <button class="link-button" on:click=move |_| act::discard(live, chat_id, client_id)>
                {move || t_string!(i18n, discard)}
            </button>
        </span>
    }
}

/// What the buttons do, in the browser.
#[cfg(feature = "hydrate")]
mod act {
    use super::{ChatId, ClientId, Live};
    use crate::live::Event;
    use leptos::prelude::window;

    pub(super) fn retry(live: Live, chat_id: ChatId, client_id: ClientId) {
        live.retry(chat_id, client_id);
    }

    pub(super) fn copy(live: Live, chat_id: ChatId, client_id: ClientId) {
        let content = live.peek(|state| {
            let chat = state.chats.get(&chat_id)?;
            chat.outgoing.iter().find(|message| message.client_id == client_id).map(|message| message.content.clone())
        });
        if let Some(content) = content {
            // The promise settles by itself; a browser that refuses shows its own message.
            let _ = window().navigator().clipboard().write_text(&content);
        }
    }

    pub(super) fn discard(live: Live, chat_id: ChatId, client_id: ClientId) {
        live.apply(Event::Discard { chat_id, client_id });
    }
}

/// Without a browser nobody clicks.
#[cfg(not(feature = "hydrate"))]
mod act {
    use super::{ChatId, ClientId, Live};

    pub(super) const fn retry(_: Live, _: ChatId, _: ClientId) {}
    pub(super) const fn copy(_: Live, _: ChatId, _: ClientId) {}
    pub(super) const fn discard(_: Live, _: ChatId, _: ClientId) {}
}

/// The lowest place a chat's page holds, when there is more before it.
#[must_use]
pub fn first_held(live: Live, chat_id: ChatId) -> Option<Seq> {
    live.with(|state| {
        let window = state.chats.get(&chat_id)?.window.as_ref()?;
        (!window.is_from_start()).then_some(window.first)
    })
}
