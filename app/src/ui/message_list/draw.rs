//! One message as it looks. Everything here is plain: what changes is drawn anew, and what is pressed the list hears.

use super::{Surroundings, delivery::delivery, quote::quote, shown::Shown};
use crate::{
    i18n::{Locale, t_string},
    protocol::Retracted,
    ui::{clock::Day, message_text::MessageText},
};
use leptos::{either::Either, prelude::*};
use leptos_i18n::I18nContext;

/// A message, and what stands between it and the one before it.
pub(super) fn message(shown: &Shown, around: Surroundings) -> impl IntoView + use<> {
    let Surroundings { viewer, room, i18n, clock, .. } = around;
    let is_own = viewer == shown.key.0;
    let retracted = shown.retracted();
    let from = if is_own { t_string!(i18n, you).to_string() } else { room.peer_name.get_value() };
    let body = match retracted {
        Some(retracted) => Either::Left(view! { <p class="taken-back">{taken_back(retracted, is_own, around)}</p> }),
        None => Either::Right(view! {
            {origin(shown, i18n)}
            {shown.refers.as_ref().map(|refers| quote(refers, around))}
            <MessageText text=shown.content().into() />
        }),
    };
    let locale = i18n.get_locale();
    view! {
        {separators(shown, i18n)}
        <div class=classes(shown, is_own) id=format!("m-{}", shown.key.1)>
            <div class="bubble-row">
                <div class="bubble">
                    <span class="visually-hidden">{from} ": "</span>
                    {body}
                </div>
                {shown.actionable().map(|seq| more(seq.to_string(), shown.is_open, i18n))}
            </div>
            <div class="message-meta">
                <time datetime=shown.at.to_rfc3339() title=clock.exact(shown.at, locale)>
                    {clock.time(shown.at, locale)}
                </time>
                {shown.is_corrected.then(|| view! { <span class="corrected">{t_string!(i18n, corrected_below)}</span> })}
                {is_own.then(|| delivery(shown, around))}
            </div>
        </div>
    }
}

/// The names of how it looks.
fn classes(shown: &Shown, is_own: bool) -> String {
    let names = [
        ("own", is_own),
        ("continued", shown.is_continued),
        ("retracted", shown.retracted().is_some()),
        ("open", shown.is_open),
    ];
    names.iter().filter(|(_, is_so)| *is_so).fold("message".to_owned(), |all, (name, _)| all + " " + name)
}

/// What a message is, beside one person's to the other.
fn origin(shown: &Shown, i18n: I18nContext<Locale>) -> Option<impl IntoView + use<>> {
    let words = match (shown.is_ai(), shown.is_automatic(), shown.is_urgent) {
        (_, true, _) => t_string!(i18n, automatic_reply),
        (true, ..) => t_string!(i18n, written_by_assistant),
        (.., true) => t_string!(i18n, urgent),
        _ => return None,
    };
    let class = if shown.is_urgent { "by-machine urgent" } else { "by-machine" };
    Some(view! { <span class=class>{words}</span> })
}

/// Shows a message's options, or hides them.
fn more(seq: String, is_open: bool, i18n: I18nContext<Locale>) -> impl IntoView + use<> {
    view! {
        <button
            type="button"
            class="message-more"
            data-options=seq
            aria-label=t_string!(i18n, message_options)
            aria-expanded=if is_open { "true" } else { "false" }
        >
            "⋯"
        </button>
    }
}

/// A new day, and where one had stopped reading.
fn separators(shown: &Shown, i18n: I18nContext<Locale>) -> impl IntoView + use<> {
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
fn taken_back(retracted: Retracted, is_own: bool, Surroundings { i18n, room, .. }: Surroundings) -> String {
    match (is_own, retracted.was_read) {
        (true, true) => t_string!(i18n, you_took_back_read).to_string(),
        (true, false) => t_string!(i18n, you_took_back_unread).to_string(),
        (false, _) => t_string!(i18n, peer_took_back, name = room.peer_name.get_value()).to_string(),
    }
}
