//! The composer. Without JavaScript it is a plain form that posts; with JavaScript it sends over
//! the socket.

pub(super) mod field;
pub mod reference;

use crate::{
    components::{composition::is_composing, overlay::Overlay, problem::problem_text},
    i18n::{Locale, td_string},
    live::{self, Live},
    preferences::use_locale,
    protocol::{CONTENT_MAX_CHARS, ClientId, Problem, Role},
    room::{
        context::{Purpose, RoomContext},
        emergency::{Alarm, EmergencyPanel, NotForEmergencies},
        saved_replies::{Picker, Pressed, SavedReplyList, inserted},
        server_fns::SendMessage,
    },
    takeover::pause,
};
use field::{enter_sends, field_text, focus, is_left, put_in, send, send_typing, take_draft, take_over};
use leptos::{ev, html, prelude::*};
use reference::{MessageReference, last_own, take_up};
use server_fn::ServerFn;

/// The composer shows the limit when fewer characters than this are left.
const SHOW_LIMIT_BELOW: usize = 500;

/// How the length of the text compares with the limit.
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

/// The signals of one room's composer.
#[derive(Clone, Copy)]
struct Writing {
    context: RoomContext,
    live: Live,
    field: NodeRef<html::Textarea>,
    room: RwSignal<Room>,
    /// The doctor's list of saved replies; `None` for patients.
    picker: Option<Picker>,
    /// Shows a patient whom to call before they send what may be an emergency; `None` for doctors.
    alarm: Option<Alarm>,
}

impl Writing {
    fn begin() -> Self {
        let context = RoomContext::expect();
        let (field, room) = (NodeRef::new(), RwSignal::new(Room::Plenty));
        let picker = (context.own_role == Role::Doctor).then(Picker::closed);
        let writing = Self { context, live: Live::expect(), field, room, picker, alarm: Alarm::find() };
        writing.follow();
        writing
    }

    /// Starts the effects that load drafts and follow changes of the purpose.
    fn follow(self) {
        let Self { context, live, field, room, alarm, .. } = self;
        let (chat_id, purpose) = (context.chat_id, context.purpose);
        // When the field was removed (the chat was closed), a correction in progress ended too.
        if purpose.get_untracked() != Purpose::New {
            purpose.set(Purpose::New);
        }
        Effect::new(move |was_here: Option<bool>| {
            // The draft: typed before another chat was opened, before a reload, or in another tab.
            let draft = live.draft(chat_id);
            let is_correcting = matches!(purpose.get_untracked(), Purpose::Correct(_));
            let Some(field) = field.get() else { return false };
            let typed_before = field_text(&field);
            if was_here != Some(true) && draft.is_none() && !typed_before.is_empty() {
                // Text that was typed before hydration stays.
                room.set(room_for(&typed_before));
                live.keep_draft(chat_id, typed_before);
            } else if !is_correcting {
                take_draft(&field, draft, room);
            }
            true
        });
        if let Some(overlay) = use_context::<Overlay>() {
            Effect::new(move |_| {
                if overlay.chosen.get() == Some(chat_id) && field.try_get().flatten().is_some() {
                    let keeps_text = move || matches!(purpose.get_untracked(), Purpose::Correct(_));
                    take_over(overlay, chat_id, field, move |field| {
                        let draft = untrack(|| live.draft(chat_id)).filter(|_| !keeps_text());
                        put_in(field, &draft.unwrap_or_else(|| field_text(field)));
                        room.set(room_for(&field_text(field)));
                    });
                }
            });
        }
        // The phrases must be loaded before the user sends.
        Effect::new(move |_| {
            if let Some(alarm) = alarm {
                alarm.prepare();
            }
        });
        Effect::new(move |before: Option<Purpose>| {
            let now = purpose.get();
            if let (Some(before), Some(field)) = (before.filter(|before| *before != now), field.get()) {
                take_up(live, chat_id, &field, before, now);
                room.set(room_for(&field_text(&field)));
                if let Some(alarm) = alarm {
                    alarm.lower();
                }
            }
            now
        });
    }

