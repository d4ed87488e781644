//! Read tracking: a message counts as read when it was in view while the user was looking. Messages
//! after an unseen one do not count.

use crate::{
    i18n::td_string,
    live::{ChatState, Live},
    preferences::use_locale,
    protocol::{ChatId, Seq},
    room::context::RoomContext,
    takeover::pause,
};
use leptos::{html, prelude::*};

/// Tracks what is read in a room.
#[derive(Clone, Copy)]
pub struct ReadTracker {
    room: RoomContext,
    /// Whether the first unread message lies above the view.
    is_above: RwSignal<bool>,
    /// Counts the occasions to check the view.
    checks: RwSignal<u32>,
    /// How many jumps of the view are in progress.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser leads anywhere"))]
    leads: StoredValue<u32>,
}

/// The `seq` after the last read one, whether or not that message exists.
fn first_unread(live: Live, chat_id: ChatId) -> Option<Seq> {
    live.peek_chat(chat_id, seen).flatten().map(|(seen, _)| seen.next())
}

/// How far the user has read, and the first `seq` that the page holds.
fn seen(chat: &ChatState) -> Option<(Seq, Seq)> {
    let window = chat.window.as_ref()?;
    Some((chat.read(), window.first))
}

/// How many messages of a room the user has not read.
pub(super) fn unread(live: Live, chat_id: ChatId) -> Memo<i64> {
    Memo::new(move |_| live.chat(chat_id, ChatState::unread).unwrap_or(0))
}

impl ReadTracker {
    /// Starts tracking.
    pub(super) fn watch(live: Live, room: RoomContext, scroller: NodeRef<html::Div>) -> Self {
        let reading =
            Self { room, is_above: RwSignal::new(false), checks: RwSignal::new(0), leads: StoredValue::new(0) };
        imp::watch(reading, live, scroller);
        reading
    }

    /// Checks the view again, because something may have come into view.
    pub(super) fn check(self) {
        self.checks.try_update(|checks| *checks = checks.wrapping_add(1));
    }

    /// A jump begins: what is in view until `arrive` does not count as read.
    #[cfg(feature = "hydrate")]
    pub(super) fn depart(self) {
        self.leads.try_update_value(|leads| *leads += 1);
    }

    /// A jump has ended or failed.
    #[cfg(feature = "hydrate")]
    pub(super) fn arrive(self) {
        self.leads.try_update_value(|leads| *leads = leads.saturating_sub(1));
        self.check();
    }
}

/// Shows `UnreadBar` while unread messages lie above the view.
#[component]
pub(super) fn UnreadAbove(reading: ReadTracker) -> impl IntoView {
    pause();
    let live = Live::expect();
    let room = reading.room;
    let chat_id = room.chat_id;
    let unread = unread(live, chat_id);
    view! {
        <Show when=move || reading.is_above.get() && (unread.get() > 0)>
            <UnreadBar
                unread
                on_back=move || room.jump.set(first_unread(live, chat_id))
                on_read=move || mark_all(live, chat_id)
            />
        </Show>
    }
}

/// Says how many messages were skipped, and offers to go back or to mark them as read.
#[component]
pub fn UnreadBar(
    /// The number of skipped messages.
    #[prop(into)]
    unread: Signal<i64>,
    /// Leads back to the first of them.
    on_back: impl Fn() + 'static,
    /// Marks all of them as read.
    on_read: impl Fn() + 'static,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="unread-above" role="group" aria-label=td_string!(locale, new_messages)>
            <button type="button" class="button" on:click=move |_| on_back()>
                <span aria-hidden="true">"↑"</span>
                {move || match unread.get() {
                    1 => td_string!(locale, one_unread_above).to_string(),
                    count => td_string!(locale, count_unread_above, count = count.to_string()).to_string(),
                }}
            </button>
            <button type="button" class="button quiet" on:click=move |_| on_read()>
                {td_string!(locale, mark_read)}
            </button>
        </div>
    }
}

