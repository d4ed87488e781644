//! The scrolling part of a room. Its layout runs from the end upwards (`column-reverse`): it starts
//! at the newest message, follows new ones only while the view is at the end, and does not jump
//! when earlier ones are added above.

use crate::{
    i18n::{Locale, td_string},
    live::{ChatState, Event, Live, PageOf, WindowEdge},
    preferences::use_locale,
    protocol::{ChatId, Role, Seq},
    room::{
        context::RoomContext,
        messages::{MessageList, first_held, last_held, press},
        read_tracking::{ReadTracker, UnreadAbove, unread},
    },
    takeover::pause,
};
use leptos::{html, prelude::*};

/// Beyond this distance from the end, new messages do not move the view, and a button leads back.
const AWAY_PX: i32 = 160;
/// Within this distance of either end, more messages are fetched.
const LOAD_WITHIN_PX: i32 = 400;

/// The room's history and the button to its end.
#[component]
pub fn History() -> impl IntoView {
    pause();
    let locale = use_locale();
    let (live, room) = (Live::expect(), RoomContext::expect());
    let chat_id = room.chat_id;
    let scroller = NodeRef::<html::Div>::new();
    // Counts jumps of the view. A load that began before a jump does not restore its scroll
    // position.
    let moves = StoredValue::new(0_u32);
    let is_scrolled = RwSignal::new(false);
    let earlier = Memo::new(move |_| first_held(live, chat_id));
    let later = Memo::new(move |_| last_held(live, chat_id));
    let is_away = Memo::new(move |_| is_scrolled.get() || later.get().is_some());
    // The page holds a bounded number of messages: a page that is added at one end is removed at
    // the other.
    let load = Action::new_local(move |of: &PageOf| {
        let of = *of;
        async move {
            let (anchor, before) = (anchor(scroller), moves.get_value());
            fetch(live, room, of).await;
            let edge = if matches!(of, PageOf::Before(_)) { WindowEdge::End } else { WindowEdge::Start };
            live.apply(Event::Trim { chat_id, edge });
            if moves.try_get_value() == Some(before) {
                keep_at(scroller, anchor);
            }
        }
    });
    let is_loading = load.pending();
    let load_earlier = move || {
        if let Some(first) = earlier.get_untracked().filter(|_| !is_loading.get_untracked()) {
            load.dispatch(PageOf::Before(first));
        }
    };
    let load_later = move || {
        if let Some(top) = later.get_untracked().filter(|_| !is_loading.get_untracked()) {
            leave_end(scroller);
            load.dispatch(PageOf::After(top));
        }
    };
    let to_newest = Action::new_local(move |()| async move {
        room.forget_unfetched();
        if later.get_untracked().is_some() {
            fetch(live, room, PageOf::Newest).await;
        }
        is_scrolled.set(false);
        to_end(scroller, moves);
    });
    let reading = ReadTracker::watch(live, room, scroller);
    watch_jumps(live, reading, room, moves);
    follow_end(live, chat_id, is_away, move || {
        to_newest.dispatch(());
    });
    let on_scroll = move |_| {
        reading.check();
        if let Some(scroll_position) = scroll_position(scroller) {
            is_scrolled.set(scroll_position.from_end > AWAY_PX);
            if scroll_position.from_start < LOAD_WITHIN_PX {
                load_earlier();
            } else if scroll_position.from_end < LOAD_WITHIN_PX {
                load_later();
            }
        }
    };
    let is_empty = Memo::new(move |_| live.chat(chat_id, is_silent).unwrap_or(true));
    // If the peer's account is disabled, no one will answer. One memo, because in a part of the
    // page that is being removed, a memo that follows the live state must not read another one.
    let invites = Memo::new(move |_| {
        live.with(|state| {
            let chat = state.chats.get(&chat_id);
            chat.is_none_or(|chat| {
                is_silent(chat) && chat.chat.as_ref().is_none_or(|chat| !chat.status.is_peer_disabled)
            })
        })
    });
    view! {
        <div class="history-frame">
            <UnreadAbove reading />
            <div class="history" node_ref=scroller on:scroll=on_scroll tabindex="0" role="region" aria-label=td_string!(locale, history)>
                <div class="history-inner">
                    <Start earlier is_loading is_empty on_earlier=load_earlier />
                    <Show when=move || invites.get()>
                        <p class="first-words">{move || first_words(locale, room)}</p>
                    </Show>
                    <div
                        class="log"
                        role="log"
                        aria-label=td_string!(locale, conversation)
                        aria-live="polite"
                        aria-relevant="additions"
                        aria-busy=move || is_loading.get().then_some("true")
                        on:click=move |event| press(&event, live, room)
                    >
                        <MessageList />
                    </div>
                </div>
            </div>
            <Show when=move || is_away.get()>
                <ToNewest chat_id on_press=move || {
                    to_newest.dispatch(());
                } />
            </Show>
        </div>
    }
}

