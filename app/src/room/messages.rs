//! The messages of a room, by day, then the pending ones.
//!
//! `shown` computes what all messages look like, and `message_html` draws a message again as a
//! whole when its look changes. So a page of hundreds of messages has one subscription per message,
//! and none inside a message. The list handles the clicks for all messages (`press`).

pub mod delivery;
mod delivery_status;
mod menu;
mod message_html;
mod press;
pub mod quote;
mod view_model;

use crate::{
    components::{
        clock::Clock,
        slots::{Slot, drawn, slots},
    },
    i18n::Locale,
    live::Live,
    preferences::use_locale,
    protocol::{ChatId, Seq, UserId},
    room::context::RoomContext,
    takeover::pause,
};
use leptos::prelude::*;
pub use press::press;
use view_model::{MessageView, Role, RowKey, shown};

/// What all entries of a list are drawn with. Read once, because each context lookup walks up the
/// page.
#[derive(Clone, Copy)]
pub struct MessageContext {
    room: RoomContext,
    viewer: UserId,
    locale: Locale,
    live: Live,
    clock: Clock,
}

/// The messages of the room's chat, updated live.
#[component]
pub fn MessageList() -> impl IntoView {
    pause();
    let locale = use_locale();
    let (live, clock, room) = (Live::expect(), Clock::expect(), RoomContext::expect());
    let chat_id = room.chat_id;
    let viewer = live.peek(|state| state.viewer);
    let around = MessageContext { room, viewer, locale, live, clock };
    press::follow_open(room);
    let all = slots(move || shown(around));
    let starts = Memo::new(move |_| live.window(chat_id, |window| window.starts.clone()).unwrap_or_default());
    // One list per fetched stretch: the framework moves every element of a list when more than one
    // is put before them, and then the browser loses the scroll position.
    view! {
        <For each=move || starts.get() key=|start| *start let:start>
            <Stretch start all around />
        </For>
    }
}

/// The messages from `start` up to the next stretch. The last stretch includes the pending
/// messages.
#[component]
fn Stretch(start: Seq, all: Memo<Vec<Slot<RowKey, MessageView>>>, around: MessageContext) -> impl IntoView {
    pause();
    let own = Memo::new(move |_| {
        all.with(|all| all.iter().filter(|slot| slot.key.stretch == start).cloned().collect::<Vec<_>>())
    });
    // The key never changes: a message keeps its element when it gets its `seq`, so screen readers
    // do not announce it twice.
    view! {
        <For each=move || own.get() key=|slot| slot.key let:slot>
            {match slot.key.role {
                Role::Message => drawn(move || slot.value.with(|shown| message_html::message(shown, around))).into_any(),
                Role::Options => slot.value.with_untracked(|shown| menu::menu(shown, around)).into_any(),
            }}
        </For>
    }
}

/// The lowest `seq` that the page holds of a chat, if there are earlier messages.
#[must_use]
pub fn first_held(live: Live, chat_id: ChatId) -> Option<Seq> {
    live.window(chat_id, |window| (!window.is_from_start()).then_some(window.first)).flatten()
}

/// The highest `seq` that the page holds of a chat, if there are later messages that it does not
/// follow.
#[must_use]
pub fn last_held(live: Live, chat_id: ChatId) -> Option<Seq> {
    live.window(chat_id, |window| window.is_apart.then_some(window.top)).flatten()
}
