//! What is drawn: messages in order, and how each stands among its neighbours. No views here.

use super::super::{
    clock::{Clock, Day},
    room_context::EntryKey,
};
use crate::{
    i18n::Locale,
    live::{Link, Live, Outgoing, OutgoingState, Window},
    protocol::{ChatId, Retracted, Seq, Timestamp, UserId},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Messages of one person within this time hang together, in milliseconds.
const TOGETHER_MS: i64 = 5 * 60 * 1_000;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: EntryKey,
    /// Its place, or `None` on its way.
    pub(super) seq: Option<Seq>,
    pub(super) content: Arc<str>,
    pub(super) at: Timestamp,
    pub(super) is_ai: bool,
    pub(super) is_automatic: bool,
    pub(super) is_urgent: bool,
    pub(super) reply_to: Option<Seq>,
    pub(super) corrects: Option<Seq>,
    pub(super) retracted: Option<Retracted>,
}

/// What may change about a message that is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Setting {
    /// The first of a day carries the day.
    pub(super) day: Option<Day>,
    /// Follows another of the same person closely.
    pub(super) is_continued: bool,
    /// The first of those that were not read.
    pub(super) is_first_unread: bool,
    /// Its place, once it has one.
    pub(super) seq: Option<Seq>,
    /// Taken back.
    pub(super) retracted: Option<Retracted>,
    /// Put right by a later one.
    pub(super) is_corrected: bool,
}

/// The entries of a chat: its shown history, then what is on its way.
pub(super) fn entries(live: Live, chat_id: ChatId) -> Vec<Entry> {
    live.with(|state| {
        let Some(chat) = state.chats.get(&chat_id) else { return Vec::new() };
        let stored = chat.window.iter().flat_map(Window::shown).map(|message| Entry {
            key: (message.sender_id, message.client_id),
            seq: Some(message.seq),
            content: message.content.as_str().into(),
            at: message.created_at,
            is_ai: message.is_ai,
            is_automatic: message.is_automatic,
            is_urgent: message.is_urgent,
            reply_to: message.reply_to,
            corrects: message.corrects,
            retracted: message.retracted,
        });
        // Whoever looks at an earlier part doesn't see what comes at the end, but for what may need them.
        let is_apart = chat.window.as_ref().is_some_and(|window| window.is_apart);
        let is_shown = |message: &&Outgoing| {
            !is_apart || state.link != Link::Online || matches!(message.state, OutgoingState::NotSent(_))
        };
        let pending = chat.outgoing.iter().filter(is_shown).map(|message| Entry {
            key: (state.viewer, message.client_id),
            seq: None,
            content: Arc::clone(&message.content),
            at: message.typed_at,
            is_ai: false,
            is_automatic: false,
            is_urgent: message.about.is_urgent,
            reply_to: message.about.reply_to,
            corrects: message.about.corrects,
            retracted: None,
        });
        stored.chain(pending).collect()
    })
}

/// Where days begin, who goes on talking, and what has become of each.
pub(super) fn settings(
    entries: &[Entry],
    (clock, locale): (Clock, Locale),
    first_unread: Option<Seq>,
) -> BTreeMap<EntryKey, Setting> {
    let corrected: BTreeSet<Seq> =
        entries.iter().filter(|entry| entry.retracted.is_none()).filter_map(|entry| entry.corrects).collect();
    let mut last: Option<(UserId, Timestamp, String)> = None;
    entries
        .iter()
        .map(|entry| {
            let (sender, at, date) = (entry.key.0, entry.at, clock.date_key(entry.at));
            let is_same_day = last.as_ref().is_some_and(|(_, _, last_date)| *last_date == date);
            let is_first_unread = entry.seq.is_some() && entry.seq == first_unread;
            let is_continued = is_same_day
                && !is_first_unread
                && last.as_ref().is_some_and(|(who, when, _)| *who == sender && at.0 - when.0 <= TOGETHER_MS);
            last = Some((sender, at, date));
            let setting = Setting {
                day: (!is_same_day).then(|| clock.day(at, locale)),
                is_continued,
                is_first_unread,
                seq: entry.seq,
                retracted: entry.retracted,
                is_corrected: entry.seq.is_some_and(|seq| corrected.contains(&seq)),
            };
            (entry.key, setting)
        })
        .collect()
}
