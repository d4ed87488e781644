//! What a message refers to: the one that it answers or puts right, in a line that leads there.

use super::Surroundings;
use crate::{
    i18n::t_string,
    live::{ChatState, LiveState},
    protocol::Seq,
};
use leptos::prelude::*;

/// More than a line or two never shows.
const EXCERPT_CHARS: usize = 140;

/// What is known of a message that is referred to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quoted {
    /// On its way.
    Unknown,
    /// Taken back, or not there.
    Gone,
    /// Who wrote it, and how it begins.
    Text {
        /// Whether the viewer did.
        is_own: bool,
        /// The first line or two.
        excerpt: String,
    },
}

/// Looks it up in what the page holds of the chat.
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

/// The message that another refers to (its place, whether it is put right, what is known of it), in a line or two that
/// leads to it.
pub(super) fn quote(
    (seq, is_correction, found): &(Seq, bool, Quoted),
    Surroundings { room, i18n, .. }: Surroundings,
) -> impl IntoView + use<> {
    let label = match found {
        _ if *is_correction => t_string!(i18n, correction_of).to_string(),
        Quoted::Text { is_own: true, .. } => t_string!(i18n, you).to_string(),
        Quoted::Text { is_own: false, .. } => room.peer_name.get_value(),
        Quoted::Unknown | Quoted::Gone => t_string!(i18n, earlier_message).to_string(),
    };
    let text = match found {
        Quoted::Text { excerpt, .. } => excerpt.clone(),
        Quoted::Unknown => "…".to_owned(),
        Quoted::Gone => t_string!(i18n, taken_back).to_string(),
    };
    view! {
        <a class="quote" href=format!("?around={seq}") rel="external" data-leads-to=seq.to_string()>
            <span class="quote-from">{label}</span>
            <span class="quote-text" dir="auto">{text}</span>
        </a>
    }
}
