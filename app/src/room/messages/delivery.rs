//! The delivery status under a message of the viewer: Sending, waiting for the rate limit, Sent,
//! Delivered, Read, or Not sent with its buttons.

use crate::{
    components::problem::problem_text,
    i18n::td_string,
    live::Live,
    protocol::{ChatId, ClientId, Problem, Timestamp},
    room::messages::{MessageContext, delivery_status::DeliveryStatus, view_model::MessageView},
};
use leptos::prelude::*;

/// The delivery status as a CSS class and a short text. `None` where nothing is shown, or where
/// `NotSent` shows more.
pub(super) fn delivery(shown: &MessageView, around: MessageContext) -> Option<(&'static str, String)> {
    let MessageContext { locale, clock, .. } = around;
    let at = |words: &'static str, moment: Option<Timestamp>| {
        let time = moment.map(|moment| {
            let short = clock.short(moment, locale);
            format!(" {}", short.unwrap_or_else(|| td_string!(locale, yesterday_within).to_string()))
        });
        format!("{words}{}", time.unwrap_or_default())
    };
    let words = match &shown.status {
        DeliveryStatus::Silent | DeliveryStatus::NotSent(_) => return None,
        DeliveryStatus::Waiting(None) => {
            return Some(("delivery pending", td_string!(locale, sending_waits).to_string()));
        }
        DeliveryStatus::Waiting(Some(until)) => {
            let time = clock.time(*until, locale);
            return Some(("delivery pending", td_string!(locale, sending_waits_until, time = time).to_string()));
        }
        DeliveryStatus::Sending => return Some(("delivery pending", td_string!(locale, sending).to_string())),
        DeliveryStatus::Sent => td_string!(locale, sent).to_string(),
        DeliveryStatus::Delivered(moment) => at(td_string!(locale, delivered), *moment),
        DeliveryStatus::Read(moment) => at(td_string!(locale, read), *moment),
    };
    Some(("delivery", words))
}

/// A message that was not sent: the reason, and what to do with it.
#[component]
pub(super) fn NotSent(client_id: ClientId, problem: Problem, around: MessageContext) -> impl IntoView {
    let MessageContext { room, locale, live, .. } = around;
    let chat_id = room.chat_id;
    let is_copied = RwSignal::new(false);
    view! {
        <span class="delivery failed" role="alert">
            <strong>{td_string!(locale, not_sent)}</strong>
            " "
            {problem_text(locale, &problem)}
        </span>
        <span class="failed-actions">
            <button class="link-button" on:click=move |_| act::retry(live, chat_id, client_id)>
                {td_string!(locale, retry)}
            </button>
            <button
                class="link-button"
                on:click=move |_| {
                    act::copy(live, chat_id, client_id);
                    is_copied.set(true);
                }
            >
                {move || if is_copied.get() { td_string!(locale, copied) } else { td_string!(locale, copy) }}
            </button>
            <button class="link-button" on:click=move |_| act::discard(live, chat_id, client_id)>
                {td_string!(locale, discard)}
            </button>
        </span>
    }
}

/// The actions of the buttons, in the browser.
#[cfg(feature = "hydrate")]
mod act {
    use super::{ChatId, ClientId, Live};
    use crate::live::Event;
    use leptos::prelude::window;

    pub(super) fn retry(live: Live, chat_id: ChatId, client_id: ClientId) {
        live.retry(chat_id, client_id);
    }

    pub(super) fn copy(live: Live, chat_id: ChatId, client_id: ClientId) {
        let content = live
            .peek_chat(chat_id, |chat| {
                chat.outgoing
                    .iter()
                    .find(|message| message.client_id == client_id)
                    .map(|message| message.content.clone())
            })
            .flatten();
        if let Some(content) = content {
            // The promise is not awaited; a browser that refuses shows its own message.
            let _ = window().navigator().clipboard().write_text(&content);
        }
    }

    pub(super) fn discard(live: Live, chat_id: ChatId, client_id: ClientId) {
        live.apply(Event::Discard { chat_id, client_id });
    }
}

/// Stubs for the server, where no one clicks.
#[cfg(not(feature = "hydrate"))]
mod act {
    use super::{ChatId, ClientId, Live};

    pub(super) const fn retry(_: Live, _: ChatId, _: ClientId) {}
    pub(super) const fn copy(_: Live, _: ChatId, _: ClientId) {}
    pub(super) const fn discard(_: Live, _: ChatId, _: ClientId) {}
}