/// Fetches a part of the history. A failure is shown in the room.
async fn fetch(live: Live, room: RoomContext, of: PageOf) {
    let lead = room.lead();
    room.resource_view(lead, live.load(room.chat_id, of).await.err());
}

/// The button that leads to the newest messages.
#[component]
fn ToNewest(chat_id: ChatId, on_press: impl Fn() + Copy + 'static) -> impl IntoView {
    let locale = use_locale();
    let live = Live::expect();
    // The link has a `seq`, because without one a room starts at the first unread message.
    let newest_page = move || {
        let last = live.chat(chat_id, |chat| chat.counters.last_seq).unwrap_or(Seq(0));
        format!("?before={}", last.next())
    };
    let unread = unread(live, chat_id);
    view! {
        <button type="button" class="button to-newest" on:click=move |_| on_press()>
            {move || newest_words(locale, unread.get())}
        </button>
        <noscript>
            <a class="button" href=newest_page>
                {td_string!(locale, newest_messages)}
            </a>
        </noscript>
    }
}

/// Whether the chat has no messages, stored or pending.
fn is_silent(chat: &ChatState) -> bool {
    chat.outgoing.is_empty() && chat.window.as_ref().is_none_or(|window| window.messages.is_empty())
}

/// The text of an empty chat.
fn first_words(locale: Locale, room: RoomContext) -> String {
    let name = room.peer_name.get_value();
    match room.own_role {
        Role::Doctor => td_string!(locale, write_first_doctor, name = name).to_string(),
        Role::Patient | Role::Admin => td_string!(locale, write_first_patient, name = name).to_string(),
    }
}

/// Scrolls to the end when the viewer sends. Also trims the window while the view stays at the end,
/// so that it does not grow without limit.
fn follow_end(live: Live, chat_id: ChatId, is_away: Memo<bool>, to_newest: impl Fn() + Send + Sync + 'static) {
    Effect::new(move |_| {
        let is_large = live.window(chat_id, crate::live::Window::is_large) == Some(true);
        if is_large && !is_away.get() {
            live.apply(Event::Trim { chat_id, edge: WindowEdge::Start });
        }
    });
    Effect::new(move |before: Option<usize>| {
        let pending = live.chat(chat_id, |chat| chat.outgoing.len()).unwrap_or(0);
        if before.is_some_and(|before| pending > before) {
            to_newest();
        }
        pending
    });
}

/// The button's text: how many messages are new.
fn newest_words(locale: Locale, unread: i64) -> String {
    match unread {
        0 => td_string!(locale, newest_messages).to_string(),
        1 => td_string!(locale, one_new_message).to_string(),
        count => td_string!(locale, count_new_messages, count = count.to_string()).to_string(),
    }
}

/// Above the first message: a link to earlier ones, or a note that there are none.
#[component]
fn Start(
    earlier: Memo<Option<Seq>>,
    is_loading: Memo<bool>,
    is_empty: Memo<bool>,
    on_earlier: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    pause();
    let locale = use_locale();
    move || {
        match earlier.get() {
        Some(first) => view! {
            <p class="history-start">
                <a
                    class="button quiet"
                    rel="external"
                    href=format!("?before={first}")
                    on:click=move |event| {
                        event.prevent_default();
                        on_earlier();
                    }
                >
                    {move || if is_loading.get() { td_string!(locale, loading_earlier) } else { td_string!(locale, earlier_messages) }}
                </a>
            </p>
        }
        .into_any(),
        None => (!is_empty.get())
            .then(|| view! { <p class="history-start">{td_string!(locale, beginning)}</p> })
            .into_any(),
    }
    }
}

/// The distances of the view from both ends, in pixels.
struct ScrollPosition {
    from_end: i32,
    from_start: i32,
}

#[cfg(feature = "hydrate")]
fn scroll_position(scroller: NodeRef<html::Div>) -> Option<ScrollPosition> {
    let scroller = scroller.get_untracked()?;
    // In a reversed column the end is 0, and positions above it are negative.
    let from_end = -scroller.scroll_top();
    let from_start = scroller.scroll_height() - scroller.client_height() - from_end;
    Some(ScrollPosition { from_end, from_start })
}

#[cfg(not(feature = "hydrate"))]
const fn scroll_position(_: NodeRef<html::Div>) -> Option<ScrollPosition> {
    None
}

/// Moves the view one pixel from the end. At the very end of a reversed column the view stays there
/// when messages are added below; one pixel away it stays at what it shows.
#[cfg(feature = "hydrate")]
fn leave_end(scroller: NodeRef<html::Div>) {
    if let Some(scroller) = scroller.get_untracked().filter(|scroller| scroller.scroll_top() == 0) {
        scroller.set_scroll_top(-1);
    }
}