#[cfg(feature = "hydrate")]
fn mark_all(live: Live, chat_id: ChatId) {
    use wasm_bindgen::JsCast;
    if let Some(last) = live.peek_chat(chat_id, |chat| chat.counters.last_seq) {
        live.mark_read(chat_id, last);
    }
    // The button disappears, so the focus goes to the history.
    let history = document().query_selector(".history").ok().flatten();
    if let Some(history) = history.and_then(|history| history.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = history.focus();
    }
}

#[cfg(not(feature = "hydrate"))]
const fn mark_all(_: Live, _: ChatId) {}

#[cfg(feature = "hydrate")]
mod imp {
    use super::{ChatId, Live, ReadTracker, Seq, first_unread, seen};
    use crate::components::overlay::Overlay;
    use leptos::{ev, html, leptos_dom::helpers::window_event_listener, prelude::*};
    use web_sys::{DomRect, HtmlDivElement};

    /// How much of a message may lie outside the view, in pixels: its margin.
    const SLACK_PX: f64 = 8.0;
    /// A move of more than this between two frames, in heights of the view, is a jump: messages
    /// between do not count as read.
    const STEP: f64 = 1.0;
    /// The distance between the top of the view and the first unread message when a room opens, in
    /// pixels: it shows the end of the message before it.
    const ABOVE_PX: f64 = 72.0;
    /// How many frames to wait until a held message is drawn.
    const FRAMES_MAX: u8 = 60;

    /// The result of one check of the view.
    #[derive(Clone, Copy, Default)]
    struct View {
        /// The first unread message, and how far below the top of the view it began, in pixels. The
        /// scroll offset is no substitute: a message that is added below changes either that offset
        /// or what is in view, but not both.
        mark: Option<(Seq, f64)>,
        /// Whether no unread message lay above the view.
        is_unbroken: bool,
        /// Whether nothing was unread.
        is_caught_up: bool,
        /// The last drawn message: the view cannot have passed later ones.
        drawn: Seq,
        /// How many checks in a row found a message that was not drawn yet.
        waits: u8,
    }

    pub(super) fn watch(reading: ReadTracker, live: Live, scroller: NodeRef<html::Div>) {
        let listeners = [
            window_event_listener(ev::focus, move |_| reading.check()),
            window_event_listener(ev::blur, move |_| reading.check()),
        ];
        let others = (
            window_event_listener(ev::visibilitychange, move |_| reading.check()),
            window_event_listener(ev::resize, move |_| reading.check()),
        );
        on_cleanup(move || {
            for listener in listeners {
                listener.remove();
            }
            others.0.remove();
            others.1.remove();
        });
        let chat_id = reading.room.chat_id;
        let unread = Memo::new(move |_| {
            live.with(|state| {
                let chat = state.chats.get(&chat_id)?;
                let (seen, first) = seen(chat)?;
                let top = chat.window.as_ref()?.top;
                (seen < top).then_some((seen, first, top))
            })
        });
        let (is_opened, last) = (StoredValue::new(false), StoredValue::new(View::default()));
        let is_due = StoredValue::new(false);
        let from_elsewhere = Overlay::expect().jump;
        let is_led = move || {
            let is_called = from_elsewhere.with_untracked(|to| to.is_some_and(|(to, _)| to == chat_id));
            is_called || reading.room.jump.get_untracked().is_some() || reading.leads.get_value() > 0
        };
        Effect::new(move |_| {
            reading.checks.track();
            // `get`, not only `track`: a memo that is never read does not update.
            let is_unread = unread.get().is_some();
            if is_unread && document().hidden() && last.with_value(|last| last.is_caught_up) {
                // A hidden tab draws nothing, and a user who returns sees all new messages at once.
                reading.room.first_unread.set(first_unread(live, chat_id));
                last.update_value(|last| last.is_caught_up = false);
            }
            if scroller.get().is_none() || is_due.get_value() {
                return;
            }
            is_due.set_value(true);
            // After the browser has drawn the changes.
            request_animation_frame(move || {
                is_due.try_set_value(false);
                let Some(Some(scroller)) = scroller.try_get_untracked() else { return };
                let (Some(before), Some(was_opened)) = (last.try_get_value(), is_opened.try_get_value()) else {
                    return;
                };
                is_opened.set_value(true);
                if is_led() {
                    return;
                }
                if !was_opened {
                    open_at_unread(live, chat_id, &scroller);
                }
                last.set_value(check(reading, live, &scroller, before));
            });
        });
    }