    fn text(self) -> String {
        self.field.get_untracked().map(|field| field_text(&field)).unwrap_or_default()
    }

    /// Handles a change of the text.
    fn typed(self, text: String) {
        self.room.set(room_for(&text));
        if let Some(alarm) = self.alarm {
            alarm.lower();
            alarm.prepare();
        }
        if !text.trim().is_empty() {
            send_typing(self.live, self.context.chat_id);
        }
        if !matches!(self.context.purpose.get_untracked(), Purpose::Correct(_)) {
            self.live.keep_draft(self.context.chat_id, text);
        }
    }

    /// Sends the text, unless the alarm holds it back as a possible emergency.
    fn submit(self) {
        let text = self.text();
        let is_held = is_sendable(&text) && self.alarm.is_some_and(|alarm| alarm.hold(&text));
        if !is_held {
            self.deliver(live::MessageOptions::default());
        }
    }

    /// Sends the text without asking the alarm.
    fn deliver(self, about: live::MessageOptions) {
        let Self { context: RoomContext { chat_id, purpose, .. }, live, field, room, .. } = self;
        if let Some(field) = field.get_untracked()
            && send(live, chat_id, &field, purpose.get_untracked().about(about))
        {
            room.set(Room::Plenty);
            purpose.set(Purpose::New);
        }
    }

    /// Puts a saved reply into the field.
    fn insert(self, reply: &str) {
        if let Some((picker, field)) = self.picker.zip(self.field.get_untracked()) {
            let text = self.context.peer_name.with_value(|name| inserted(&field_text(&field), reply, name));
            put_in(&field, &text);
            picker.close();
            self.typed(text);
        }
    }

    fn press(self, event: &ev::KeyboardEvent) {
        if is_composing(event) {
            return;
        }
        let purpose = self.context.purpose;
        if let Some(picker) = self.picker.filter(|_| !event.shift_key()) {
            match picker.press(&event.key()) {
                Pressed::Elsewhere => {}
                Pressed::Taken => {
                    event.prevent_default();
                    event.stop_propagation();
                    return;
                }
                Pressed::Insert(reply) => {
                    event.prevent_default();
                    self.insert(&reply);
                    return;
                }
            }
        }
        if event.key() == "Enter" && !event.shift_key() && enter_sends() {
            event.prevent_default();
            self.submit();
        } else if event.key() == "Escape" && purpose.get_untracked() != Purpose::New {
            event.stop_propagation();
            purpose.set(Purpose::New);
        } else if event.key() == "ArrowUp" && event_target_value(event).is_empty() {
            // Arrow up in an empty field starts a correction of the user's last message.
            if let Some(seq) = last_own(self.live, self.context) {
                event.prevent_default();
                purpose.set(Purpose::Correct(seq));
            }
        }
    }
}

