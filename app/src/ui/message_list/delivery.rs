//! How an own message stands: Sending, Sent, Delivered, Read, or Not sent with what to do about it.

use super::{super::problem::problem_text, Surroundings};
use crate::{
    i18n::t_string,
    live::{Live, OutgoingState},
    protocol::{ChatId, ClientId, Problem, Seq, Timestamp},
    ui::remembered::remembered,
};
use leptos::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Standing {
    /// Stored, and said of another one already.
    Silent,
    Sent,
    Delivered(Option<Timestamp>),
    Read(Option<Timestamp>),
    Sending,
    NotSent(Problem),
}

/// Said under the newest own message, and "Read" under the newest that was.
fn standing(live: Live, chat_id: ChatId, client_id: ClientId) -> Standing {
    live.with(|state| {
        let Some(chat) = state.chats.get(&chat_id) else { return Standing::Silent };
        if let Some(message) = chat.outgoing.iter().find(|message| message.client_id == client_id) {
            return match message.state {
                OutgoingState::Sending => Standing::Sending,
                OutgoingState::Stored(_) => Standing::Sent,
                OutgoingState::NotSent(code) => Standing::NotSent(code.into()),
            };
        }
        let Some(window) = &chat.window else { return Standing::Silent };
        let newest = |up_to: Seq| {
            let own = window.messages.range(..=up_to).rev().map(|(_, message)| message);
            let mut own = own.filter(|message| message.sender_id == state.viewer && message.retracted.is_none());
            own.next().filter(|message| message.client_id == client_id)
        };
        let counters = &chat.counters;
        if let Some(message) = newest(window.top.min(counters.peer_read_seq)) {
            // The mark moves on with what the other reads later, or writes: its moment is this one's only here.
            return Standing::Read(counters.peer_read_at.filter(|_| message.seq == counters.peer_read_seq));
        }
        match newest(window.top) {
            Some(message) if message.seq <= counters.peer_delivered_seq => {
                Standing::Delivered(counters.peer_delivered_at)
            }
            Some(_) => Standing::Sent,
            None => Standing::Silent,
        }
    })
}

/// How an own message stands, in a word or two.
#[component]
pub fn Delivery(
    /// The message's own id.
    client_id: ClientId,
    /// Its list's.
    around: Surroundings,
) -> impl IntoView {
    let Surroundings { room, i18n, live, clock, .. } = around;
    let standing = remembered(move || standing(live, room.chat_id, client_id));
    let at = move |words: &'static str, moment: Option<Timestamp>| {
        let time = moment.map(|moment| {
            let short = clock.short(moment, i18n.get_locale());
            format!(" {}", short.unwrap_or_else(|| t_string!(i18n, yesterday).to_string()))
        });
        format!("{words}{}", time.unwrap_or_default())
    };
    view! {
        {move || {
            let words = match standing.get() {
                Standing::Silent => return None,
                Standing::NotSent(problem) => return Some(view! { <NotSent client_id problem around /> }.into_any()),
                Standing::Sending => t_string!(i18n, sending).to_string(),
                Standing::Sent => t_string!(i18n, sent).to_string(),
                Standing::Delivered(moment) => at(t_string!(i18n, delivered), moment),
                Standing::Read(moment) => at(t_string!(i18n, read), moment),
            };
            let is_pending = standing.with(|standing| *standing == Standing::Sending);
            Some(view! { <span class="delivery" class:pending=is_pending>{words}</span> }.into_any())
        }}
    }
}

/// A message that did not go out: why, and what to do with it.
#[component]
fn NotSent(client_id: ClientId, problem: Problem, around: Surroundings) -> impl IntoView {
    let Surroundings { room, i18n, live, .. } = around;
    let chat_id = room.chat_id;
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
