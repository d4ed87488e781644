//! Draws one message. Its parts are written as HTML text (`markup`): a part that changes is written
//! again, and the list handles the clicks.

use crate::{
    components::{clock::Day, markup::Markup, written::Written},
    i18n::{Locale, td_string},
    protocol::Retracted,
    room::{
        message_text::write_text,
        messages::{
            MessageContext,
            delivery::{NotSent, delivery},
            quote::write_quote,
            view_model::MessageView,
        },
    },
};
use leptos::prelude::*;

/// A message, with the separators between it and the message before it.
pub(super) fn message(shown: &MessageView, around: MessageContext) -> impl IntoView + use<> {
    let is_own = around.viewer == shown.key.0;
    view! {
        {separators(shown, around.locale)}
        <div class=classes(shown, is_own) id=format!("m-{}", shown.key.1)>
            // One part each, so that a change of one part redraws only that part.
            <div class="bubble-row">{bubble(shown, is_own, around)} {options_button(shown, around)}</div>
            <div class="message-meta">{when(shown, around)} {status(shown, is_own, around)}</div>
            {shown
                .not_sent()
                .map(|problem| {
                    view! {
                        <div class="message-meta">
                            <NotSent client_id=shown.key.1 problem=problem.clone() around />
                        </div>
                    }
                })}
        </div>
    }
}

/// The CSS classes of a message.
fn classes(shown: &MessageView, is_own: bool) -> String {
    let names = [
        ("own", is_own),
        ("continued", shown.is_continued),
        ("followed", shown.is_followed),
        ("retracted", shown.retracted().is_some()),
    ];
    names.iter().filter(|(_, is_so)| *is_so).fold("message".to_owned(), |all, (name, _)| all + " " + name)
}

/// The bubble: author and text.
fn bubble(shown: &MessageView, is_own: bool, around: MessageContext) -> Written {
    let MessageContext { room, locale, .. } = around;
    // An automatic message has no author; its origin is shown before it for both members.
    let from = match (shown.is_automatic(), is_own) {
        (true, _) => None,
        (false, true) => Some(td_string!(locale, you).to_string()),
        (false, false) => Some(room.peer_name.get_value()),
    };
    let mut markup = Markup::default();
    markup.element("div", &[("class", Some("bubble"))], |bubble| {
        if let Some(from) = &from {
            bubble.element("span", &[("class", Some("visually-hidden"))], |hidden| hidden.text(from).text(": "));
        }
        if let Some(retracted) = shown.retracted() {
            let words = unsent(retracted, is_own, around);
            return bubble.element("p", &[("class", Some("unsent"))], |text| text.text(&words));
        }
        if let Some(words) = origin(shown, locale) {
            let class = if shown.is_urgent { "by-machine urgent" } else { "by-machine" };
            bubble.element("span", &[("class", Some(class))], |origin| origin.text(words));
        }
        if let Some(refers) = &shown.refers {
            write_quote(bubble, refers, around);
        }
        write_text(bubble, shown.content());
        bubble
    });
    markup.into()
}

/// The button that shows the options.
fn options_button(shown: &MessageView, around: MessageContext) -> Option<Written> {
    let seq = shown.actionable()?.to_string();
    let attributes = [
        ("type", Some("button")),
        ("class", Some("message-more")),
        ("data-options", Some(&*seq)),
        ("aria-label", Some(td_string!(around.locale, message_options))),
        // `press::follow_open` sets it to "true".
        ("aria-expanded", Some("false")),
    ];
    let mut button = Markup::default();
    button.element("button", &attributes, |button| button.text("⋯"));
    Some(button.into())
}

/// The time of the message.
fn when(shown: &MessageView, around: MessageContext) -> Written {
    let MessageContext { locale, clock, .. } = around;
    let (at, exact) = (shown.at.to_rfc3339(), clock.exact(shown.at, locale));
    let mut when = Markup::default();
    when.element("time", &[("datetime", Some(&at)), ("title", Some(&exact))], |time| {
        time.text(&clock.time(shown.at, locale))
    });
    when.into()
}

/// Whether it was corrected, and the delivery status. Screen readers do not announce each change.
fn status(shown: &MessageView, is_own: bool, around: MessageContext) -> Written {
    let mut all = Markup::default();
    let attributes = [("class", Some("message-status")), ("aria-live", Some("off"))];
    all.element("span", &attributes, |status| {
        if shown.is_corrected {
            let words = td_string!(around.locale, corrected_below);
            status.element("span", &[("class", Some("corrected"))], |corrected| corrected.text(words));
        }
        if let Some((class, words)) = delivery(shown, around).filter(|_| is_own) {
            status.element("span", &[("class", Some(class))], |delivery| delivery.text(&words));
        }
        status
    });
    all.into()
}

/// The label of a message that is not an ordinary one: from an AI, automatic or urgent.
fn origin(shown: &MessageView, locale: Locale) -> Option<&'static str> {
    match (shown.is_ai(), shown.is_automatic(), shown.is_urgent) {
        (_, true, _) => Some(td_string!(locale, automatic_reply)),
        (true, ..) => Some(td_string!(locale, written_by_assistant)),
        (.., true) => Some(td_string!(locale, urgent)),
        _ => None,
    }
}

/// The separators: a new day, and the line where the unread messages begin.
fn separators(shown: &MessageView, locale: Locale) -> impl IntoView + use<> {
    let day = shown.day.as_ref().map(|day| match day {
        Day::Today => td_string!(locale, today).to_string(),
        Day::Yesterday => td_string!(locale, yesterday).to_string(),
        Day::Other(words) => words.clone(),
    });
    let line = |class, words| {
        view! {
            <p class=class role="separator">
                <span>{words}</span>
            </p>
        }
    };
    let unread = shown.is_first_unread.then(|| line("day unread-from", td_string!(locale, new_messages).to_string()));
    (day.map(|words| line("day", words)), unread)
}

/// The text in place of a retracted message.
fn unsent(retracted: Retracted, is_own: bool, MessageContext { locale, room, .. }: MessageContext) -> String {
    match (is_own, retracted.was_read) {
        (true, true) => td_string!(locale, you_unsent_read).to_string(),
        (true, false) => td_string!(locale, you_unsent_unread).to_string(),
        (false, _) => td_string!(locale, peer_unsent, name = room.peer_name.get_value()).to_string(),
    }
}
