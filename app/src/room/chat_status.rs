//! The bar between the messages and the composer: it shows the chat status. In a chat where the
//! viewer may not write, it takes the place of the composer and says why.

use crate::{
    components::{clock::Clock, problem::problem_text},
    directory::availability::{back_text, usually_text},
    i18n::{Locale, td_string},
    live::Live,
    preferences::use_locale,
    protocol::{Awaiting, BlockedBy, ChatAction, ChatId, ChatStatus, Closed, Problem, Role, Seq, Timestamp},
    room::{composer::Composer, context::RoomContext, emergency::NotForEmergencies, menu::chat_status, type_ahead},
    takeover::pause,
};
use leptos::prelude::*;
use leptos_router::components::A;

/// Shows the chat status, and the composer if the viewer may write.
#[component]
pub fn ChatStatusBar() -> impl IntoView {
    pause();
    let locale = use_locale();
    let (live, room) = (Live::expect(), RoomContext::expect());
    let chat_id = room.chat_id;
    let status = Memo::new(move |_| chat_status(live, chat_id));
    let act = Action::new_local(move |act: &ChatAction| {
        let act = act.clone();
        async move { live.act(chat_id, act).await }
    });
    keep_focus(act);
    let clock = Clock::expect();
    let may_write = Memo::new(move |_| status.with(ChatStatus::may_write));
    // An effect that was already due runs once more after its part of the page was removed, hence
    // `try_get`.
    type_ahead::end_for(chat_id, move || may_write.try_get() == Some(false));
    view! {
        <p class="status-problem" role="status">
            {move || problem(act).map(|problem| problem_text(locale, &problem))}
        </p>
        // The element exists before it has text, so that screen readers announce the text.
        <div role="status" class="chat-status">
            <Show
                when=move || may_write.get()
                fallback=move || {
                    view! {
                        <div class="ended">
                            {move || ended(&status.get(), act, room, (clock, locale))}
                        </div>
                    }
                }
            >
                {match room.own_role {
                    Role::Doctor => view! { <DoctorLine status act /> }.into_any(),
                    Role::Patient | Role::Admin => view! { <PatientLine status /> }.into_any(),
                }}
            </Show>
        </div>
        <Show when=move || may_write.get()>
            <Composer />
        </Show>
    }
}

/// Moves the focus after an action: the pressed button disappears, so the focus goes to the element
/// that replaces it.
#[cfg(feature = "hydrate")]
fn keep_focus(act: Action<ChatAction, Result<(), Problem>>) {
    use wasm_bindgen::JsCast;
    Effect::new(move |_| {
        if !act.value().with(|value| matches!(value, Some(Ok(())))) {
            return;
        }
        request_animation_frame(|| {
            let is_nowhere = document().active_element().is_none_or(|active| active.tag_name() == "BODY");
            let next = document().query_selector(".chat-status button, #message").ok().flatten();
            let next = next.filter(|_| is_nowhere).and_then(|next| next.dyn_into::<web_sys::HtmlElement>().ok());
            if let Some(next) = next {
                let _ = next.focus();
            }
        });
    });
}

#[cfg(not(feature = "hydrate"))]
const fn keep_focus(_: Action<ChatAction, Result<(), Problem>>) {}

fn problem(act: Action<ChatAction, Result<(), Problem>>) -> Option<Problem> {
    act.value().with(|value| value.as_ref().and_then(|value| value.as_ref().err().cloned()))
}

