//! The quote of the message that another one answers or corrects: one line that links to it.

use crate::{
    components::markup::Markup,
    i18n::td_string,
    live::{ChatState, LiveState},
    protocol::Seq,
    room::messages::MessageContext,
};
use leptos::prelude::GetValue;

/// The length of an excerpt; more than two lines are never shown.
const EXCERPT_CHARS: usize = 140;

/// What the page has of a message that is referred to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quoted {
    /// Not fetched yet.
    Unknown,
    /// Retracted, or missing.
    Gone,
    /// The author and the beginning of the text.
    Text {
        /// Whether the viewer wrote it.
        is_own: bool,
        /// The first line or two.
        excerpt: String,
    },
}

/// Looks up a message in what the page holds of the chat.
#[must_use]
pub fn quoted(state: &LiveState, chat: &ChatState, seq: Seq) -> Quoted {
    let Some(message) = chat.message(seq) else { return Quoted::Unknown };
    if message.retracted.is_some() || message.content.is_empty() {
        return Quoted::Gone;
    }
    let mut excerpt: String = message.content.chars().take(EXCERPT_CHARS).collect();
    if excerpt.len() < message.content.len() {
        excerpt.push('…');
    }
    Quoted::Text { is_own: message.sender_id == state.viewer, excerpt }
}

/// Writes the quote: a line or two that link to the message. The tuple has its `seq`, whether this
/// is a correction, and what the page has of it.
pub(super) fn write_quote(
    markup: &mut Markup,
    (seq, is_correction, found): &(Seq, bool, Quoted),
    MessageContext { room, locale, .. }: MessageContext,
) {
    let label = match found {
        _ if *is_correction => td_string!(locale, correction_of).to_string(),
        Quoted::Text { is_own: true, .. } => td_string!(locale, you).to_string(),
        Quoted::Text { is_own: false, .. } => room.peer_name.get_value(),
        Quoted::Unknown | Quoted::Gone => td_string!(locale, earlier_message).to_string(),
    };
    let text = match found {
        Quoted::Text { excerpt, .. } => excerpt,
        Quoted::Unknown => "…",
        Quoted::Gone => td_string!(locale, unsent),
    };
    let (address, seq) = (format!("?around={seq}"), seq.to_string());
    let attributes = [
        ("class", Some("quote")),
        ("href", Some(&*address)),
        // With JavaScript, the page handles the click.
        ("rel", Some("external")),
        ("data-leads-to", Some(&*seq)),
    ];
    markup.element("a", &attributes, |quote| {
        quote.element("span", &[("class", Some("quote-from"))], |from| from.text(&label)).element(
            "span",
            &[("class", Some("quote-text")), ("dir", Some("auto"))],
            |quoted| quoted.text(text),
        )
    });
}
