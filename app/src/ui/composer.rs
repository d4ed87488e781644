//! Where a message is written. A plain form that posts; script sends over the socket instead.

use super::{
    message_list::quote::{Quoted, quoted},
    problem::problem_text,
    remembered::remembered,
    room_context::{Purpose, RoomContext},
};
use crate::{
    api::message::SendMessage,
    i18n::{Locale, t_string, use_i18n},
    live::Live,
    protocol::{CONTENT_MAX_CHARS, ChatId, ClientId, Problem, Seq},
};
use leptos::{ev, html, prelude::*};
use leptos_i18n::I18nContext;
use server_fn::ServerFn;

/// The limit is shown when fewer characters than this are left.
const SHOW_LIMIT_BELOW: usize = 500;

/// How the text stands against the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    Plenty,
    Left(usize),
    TooLongBy(usize),
}

fn room_for(text: &str) -> Room {
    let length = text.chars().count();
    match CONTENT_MAX_CHARS.checked_sub(length) {
        None => Room::TooLongBy(length - CONTENT_MAX_CHARS),
        Some(left) if left < SHOW_LIMIT_BELOW => Room::Left(left),
        Some(_) => Room::Plenty,
    }
}

/// The form at the bottom of a room.
#[component]
pub fn Composer() -> impl IntoView {
    let i18n = use_i18n();
    let context = RoomContext::expect();
    let (chat_id, purpose) = (context.chat_id, context.purpose);
    let field = NodeRef::<html::Textarea>::new();
    let room = RwSignal::new(Room::Plenty);
    // A plain post that failed comes back with its problem in the address.
    let action = ServerAction::<SendMessage>::new();
    let problem =
        Memo::new(move |_| action.value().with(|value| value.as_ref().and_then(|value| value.as_ref().err().cloned())));
    // Made anew with each page, so that a form posted twice stores one message.
    let client_id = ClientId::new_v4().to_string();
    let live = Live::expect();
    Effect::new(move |_| {
        // What was typed here before another chat was opened, the page was loaded anew, or in another tab.
        let draft = live.draft(chat_id);
        let is_correcting = matches!(purpose.get_untracked(), Purpose::Correct(_));
        if let Some(field) = field.get().filter(|_| !is_correcting) {
            take_draft(&field, draft, room);
        }
    });
    Effect::new(move |before: Option<Purpose>| {
        let now = purpose.get();
        if let (Some(before), Some(field)) = (before.filter(|before| *before != now), field.get()) {
            take_up(live, chat_id, &field, (before, now));
            room.set(room_for(&field_text(&field)));
        }
        now
    });
    let submit = move || {
        if let Some(field) = field.get_untracked()
            && send(live, chat_id, &field, purpose.get_untracked())
        {
            room.set(Room::Plenty);
            purpose.set(Purpose::New);
        }
    };
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        submit();
    };
    let on_keydown = move |event: ev::KeyboardEvent| {
        // While an input method composes, Enter picks a word.
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() && enter_sends() {
            event.prevent_default();
            submit();
        } else if event.key() == "Escape" && purpose.get_untracked() != Purpose::New {
            event.stop_propagation();
            purpose.set(Purpose::New);
        } else if event.key() == "ArrowUp" && event_target_value(&event).is_empty() {
            // The last own message, to be put right.
            if let Some(seq) = last_own(live, chat_id) {
                event.prevent_default();
                purpose.set(Purpose::Correct(seq));
            }
        }
    };
    view! {
        <form class="composer" method="post" action=SendMessage::url() on:submit=on_submit>
            <About context />
            <input type="hidden" name="chat" value=chat_id.to_string() />
            <input type="hidden" name="client_id" value=client_id autocomplete="off" />
            <div class="composer-field">
                <label class="visually-hidden" for="message">
                    {move || t_string!(i18n, message)}
                </label>
                <textarea
                    id="message"
                    name="content"
                    rows="1"
                    required
                    autocomplete="off"
                    dir="auto"
                    node_ref=field
                    placeholder=move || t_string!(i18n, message_hint)
                    aria-describedby="composer-note"
                    on:input=move |event| {
                        let text = event_target_value(&event);
                        room.set(room_for(&text));
                        if !text.trim().is_empty() {
                            tell_typing(live, chat_id);
                        }
                        if !matches!(purpose.get_untracked(), Purpose::Correct(_)) {
                            live.keep_draft(chat_id, text);
                        }
                    }
                    on:keydown=on_keydown
                ></textarea>
                <button type="submit" class="button primary send" aria-label=move || t_string!(i18n, send)>
                    <svg viewBox="0 0 24 24" aria-hidden="true">
                        <path d="M4 12 20 4l-5 16-3.500-6.500L4 12Zm7.500 1.500L20 4" />
                    </svg>
                </button>
            </div>
            <p class="composer-note" id="composer-note" role="status">
                {move || note(i18n, room.get(), problem.get())}
            </p>
        </form>
    }
}