/// The form at the bottom of a room.
#[component]
pub fn Composer() -> impl IntoView {
    pause();
    let locale = use_locale();
    let writing = Writing::begin();
    let Writing { context, field, room, picker, alarm, .. } = writing;
    // A failed post without JavaScript returns to the room with its problem in the address.
    let action = ServerAction::<SendMessage>::new();
    let problem =
        Memo::new(move |_| action.value().with(|value| value.as_ref().and_then(|value| value.as_ref().err().cloned())));
    // A new id for each rendered page, so that a form that is posted twice stores one message.
    let client_id = ClientId::new_v4().to_string();
    view! {
        <form
            class="composer"
            method="post"
            // With JavaScript, browser validation is off: otherwise a second press asks the user to
            // fill in the field whose text was just sent.
            prop:noValidate=true
            action=SendMessage::url()
            on:submit=move |event: ev::SubmitEvent| {
                event.prevent_default();
                writing.submit();
            }
            on:focusout=move |event| {
                if let Some(picker) = picker.filter(|_| is_left(&event)) {
                    picker.hide();
                }
            }
        >
            <Above writing />
            {alarm.map(|_| view! { <NotForEmergencies /> })}
            <MessageReference context />
            <input type="hidden" name="chat" value=context.chat_id.to_string() />
            <input type="hidden" name="client_id" value=client_id autocomplete="off" />
            <div class="composer-field">
                {picker.map(|picker| view! { <SavedRepliesButton writing picker /> })}
                <label class="visually-hidden" for="message">
                    {td_string!(locale, message)}
                </label>
                <textarea
                    id="message"
                    name="content"
                    rows="1"
                    required
                    autocomplete="off"
                    dir="auto"
                    node_ref=field
                    placeholder=td_string!(locale, message_hint)
                    aria-describedby="composer-note"
                    aria-autocomplete=picker.map(|_| "list")
                    aria-controls=move || picker.and_then(Picker::controls)
                    aria-activedescendant=move || picker.and_then(Picker::active)
                    on:focus=move |_| {
                        if let Some(alarm) = alarm {
                            alarm.prepare();
                        }
                    }
                    on:input=move |event| {
                        let text = event_target_value(&event);
                        if let Some(picker) = picker {
                            picker.follow(&text);
                        }
                        writing.typed(text);
                    }
                    on:keydown=move |event| writing.press(&event)
                ></textarea>
                <button
                    type="submit"
                    class="button primary send"
                    aria-label=td_string!(locale, send)
                    // Keeps the focus in the field, so that a phone keeps its keyboard open.
                    on:mousedown=|event: ev::MouseEvent| event.prevent_default()
                >
                    <svg viewBox="0 0 24 24" aria-hidden="true">
                        <path d="M4 12 20 4l-5 16-3.500-6.500L4 12Zm7.500 1.500L20 4" />
                    </svg>
                </button>
            </div>
            <p
                class="composer-note"
                class:too-long=move || matches!(room.get(), Room::TooLongBy(_))
                id="composer-note"
                role="status"
            >
                {move || note(locale, room.get(), problem.get())}
            </p>
        </form>
    }
}

/// What appears above the field: the emergency panel, or the list of saved replies.
#[component]
fn Above(writing: Writing) -> impl IntoView {
    pause();
    let Writing { field, picker, alarm, .. } = writing;
    let emergency = alarm.map(|alarm| {
        let send = Callback::new(move |()| {
            alarm.lower();
            writing.deliver(live::MessageOptions { is_urgent: true, ..live::MessageOptions::default() });
        });
        let edit = Callback::new(move |()| {
            alarm.lower();
            focus(field);
        });
        view! { <EmergencyPanel alarm send edit /> }
    });
    let replies = picker.map(|picker| {
        let insert = Callback::new(move |reply: String| writing.insert(&reply));
        view! { <SavedReplyList picker insert patient=writing.context.peer_name /> }
    });
    view! {
        {emergency}
        {replies}
    }
}

/// The button that opens the list of saved replies. It needs JavaScript.
#[component]
fn SavedRepliesButton(writing: Writing, picker: Picker) -> impl IntoView {
    pause();
    let locale = use_locale();
    view! {
        <button
            type="button"
            class="icon-button needs-script"
            aria-label=td_string!(locale, saved_replies)
            title=td_string!(locale, saved_replies)
            aria-haspopup="listbox"
            // Keeps the focus in the field.
            on:mousedown=|event: ev::MouseEvent| event.prevent_default()
            on:click=move |_| {
                picker.toggle(&writing.text());
                focus(writing.field);
            }
        >
            <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d="M5 5h14v10h-8l-4 4v-4H5zM9 9h6M9 11.500h4" />
            </svg>
        </button>
    }
}

/// Whether the text is neither blank nor too long.
fn is_sendable(text: &str) -> bool {
    !text.trim().is_empty() && !matches!(room_for(text), Room::TooLongBy(_))
}

/// The note below the field: how many characters are left, or what went wrong.
fn note(locale: Locale, room: Room, problem: Option<Problem>) -> String {
    match (room, problem) {
        (Room::Left(count), _) => td_string!(locale, characters_left, count = count.to_string()).to_string(),
        (Room::TooLongBy(count), _) => td_string!(locale, too_long_by, count = count.to_string()).to_string(),
        (Room::Plenty, Some(problem)) => problem_text(locale, &problem),
        (Room::Plenty, None) => String::new(),
    }
}

#[cfg(test)]
mod tests;
