//! What a message refers to: the message that it answers or corrects.

use crate::{
    components::ssr_memo::ssr_memo,
    i18n::td_string,
    live::{self, Live},
    preferences::use_locale,
    protocol::{ChatId, Seq},
    room::{
        context::{Purpose, RoomContext},
        messages::quote::{Quoted, quoted},
    },
    takeover::pause,
};
use leptos::prelude::*;

impl Purpose {
    /// Adds the reference to the other options of a message.
    pub(super) const fn about(self, about: live::MessageOptions) -> live::MessageOptions {
        match self {
            Self::New => about,
            Self::Reply(seq) => live::MessageOptions { reply_to: Some(seq), ..about },
            Self::Correct(seq) => live::MessageOptions { corrects: Some(seq), ..about },
        }
    }
}

/// Shows the message that is being answered or corrected, with a button to cancel.
#[component]
pub fn MessageReference(
    /// The room's context.
    context: RoomContext,
) -> impl IntoView {
    pause();
    let locale = use_locale();
    let live = Live::expect();
    let (chat_id, purpose) = (context.chat_id, context.purpose);
    let about = ssr_memo(move || match purpose.get() {
        Purpose::New => None,
        Purpose::Reply(seq) => Some((false, known(live, chat_id, seq))),
        Purpose::Correct(seq) => Some((true, known(live, chat_id, seq))),
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
                                    td_string!(locale, correcting).to_string()
                                } else {
                                    let name = context.peer_name.get_value();
                                    let name = if is_own { td_string!(locale, you).to_string() } else { name };
                                    td_string!(locale, replying_to, name = name).to_string()
                                }
                            }}
                        </strong>
                        <span dir="auto">{text}</span>
                    </p>
                    <button
                        type="button"
                        class="icon-button"
                        aria-label=td_string!(locale, cancel)
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

/// What the page holds of a message.
fn known(live: Live, chat_id: ChatId, seq: Seq) -> Quoted {
    live.with(|state| state.chats.get(&chat_id).map_or(Quoted::Unknown, |chat| quoted(state, chat, seq)))
}

/// The viewer's newest message that is not retracted and that can still be corrected.
#[cfg(feature = "hydrate")]
pub(super) fn last_own(live: Live, room: RoomContext) -> Option<Seq> {
    live.peek(|state| {
        let window = state.chats.get(&room.chat_id)?.window.as_ref()?;
        let mut own = window.messages.values().rev().filter(|message| message.sender_id == state.viewer);
        let last = own.find(|message| message.retracted.is_none() && !message.is_automatic)?;
        room.may_change(last.created_at, live::now()).then_some(last.seq)
    })
}

#[cfg(not(feature = "hydrate"))]
pub(super) const fn last_own(_: Live, _: RoomContext) -> Option<Seq> {
    None
}

/// Applies a new purpose. A correction starts with the message's text, and the draft is kept
/// meanwhile.
#[cfg(feature = "hydrate")]
pub(super) fn take_up(
    live: Live,
    chat_id: ChatId,
    field: &web_sys::HtmlTextAreaElement,
    before: Purpose,
    now: Purpose,
) {
    if let Purpose::Correct(seq) = now {
        let text = live.peek_chat(chat_id, |chat| chat.message(seq).map(|message| message.content.clone())).flatten();
        field.set_value(&text.unwrap_or_default());
    } else if matches!(before, Purpose::Correct(_)) {
        field.set_value(&live.draft(chat_id).unwrap_or_default());
    }
    let _ = field.focus();
}

#[cfg(not(feature = "hydrate"))]
pub(super) const fn take_up<T>(_: Live, _: ChatId, _: &T, _: Purpose, _: Purpose) {}