/// What is said below the field: how much room is left, or what was wrong.
fn note(i18n: I18nContext<Locale>, room: Room, problem: Option<Problem>) -> String {
    match (room, problem) {
        (Room::Left(count), _) => t_string!(i18n, characters_left, count = count.to_string()).to_string(),
        (Room::TooLongBy(count), _) => t_string!(i18n, too_long_by, count = count.to_string()).to_string(),
        (Room::Plenty, Some(problem)) => problem_text(i18n, &problem),
        (Room::Plenty, None) => String::new(),
    }
}

/// What is being answered or put right, with a way out.
#[component]
fn About(context: RoomContext) -> impl IntoView {
    let i18n = use_i18n();
    let live = Live::expect();
    let (chat_id, purpose) = (context.chat_id, context.purpose);
    let about = remembered(move || match purpose.get() {
        Purpose::New => None,
        Purpose::Reply(seq) => Some((false, quoted(live, chat_id, seq))),
        Purpose::Correct(seq) => Some((true, quoted(live, chat_id, seq))),
    });
    move || {
        about.get().map(|(is_correction, quoted)| {
            let (text, is_own) = match quoted {
                Quoted::Text { excerpt, is_own } => (excerpt, is_own),
                Quoted::Unknown | Quoted::Gone => (String::new(), false),
            };
            view! {
                <div class="composer-about">
                    <p>
                        <strong>
                            {move || {
                                if is_correction {
                                    t_string!(i18n, correcting).to_string()
                                } else {
                                    let name = context.peer_name.get_value();
                                    let name = if is_own { t_string!(i18n, you).to_string() } else { name };
                                    t_string!(i18n, replying_to, name = name).to_string()
                                }
                            }}
                        </strong>
                        <span dir="auto">{text}</span>
                    </p>
                    <button
                        type="button"
                        class="icon-button"
                        aria-label=move || t_string!(i18n, cancel)
                        on:click=move |_| purpose.set(Purpose::New)
                    >
                        <svg viewBox="0 0 24 24" aria-hidden="true">
                            <path d="M6 6l12 12M18 6 6 18" />
                        </svg>
                    </button>
                </div>
            }
        })
    }
}

/// The newest own message that stands.
fn last_own(live: Live, chat_id: ChatId) -> Option<Seq> {
    live.peek(|state| {
        let window = state.chats.get(&chat_id)?.window.as_ref()?;
        let own = window.messages.values().rev().filter(|message| message.sender_id == state.viewer);
        own.filter(|message| message.retracted.is_none()).map(|message| message.seq).next()
    })
}

