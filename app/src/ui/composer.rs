//! Where a message is written. A plain form that posts; script sends over the socket instead.

use super::problem::problem_text;
use crate::{
    api::message::SendMessage,
    i18n::{t_string, use_i18n},
    live::Live,
    protocol::{CONTENT_MAX_CHARS, ChatId, ClientId},
};
use leptos::{ev, html, prelude::*};
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
pub fn Composer(
    /// Where the message goes.
    chat_id: ChatId,
) -> impl IntoView {
    let i18n = use_i18n();
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
        if let Some(field) = field.get() {
            take_draft(&field, live.draft(chat_id), room);
        }
    });
    let submit = move || {
        if let Some(field) = field.get_untracked() {
            send(live, chat_id, &field);
            room.set(Room::Plenty);
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
        }
    };
    view! {
        <form class="composer" method="post" action=SendMessage::url() on:submit=on_submit>
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
                        live.keep_draft(chat_id, text);
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
                {move || match (room.get(), problem.get()) {
                    (Room::Left(count), _) => {
                        t_string!(i18n, characters_left, count = count.to_string()).to_string()
                    }
                    (Room::TooLongBy(count), _) => {
                        t_string!(i18n, too_long_by, count = count.to_string()).to_string()
                    }
                    (Room::Plenty, Some(problem)) => problem_text(i18n, &problem),
                    (Room::Plenty, None) => String::new(),
                }}
            </p>
        </form>
    }
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
fn send(live: Live, chat_id: ChatId, field: &web_sys::HtmlTextAreaElement) {
    let content = field.value();
    if content.trim().is_empty() || matches!(room_for(&content), Room::TooLongBy(_)) {
        // The note says why; the text stays.
        let _ = field.focus();
        return;
    }
    live.send(chat_id, content);
    // Taken over by the live state: only now may the field let go of it.
    field.set_value("");
    live.keep_draft(chat_id, String::new());
    let _ = field.focus();
}

#[cfg(not(feature = "hydrate"))]
fn send<T>(_: Live, _: ChatId, _: &T) {}

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