#[cfg(not(feature = "hydrate"))]
const fn leave_end(_: NodeRef<html::Div>) {}

/// The message in the middle of the view, and the y coordinate of its top.
#[cfg(feature = "hydrate")]
type Anchor = Option<(web_sys::Element, f64)>;

#[cfg(feature = "hydrate")]
#[expect(clippy::cast_possible_truncation, reason = "a scroll position")]
fn anchor(scroller: NodeRef<html::Div>) -> Anchor {
    let view = scroller.get_untracked()?.get_bounding_client_rect();
    let (x, y) = (view.left() + view.width() / 2.0, view.top() + view.height() / 2.0);
    let message = document().element_from_point(x as f32, y as f32)?.closest(".message").ok()??;
    let top = message.get_bounding_client_rect().top();
    Some((message, top))
}

/// Scrolls so that the message has its earlier position on the screen. Browsers with scroll
/// anchoring have done so already.
#[cfg(feature = "hydrate")]
#[expect(clippy::cast_possible_truncation, reason = "a few pixels")]
fn keep_at(scroller: NodeRef<html::Div>, anchor: Anchor) {
    let Some((message, top)) = anchor else { return };
    request_animation_frame(move || {
        let Some(Some(scroller)) = scroller.try_get_untracked() else { return };
        let moved = message.get_bounding_client_rect().top() - top;
        if message.is_connected() && moved.abs() >= 1.0 {
            scroller.set_scroll_top(scroller.scroll_top() + moved.round() as i32);
        }
    });
}

#[cfg(not(feature = "hydrate"))]
const fn anchor(_: NodeRef<html::Div>) {}

#[cfg(not(feature = "hydrate"))]
const fn keep_at(_: NodeRef<html::Div>, (): ()) {}

#[cfg(feature = "hydrate")]
fn to_end(scroller: NodeRef<html::Div>, moves: StoredValue<u32>) {
    // After the browser has drawn the new messages.
    request_animation_frame(move || {
        if let Some(Some(scroller)) = scroller.try_get_untracked() {
            moves.try_update_value(|moves| *moves += 1);
            scroller.set_scroll_top(0);
        }
    });
}

#[cfg(not(feature = "hydrate"))]
const fn to_end(_: NodeRef<html::Div>, _: StoredValue<u32>) {}

/// Scrolls to the message that a link or a search result points to. Fetches it first if the page
/// does not hold it.
#[cfg(feature = "hydrate")]
fn watch_jumps(live: Live, reading: ReadTracker, room: RoomContext, moves: StoredValue<u32>) {
    use crate::components::overlay::Overlay;
    use leptos::reactive::spawn_local;
    let from_elsewhere = Overlay::expect().jump;
    Effect::new(move |_| {
        let called = from_elsewhere.get().filter(|(chat_id, _)| *chat_id == room.chat_id);
        let Some(seq) = called.map(|(_, seq)| seq).or(room.jump.get()) else { return };
        reading.depart();
        if called.is_some() {
            from_elsewhere.set(None);
        }
        room.jump.set(None);
        room.forget_unfetched();
        spawn_local(async move {
            let is_held =
                || live.peek_window(room.chat_id, |window| (window.first..=window.top).contains(&seq)) == Some(true);
            if !is_held() {
                fetch(live, room, PageOf::Around(seq)).await;
            }
            let key = live
                .peek_window(room.chat_id, |window| window.messages.get(&seq).map(|message| message.client_id))
                .flatten();
            let Some(client_id) = key else { return reading.arrive() };
            request_animation_frame(move || {
                moves.try_update_value(|moves| *moves += 1);
                show(&format!("m-{client_id}"));
                reading.arrive();
            });
        });
    });
}

#[cfg(feature = "hydrate")]
fn show(id: &str) {
    use wasm_bindgen::JsCast;
    let Some(element) = document().get_element_by_id(id) else { return };
    let options = web_sys::ScrollIntoViewOptions::new();
    // A tall message is shown from its beginning.
    let is_tall = element
        .closest(".history")
        .ok()
        .flatten()
        .is_some_and(|view| element.get_bounding_client_rect().height() > f64::from(view.client_height()));
    let block = if is_tall { web_sys::ScrollLogicalPosition::Start } else { web_sys::ScrollLogicalPosition::Center };
    options.set_block(block);
    element.scroll_into_view_with_scroll_into_view_options(&options);
    if let Some(element) = element.dyn_ref::<web_sys::HtmlElement>() {
        // The focus moves too, for users of screen readers.
        let _ = element.set_attribute("tabindex", "-1");
        let _ = element.focus();
    }
    for shown in [false, true] {
        let _ = element.class_list().toggle_with_force("pointed-at", shown);
    }
}

#[cfg(not(feature = "hydrate"))]
const fn watch_jumps(_: Live, _: ReadTracker, _: RoomContext, _: StoredValue<u32>) {}