/// Another purpose: a correction begins with the text as it was, and what was being written waits meanwhile.
#[cfg(feature = "hydrate")]
fn take_up(live: Live, chat_id: ChatId, field: &web_sys::HtmlTextAreaElement, (before, now): (Purpose, Purpose)) {
    if let Purpose::Correct(seq) = now {
        let text = live.peek(|state| state.chats.get(&chat_id)?.message(seq).map(|message| message.content.clone()));
        field.set_value(&text.unwrap_or_default());
    } else if matches!(before, Purpose::Correct(_)) {
        field.set_value(&live.draft(chat_id).unwrap_or_default());
    }
    let _ = field.focus();
}

#[cfg(not(feature = "hydrate"))]
const fn take_up<T>(_: Live, _: ChatId, _: &T, _: (Purpose, Purpose)) {}

#[cfg(feature = "hydrate")]
fn field_text(field: &web_sys::HtmlTextAreaElement) -> String {
    field.value()
}

#[cfg(not(feature = "hydrate"))]
const fn field_text<T>(_: &T) -> String {
    String::new()
}

/// Puts a draft into the field, unless somebody is writing in it.
#[cfg(feature = "hydrate")]
fn take_draft(field: &web_sys::HtmlTextAreaElement, draft: Option<String>, room: RwSignal<Room>) {
    let is_writing = document().active_element().is_some_and(|active| active.is_same_node(Some(field)));
    if is_writing && document().has_focus().unwrap_or(false) && !field.value().is_empty() {
        return;
    }
    // What was typed before the page came alive stays.
    let draft = draft.unwrap_or_else(|| if is_writing { field.value() } else { String::new() });
    room.set(room_for(&draft));
    field.set_value(&draft);
}

#[cfg(not(feature = "hydrate"))]
fn take_draft<T>(_: &T, _: Option<String>, _: RwSignal<Room>) {}

#[cfg(feature = "hydrate")]
fn tell_typing(live: Live, chat_id: ChatId) {
    live.typing(chat_id);
}

#[cfg(not(feature = "hydrate"))]
const fn tell_typing(_: Live, _: ChatId) {}

/// Hands the field's text over; whether there was anything to hand over.
#[cfg(feature = "hydrate")]
fn send(live: Live, chat_id: ChatId, field: &web_sys::HtmlTextAreaElement, purpose: Purpose) -> bool {
    use crate::live::About;
    let content = field.value();
    let _ = field.focus();
    if content.trim().is_empty() || matches!(room_for(&content), Room::TooLongBy(_)) {
        // The note says why; the text stays.
        return false;
    }
    let about = match purpose {
        Purpose::New => About::default(),
        Purpose::Reply(seq) => About { reply_to: Some(seq), ..About::default() },
        Purpose::Correct(seq) => About { corrects: Some(seq), ..About::default() },
    };
    live.send(chat_id, content, about);
    // Taken over by the live state: only now may the field let go of it. What was being written before a correction
    // comes back.
    if about.corrects.is_none() {
        field.set_value("");
        live.keep_draft(chat_id, String::new());
    }
    true
}

#[cfg(not(feature = "hydrate"))]
const fn send<T>(_: Live, _: ChatId, _: &T, _: Purpose) -> bool {
    false
}

/// On a keyboard Enter sends; on a touch screen, where there is no Shift+Enter, it breaks the line.
#[cfg(feature = "hydrate")]
fn enter_sends() -> bool {
    let fine = window().match_media("(hover: hover) and (pointer: fine)");
    fine.ok().flatten().is_some_and(|query| query.matches())
}

#[cfg(not(feature = "hydrate"))]
const fn enter_sends() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::{Room, room_for};

    #[test]
    fn the_limit_shows_near_its_end_and_counts_characters() {
        assert_eq!(room_for("hello"), Room::Plenty);
        assert_eq!(room_for(&"é".repeat(9_800)), Room::Left(200));
        assert_eq!(room_for(&"🦤".repeat(10_000)), Room::Left(0));
        assert_eq!(room_for(&"a".repeat(10_003)), Room::TooLongBy(3));
    }
}