    /// Whether the page holds a message, drawn or about to be.
    fn is_held(live: Live, chat_id: ChatId, seq: Seq) -> bool {
        live.peek_window(chat_id, |window| (window.first..=window.top).contains(&seq)).unwrap_or_default()
    }

    /// The rectangle of a message on the screen.
    fn rect_of(live: Live, chat_id: ChatId, seq: Seq) -> Option<DomRect> {
        let id = live.peek_window(chat_id, |window| {
            window.messages.get(&seq).filter(|_| seq <= window.top).map(|message| message.client_id)
        })??;
        Some(document().get_element_by_id(&format!("m-{id}"))?.get_bounding_client_rect())
    }

    /// Scrolls a room that opens to the first unread message, unless the message is in view at the
    /// end or the user has scrolled already.
    #[expect(clippy::cast_possible_truncation, reason = "a few pixels")]
    fn open_at_unread(live: Live, chat_id: ChatId, scroller: &HtmlDivElement) {
        if scroller.scroll_top() != 0 {
            return;
        }
        let Some(first) = first_unread(live, chat_id).and_then(|seq| rect_of(live, chat_id, seq)) else { return };
        let above = first.top() - ABOVE_PX - scroller.get_bounding_client_rect().top();
        if above < 0.0 {
            scroller.set_scroll_top(above.round() as i32);
        }
    }

    fn check(reading: ReadTracker, live: Live, scroller: &HtmlDivElement, last: View) -> View {
        let chat_id = reading.room.chat_id;
        let Some((seen, first_held)) = live.peek_chat(chat_id, seen).flatten() else { return last };
        let view = scroller.get_bounding_client_rect();
        let begins = |seq: Seq| Some(rect_of(live, chat_id, seq)?.top() - view.top());
        // Scrolling passes all messages between; a jump does not.
        let moved = last.mark.and_then(|(seq, before)| Some((begins(seq)? - before).abs()));
        let has_passed = last.is_unbroken && moved.is_some_and(|moved| moved <= STEP * view.height());
        let is_looking = !document().hidden() && document().has_focus().unwrap_or(false);
        let (mut to, mut is_above, mut is_left) = (seen, seen.next() < first_held, false);
        let mut waits = 0;
        while !is_above && is_held(live, chat_id, to.next()) {
            let Some(message) = rect_of(live, chat_id, to.next()) else {
                // The message is not drawn yet.
                waits = last.waits.saturating_add(1);
                if waits < FRAMES_MAX {
                    reading.check();
                }
                break;
            };
            // The beginning of the message must have been in view too.
            let is_begun = message.top() >= view.top() - SLACK_PX || (has_passed && to < last.drawn);
            is_above = !is_begun || (message.bottom() <= view.top() && !is_looking);
            if is_above || !is_looking || message.bottom() > view.bottom() + SLACK_PX {
                is_left = true;
                break;
            }
            to = to.next();
        }
        reading.is_above.set(is_above);
        // If everything was read, messages that come while the user is not looking begin under a
        // line of their own.
        if is_left && last.is_caught_up && to > Seq(0) {
            reading.room.first_unread.set(Some(to.next()));
        }
        if to > seen {
            live.mark_read(chat_id, to);
        }
        let is_caught_up = !is_above && !is_held(live, chat_id, to.next());
        let window = live.peek_window(chat_id, |window| window.top);
        let drawn = if waits == 0 { window.unwrap_or_default() } else { to };
        let mark = begins(to.next()).map(|top| (to.next(), top));
        View { mark, is_unbroken: !is_above, is_caught_up, drawn, waits }
    }
}

#[cfg(not(feature = "hydrate"))]
mod imp {
    use super::{Live, ReadTracker};
    use leptos::prelude::NodeRef;

    pub(super) const fn watch<E: leptos::html::ElementType>(_: ReadTracker, _: Live, _: NodeRef<E>) {}
}