/// Says why the viewer cannot write in the chat, and offers a way out.
fn ended(
    status: &ChatStatus,
    act: Action<ChatAction, Result<(), Problem>>,
    room: RoomContext,
    (clock, locale): (Clock, Locale),
) -> AnyView {
    let button = move |words: &'static str, what: ChatAction| {
        view! {
            <button type="button" class="button needs-script" on:click=move |_| {
                act.dispatch(what.clone());
            }>{words}</button>
        }
    };
    if status.is_peer_disabled {
        return nobody_there(status, room, (clock, locale)).into_any();
    }
    match (status.blocked, &status.closed) {
        (Some(BlockedBy::Me), _) => {
            let words = td_string!(locale, blocked_by_you, name = room.peer_name.get_value()).to_string();
            view! {
                <p>{words}</p>
                {button(td_string!(locale, unblock), ChatAction::Unblock {})}
            }
            .into_any()
        }
        (Some(BlockedBy::Peer), _) => view! { <p>{td_string!(locale, blocked_by_peer)}</p> }.into_any(),
        (None, Some(closed)) => {
            let Closed { at, reason, may_reopen, is_by_clinic } = closed.clone();
            let is_doctor = room.own_role == Role::Doctor;
            let words = move || {
                let time = clock.exact(at, locale);
                if is_by_clinic {
                    td_string!(locale, closed_by_clinic, time = time).to_string()
                } else if is_doctor {
                    td_string!(locale, closed_by_you, time = time).to_string()
                } else {
                    td_string!(locale, closed_by_doctor, name = room.peer_name.get_value(), time = time).to_string()
                }
            };
            view! {
                <p>{words}</p>
                {closing_reason(reason, locale)}
                {may_reopen.then(|| button(td_string!(locale, reopen), ChatAction::Reopen {}))}
                {(!is_doctor && !may_reopen).then(|| other_way(locale))}
            }
            .into_any()
        }
        (None, None) => ().into_any(),
    }
}

/// Says that the peer's account is disabled, so that messages here are not read. A patient also
/// gets a link to other doctors.
fn nobody_there(status: &ChatStatus, room: RoomContext, (clock, locale): (Clock, Locale)) -> impl IntoView + use<> {
    let is_doctor = room.own_role == Role::Doctor;
    let name = room.peer_name.get_value();
    let words = if is_doctor {
        td_string!(locale, patient_gone, name = name).to_string()
    } else {
        td_string!(locale, doctor_gone, name = name).to_string()
    };
    let closed = status.closed.clone().map(|Closed { at, reason, .. }| {
        let words = move || td_string!(locale, closed_on, time = clock.exact(at, locale)).to_string();
        view! {
            <p>{words}</p>
            {closing_reason(reason, locale)}
        }
    });
    view! {
        <p>{words}</p>
        {closed}
        {(!is_doctor)
            .then(|| {
                view! {
                    {other_way(locale)}
                    <NotForEmergencies />
                }
            })}
    }
}

fn closing_reason(reason: String, locale: Locale) -> Option<impl IntoView + use<>> {
    let reason = (!reason.is_empty()).then(|| td_string!(locale, closed_reason, reason = reason).to_string());
    reason.map(|reason| view! { <p dir="auto">{reason}</p> })
}

/// A patient's link from a chat that is over to the directory.
fn other_way(locale: Locale) -> impl IntoView + use<> {
    view! {
        <p>{td_string!(locale, closed_other_way)}</p>
        <A href=Role::Patient.home() attr:class="button small">
            {td_string!(locale, to_doctors)}
        </A>
    }
}

/// Shows the doctor that the patient waits, and a button for "no reply is needed".
#[component]
fn DoctorLine(status: Memo<ChatStatus>, act: Action<ChatAction, Result<(), Problem>>) -> impl IntoView {
    pause();
    let locale = use_locale();
    let (live, room, clock) = (Live::expect(), RoomContext::expect(), Clock::expect());
    let awaiting = Memo::new(move |_| status.with(|status| status.brief.awaiting));
    let last_seq = move || live.peek_chat(room.chat_id, |chat| chat.counters.last_seq).unwrap_or(Seq(0));
    let done = move || {
        if awaiting.get_untracked() != Awaiting::Nobody && last_seq() > Seq(0) {
            act.dispatch(ChatAction::Done { seq: last_seq() });
        }
    };
    on_single_key("e", room.chat_id, done);
    move || match awaiting.get() {
        Awaiting::Doctor => {
            let wait = status.with(|status| status.waiting_since.map(|since| (since, status.overdue_at)));
            let words = wait.map(|(since, due)| {
                let is_overdue = due.is_some_and(|due| clock.has_passed(due));
                let words = td_string!(locale, waits_since, time = moment(clock, since, locale)).to_string();
                view! {
                    <span>
                        {is_overdue.then(|| view! { <span class="tag overdue">{td_string!(locale, overdue)}</span> " " })}
                        {words}
                    </span>
                }
            });
            view! {
                <div class="status-line">
                    {words}
                    <button type="button" class="button quiet small needs-script" on:click=move |_| done()>
                        {td_string!(locale, no_reply_needed)}
                    </button>
                </div>
            }
            .into_any()
        }
        Awaiting::Nobody => view! {
            <div class="status-line">
                <span>{td_string!(locale, marked_done)}</span>
                <button
                    type="button"
                    class="button quiet small needs-script"
                    on:click=move |_| {
                        act.dispatch(ChatAction::NotDone {});
                    }
                >
                    {td_string!(locale, undo)}
                </button>
            </div>
        }
        .into_any(),
        Awaiting::Patient => ().into_any(),
    }
}

