//! The conversation: what was said, by day, and what is on its way.

pub mod delivery;
mod entry;
pub mod menu;
pub mod quote;

use super::{
    clock::{Clock, Day},
    message_text::MessageText,
    remembered::{remembered, remembered_often},
    room_context::{EntryKey, RoomContext},
};
use crate::{
    i18n::{Locale, t_string, use_i18n},
    live::Live,
    protocol::{ChatId, Retracted, Seq, UserId},
};
use delivery::Delivery;
use entry::{Entry, Setting, entries, settings};
use leptos::prelude::*;
use leptos_i18n::I18nContext;
use menu::Menu;
use quote::Quote;
use std::collections::BTreeMap;

/// What all entries of a list are drawn with: looked up once, since each look walks up the page.
#[derive(Clone, Copy)]
pub struct Surroundings {
    room: RoomContext,
    viewer: UserId,
    i18n: I18nContext<Locale>,
    live: Live,
    clock: Clock,
    settings: Memo<BTreeMap<EntryKey, Setting>>,
}

/// The messages of the room's chat, live.
#[component]
pub fn MessageList() -> impl IntoView {
    let i18n = use_i18n();
    let (live, clock, room) = (Live::expect(), Clock::expect(), RoomContext::expect());
    let chat_id = room.chat_id;
    let viewer = live.peek(|state| state.viewer);
    let all = Memo::new(move |_| entries(live, chat_id));
    let settings = Memo::new(move |_| all.with(|all| settings(all, (clock, i18n.get_locale()), room.first_unread)));
    let starts = Memo::new(move |_| {
        live.with(|state| {
            let window = state.chats.get(&chat_id).and_then(|chat| chat.window.as_ref());
            window.map(|window| window.starts.clone()).unwrap_or_default()
        })
    });
    let around = Surroundings { room, viewer, i18n, live, clock, settings };
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
    let Surroundings { viewer, room, i18n, clock, settings, .. } = around;
    let Entry { key, at, is_ai, is_automatic, is_urgent, reply_to, corrects, .. } = entry;
    let (sender, client_id) = key;
    let is_own = viewer == sender;
    let setting = remembered_often(move || settings.with(|settings| settings.get(&key).cloned().unwrap_or_default()));
    let retracted = move || setting.with(|setting| setting.retracted);
    // Once it is stored, and as long as it stands.
    let has_options = remembered(move || setting.with(|setting| setting.seq.is_some() && setting.retracted.is_none()));
    let has_options = move || has_options.get();
    let from = move || if is_own { t_string!(i18n, you).to_string() } else { room.peer_name.get_value() };
    let content = entry.content.clone();
    let refers = reply_to.map(|seq| (seq, false)).or(corrects.map(|seq| (seq, true)));
    let body = move || match retracted() {
        Some(retracted) => view! { <TakenBack retracted is_own around /> }.into_any(),
        None => view! {
            {origin(is_ai, is_automatic, is_urgent, i18n)
                .map(|words| view! { <span class="by-machine" class:urgent=is_urgent>{words}</span> })}
            {refers.map(|(seq, is_correction)| view! { <Quote seq is_correction around /> })}
            <MessageText text=content.clone() />
        }
        .into_any(),
    };
    view! {
        {move || separators(setting, i18n)}
        <div
            class="message"
            id=format!("m-{client_id}")
            class:own=is_own
            class:continued=move || setting.with(|setting| setting.is_continued)
            class:retracted=move || retracted().is_some()
        >
            <div class="bubble-row">
                <div class="bubble">
                    <span class="visually-hidden">{from} ": "</span>
                    {body}
                </div>
                {move || has_options().then(|| view! { <More key around /> })}
            </div>
            {move || {
                let seq = setting.with(|setting| setting.seq).filter(|_| has_options())?;
                let is_open = room.selected.get() == Some(key);
                is_open.then(|| view! { <Menu content=entry.content.clone() seq is_own around /> })
            }}
            <div class="message-meta">
                <time datetime=at.to_rfc3339() title=move || clock.exact(at, i18n.get_locale())>
                    {move || clock.time(at, i18n.get_locale())}
                </time>
                {move || {
                    let is_corrected = setting.with(|setting| setting.is_corrected && setting.retracted.is_none());
                    is_corrected.then(|| view! { <span class="corrected">{t_string!(i18n, corrected_below)}</span> })
                }}
                {is_own.then(|| view! { <Delivery client_id around /> })}
            </div>
        </div>
    }
}

/// What a message is, beside one person's to the other.
fn origin(is_ai: bool, is_automatic: bool, is_urgent: bool, i18n: I18nContext<Locale>) -> Option<&'static str> {
    match (is_ai, is_automatic, is_urgent) {
        (_, true, _) => Some(t_string!(i18n, automatic_reply)),
        (true, ..) => Some(t_string!(i18n, written_by_assistant)),
        (.., true) => Some(t_string!(i18n, urgent)),
        _ => None,
    }
}

/// Shows a message's options, or hides them.
#[component]
fn More(key: EntryKey, around: Surroundings) -> impl IntoView {
    let Surroundings { room, i18n, .. } = around;
    view! {
        <button
            type="button"
            class="message-more"
            aria-label=move || t_string!(i18n, message_options)
            aria-expanded=move || (room.selected.get() == Some(key)).to_string()
            on:click=move |_| {
                room.selected.update(|selected| *selected = if *selected == Some(key) { None } else { Some(key) });
            }
        >
            <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d="M6 12v.01M12 12v.01M18 12v.01" />
            </svg>
        </button>
    }
}

/// What stands between a message and the one before it: a new day, and where one had stopped reading.
fn separators(setting: Signal<Setting>, i18n: I18nContext<Locale>) -> impl IntoView {
    setting.with(|setting| {
        let day = setting.day.clone().map(|day| match day {
            Day::Today => t_string!(i18n, today).to_string(),
            Day::Yesterday => t_string!(i18n, yesterday).to_string(),
            Day::Other(words) => words,
        });
        let day = day.map(|words| {
            view! {
                <p class="day" role="separator">
                    <span>{words}</span>
                </p>
            }
        });
        let unread = setting.is_first_unread.then(|| {
            view! {
                <p class="day unread-from" role="separator">
                    <span>{t_string!(i18n, new_messages)}</span>
                </p>
            }
        });
        view! {
            {day}
            {unread}
        }
    })
}

/// In the place of a message that was taken back.
#[component]
fn TakenBack(retracted: Retracted, is_own: bool, around: Surroundings) -> impl IntoView {
    let Surroundings { i18n, room, .. } = around;
    let words = move || match (is_own, retracted.was_read) {
        (true, true) => t_string!(i18n, you_took_back_read).to_string(),
        (true, false) => t_string!(i18n, you_took_back_unread).to_string(),
        (false, _) => t_string!(i18n, peer_took_back, name = room.peer_name.get_value()).to_string(),
    };
    view! { <p class="taken-back">{words}</p> }
}

/// The lowest place a chat's page holds, when there is more before it.
#[must_use]
pub fn first_held(live: Live, chat_id: ChatId) -> Option<Seq> {
    live.with(|state| {
        let window = state.chats.get(&chat_id)?.window.as_ref()?;
        (!window.is_from_start()).then_some(window.first)
    })
}

/// The highest place it holds, when there is more after it that is not followed.
#[must_use]
pub fn last_held(live: Live, chat_id: ChatId) -> Option<Seq> {
    live.with(|state| {
        let window = state.chats.get(&chat_id)?.window.as_ref()?;
        window.is_apart.then_some(window.top)
    })
}
