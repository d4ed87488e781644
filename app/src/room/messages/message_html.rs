//! One message as it looks. Its parts are written as text (`markup`): what changes is drawn anew, and what is pressed the
//! list hears.

use crate::{
    components::{clock::Day, markup::Markup, written::Written},
    i18n::{Locale, t_string},
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
use leptos_i18n::I18nContext;

/// A message, and what stands between it and the one before it.
pub(super) fn message(shown: &MessageView, around: MessageContext) -> impl IntoView + use<> {
    let is_own = around.viewer == shown.key.0;
    view! {
        {separators(shown, around.i18n)}
        <div class=classes(shown, is_own) id=format!("m-{}", shown.key.1)>
            // Each by itself: what is new in one draws nothing else anew.
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

/// The names of how it looks.
fn classes(shown: &MessageView, is_own: bool) -> String {
    let names = [("own", is_own), ("continued", shown.is_continued), ("retracted", shown.retracted().is_some())];
    names.iter().filter(|(_, is_so)| *is_so).fold("message".to_owned(), |all, (name, _)| all + " " + name)
}

/// Who says what.
fn bubble(shown: &MessageView, is_own: bool, around: MessageContext) -> Written {
    let MessageContext { room, i18n, .. } = around;
    // What the program wrote is nobody's: what it is stands before it for everybody.
    let from = match (shown.is_automatic(), is_own) {
        (true, _) => None,
        (false, true) => Some(t_string!(i18n, you).to_string()),
        (false, false) => Some(room.peer_name.get_value()),
    };
    let mut markup = Markup::default();
    markup.element("div", &[("class", Some("bubble"))], |bubble| {
        if let Some(from) = &from {
            bubble.element("span", &[("class", Some("visually-hidden"))], |hidden| hidden.text(from).text(": "));
        }
        if let Some(retracted) = shown.retracted() {
            let words = taken_back(retracted, is_own, around);
            return bubble.element("p", &[("class", Some("taken-back"))], |text| text.text(&words));
        }
        if let Some(words) = origin(shown, i18n) {
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

/// What shows its options.
fn options_button(shown: &MessageView, around: MessageContext) -> Option<Written> {
    let seq = shown.actionable()?.to_string();
    let attributes = [
        ("type", Some("button")),
        ("class", Some("message-more")),
        ("data-options", Some(&*seq)),
        ("aria-label", Some(t_string!(around.i18n, message_options))),
        // The list says when they are shown.
        ("aria-expanded", Some("false")),
    ];
    let mut button = Markup::default();
    button.element("button", &attributes, |button| button.text("⋯"));
    Some(button.into())
}

/// When it was said.
fn when(shown: &MessageView, around: MessageContext) -> Written {
    let MessageContext { i18n, clock, .. } = around;
    let locale = i18n.get_locale();
    let (at, exact) = (shown.at.to_rfc3339(), clock.exact(shown.at, locale));
    let mut when = Markup::default();
    when.element("time", &[("datetime", Some(&at)), ("title", Some(&exact))], |time| {
        time.text(&clock.time(shown.at, locale))
    });
    when.into()
}

/// Whether it was put right, and how an own one stands. Not read out each time that changes.
fn status(shown: &MessageView, is_own: bool, around: MessageContext) -> Written {
    let mut all = Markup::default();
    let attributes = [("class", Some("message-standing")), ("aria-live", Some("off"))];
    all.element("span", &attributes, |status| {
        if shown.is_corrected {
            let words = t_string!(around.i18n, corrected_below);
            status.element("span", &[("class", Some("corrected"))], |corrected| corrected.text(words));
        }
        if let Some((class, words)) = delivery(shown, around).filter(|_| is_own) {
            status.element("span", &[("class", Some(class))], |delivery| delivery.text(&words));
        }
        status
    });
    all.into()
}

/// What a message is, beside one person's to the other.
fn origin(shown: &MessageView, i18n: I18nContext<Locale>) -> Option<&'static str> {
    match (shown.is_ai(), shown.is_automatic(), shown.is_urgent) {
        (_, true, _) => Some(t_string!(i18n, automatic_reply)),
        (true, ..) => Some(t_string!(i18n, written_by_assistant)),
        (.., true) => Some(t_string!(i18n, urgent)),
        _ => None,
    }
}

/// A new day, and where one had stopped reading.
fn separators(shown: &MessageView, i18n: I18nContext<Locale>) -> impl IntoView + use<> {
    let day = shown.day.as_ref().map(|day| match day {
        Day::Today => t_string!(i18n, today).to_string(),
        Day::Yesterday => t_string!(i18n, yesterday).to_string(),
        Day::Other(words) => words.clone(),
    });
    let line = |class, words| {
        view! {
            <p class=class role="separator">
                <span>{words}</span>
            </p>
        }
    };
    let unread = shown.is_first_unread.then(|| line("day unread-from", t_string!(i18n, new_messages).to_string()));
    (day.map(|words| line("day", words)), unread)
}

/// In the place of a message that was taken back.
fn taken_back(retracted: Retracted, is_own: bool, MessageContext { i18n, room, .. }: MessageContext) -> String {
    match (is_own, retracted.was_read) {
        (true, true) => t_string!(i18n, you_took_back_read).to_string(),
        (true, false) => t_string!(i18n, you_took_back_unread).to_string(),
        (false, _) => t_string!(i18n, peer_took_back, name = room.peer_name.get_value()).to_string(),
    }
}
