//! Shows that the peer is typing.

use crate::{i18n::td_string, live::Live, preferences::use_locale, room::context::RoomContext, takeover::pause};
use leptos::prelude::*;

/// The room's typing line; it is empty most of the time.
#[component]
pub fn Typing() -> impl IntoView {
    pause();
    let locale = use_locale();
    let (live, room) = (Live::expect(), RoomContext::expect());
    let is_writing = RwSignal::new(false);
    follow(live, room, is_writing);
    view! {
        <p class="typing" aria-live="off">
            {move || {
                is_writing.get().then(|| td_string!(locale, is_writing, name = room.peer_name.get_value()).to_string())
            }}
        </p>
    }
}

/// Each typing frame shows the line for a while; a message hides it.
#[cfg(feature = "hydrate")]
fn follow(live: Live, room: RoomContext, is_writing: RwSignal<bool>) {
    use std::time::Duration;
    /// Twice the interval at which pages repeat the typing frame.
    const HOLDS_FOR: Duration = Duration::from_secs(6);
    let count = Memo::new(move |_| live.chat(room.chat_id, |chat| chat.typing).unwrap_or(0));
    Effect::new(move |before: Option<(u32, Option<TimeoutHandle>)>| {
        let now = count.get();
        let Some((before, timer)) = before else { return (now, None) };
        if now == before {
            return (now, timer);
        }
        if let Some(timer) = timer {
            timer.clear();
        }
        is_writing.set(now > 0);
        let end = move || {
            is_writing.try_set(false);
        };
        (now, (now > 0).then(|| set_timeout_with_handle(end, HOLDS_FOR).ok()).flatten())
    });
}

#[cfg(not(feature = "hydrate"))]
const fn follow(_: Live, _: RoomContext, _: RwSignal<bool>) {}