/// Shows the patient the state of their question: only what is known, for example that the doctor
/// has opened it.
#[component]
fn PatientLine(status: Memo<ChatStatus>) -> impl IntoView {
    pause();
    let locale = use_locale();
    let (live, room, clock) = (Live::expect(), RoomContext::expect(), Clock::expect());
    // When the doctor opened the newest of the waiting messages.
    let opened = Memo::new(move |_| {
        live.chat(room.chat_id, |chat| {
            let counters = &chat.counters;
            counters.peer_read_at.filter(|_| counters.peer_read_seq >= counters.last_seq)
        })
        .flatten()
    });
    move || {
        let since = status.with(|status| status.waiting_since)?;
        let name = room.peer_name.get_value();
        let mut parts = vec![
            td_string!(locale, in_inbox_since, name = name, time = moment(clock, since, locale)).to_string(),
            match opened.get() {
                Some(at) => td_string!(locale, opened_at, time = moment(clock, at, locale)).to_string(),
                None => td_string!(locale, not_opened).to_string(),
            },
        ];
        let known = live.chat(room.chat_id, |chat| chat.chat.as_ref()?.peer.availability.clone()).flatten();
        if let Some(known) = known {
            parts.extend(usually_text(locale, &known));
            parts.extend(back_text(locale, clock, &known));
        }
        Some(view! {
            <p class="status-line">
                {parts.join(" · ")}
            </p>
        })
    }
}

fn moment(clock: Clock, moment: Timestamp, locale: Locale) -> String {
    clock.short(moment, locale).unwrap_or_else(|| td_string!(locale, yesterday_within).to_string())
}

/// Runs `act` when a doctor presses `key` without a modifier in the chat that is on the screen. The
/// check is needed because the old page part lives until the next one is ready.
#[cfg(feature = "hydrate")]
fn on_single_key(key: &'static str, chat_id: ChatId, act: impl Fn() + 'static) {
    use crate::{
        chats::list::rows::room_path,
        components::{overlay::Overlay, single_key::is_single_key},
    };
    use leptos::{ev, leptos_dom::helpers::window_event_listener};
    use leptos_router::hooks::use_location;
    let (open, path) = (Overlay::expect().open, use_location().pathname);
    let own_path = room_path(Role::Doctor, chat_id);
    let listener = window_event_listener(ev::keydown, move |event| {
        let is_key = event.key().eq_ignore_ascii_case(key) && !event.shift_key();
        let is_covered = open.get_untracked().is_some();
        // The router's path, because the address bar changes only when the next page is ready.
        let is_on_screen = || path.try_get_untracked().is_some_and(|path| path.trim_end_matches('/') == own_path);
        if is_key && !is_covered && is_single_key(&event) && is_on_screen() {
            event.prevent_default();
            act();
        }
    });
    on_cleanup(move || listener.remove());
}

#[cfg(not(feature = "hydrate"))]
fn on_single_key(_: &'static str, _: ChatId, _: impl Fn() + 'static) {}
