//! What is drawn: messages in order, grouped with their neighbours, with their delivery status. No
//! views here.

use crate::{
    components::clock::Day,
    live::{ChatState, Link, LiveState, Outgoing, OutgoingState, Window},
    protocol::{Message, Problem, Retracted, Seq, Timestamp, UserId},
    room::{
        context::EntryKey,
        messages::{
            MessageContext,
            delivery_status::{DeliveryStatus, delivery_statuses},
            quote::{Quoted, quoted},
        },
    },
};
use leptos::prelude::Get;
use std::{collections::BTreeSet, sync::Arc};

/// Messages of one sender within this time are grouped, in milliseconds.
const TOGETHER_MS: i64 = 5 * 60 * 1_000;

/// The key of a row in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RowKey {
    /// The start of its stretch.
    pub(super) stretch: Seq,
    /// The message.
    pub(super) message: EntryKey,
    /// Which part of the message it is.
    pub(super) role: Role,
}

/// A part of a message that has a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Role {
    /// The message.
    Message,
    /// Its options, below it.
    Options,
}

/// A message's text and the other fields that its sender set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A stored message.
    Stored(Arc<Message>),
    /// A pending message: its text.
    Pending(Arc<str>),
}

/// One message: everything that its look depends on, except language and time zone.
#[expect(clippy::struct_excessive_bools, reason = "each is by itself, and named")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MessageView {
    pub(super) key: EntryKey,
    pub(super) source: Source,
    pub(super) at: Timestamp,
    /// The message that it refers to: its `seq`, whether it is corrected, and what the page has of
    /// it.
    pub(super) refers: Option<(Seq, bool, Quoted)>,
    pub(super) is_urgent: bool,
    /// The day, at the first message of a day.
    pub(super) day: Option<Day>,
    /// Whether it follows another message of its sender closely.
    pub(super) is_continued: bool,
    /// Whether the next message continues it. Then that one shows the time for both.
    pub(super) is_followed: bool,
    /// Whether it is the first unread message.
    pub(super) is_first_unread: bool,
    /// Whether a later message that is shown corrects it.
    pub(super) is_corrected: bool,
    /// The delivery status.
    pub(super) status: DeliveryStatus,
}

impl MessageView {
    pub(super) fn content(&self) -> &str {
        match &self.source {
            Source::Stored(message) => &message.content,
            Source::Pending(content) => content,
        }
    }

    fn stored(&self) -> Option<&Message> {
        match &self.source {
            Source::Stored(message) => Some(message),
            Source::Pending(_) => None,
        }
    }

    /// When and how it was retracted.
    pub(super) fn retracted(&self) -> Option<Retracted> {
        self.stored().and_then(|message| message.retracted)
    }

    pub(super) fn is_ai(&self) -> bool {
        self.stored().is_some_and(|message| message.is_ai)
    }

    pub(super) fn is_automatic(&self) -> bool {
        self.stored().is_some_and(|message| message.is_automatic)
    }

    /// Why it was not sent.
    pub(super) fn not_sent(&self) -> Option<&Problem> {
        match &self.status {
            DeliveryStatus::NotSent(problem) => Some(problem),
            _ => None,
        }
    }

    /// Its `seq`, if there are actions on it: it is stored and not retracted.
    pub(super) fn actionable(&self) -> Option<Seq> {
        self.stored().filter(|message| message.retracted.is_none()).map(|message| message.seq)
    }
}

/// What is drawn of the room's chat: the held history, then the pending messages.
pub(super) fn shown(around: MessageContext) -> Vec<(RowKey, MessageView)> {
    let MessageContext { room, live, .. } = around;
    let selected = room.selected.get();
    live.with(|state| {
        let Some(chat) = state.chats.get(&room.chat_id) else { return Vec::new() };
        let mut list = bare(state, chat);
        among_neighbours(&mut list, around);
        let starts = chat.window.as_ref().map(|window| window.starts.as_slice()).unwrap_or_default();
        let mut starts = starts.iter().copied().peekable();
        let mut stretch = starts.next().unwrap_or_default();
        let mut rows = Vec::with_capacity(list.len() + 1);
        for shown in list {
            let seq = shown.stored().map(|message| message.seq);
            while let Some(next) = starts.next_if(|next| seq.is_none_or(|seq| seq >= *next)) {
                stretch = next;
            }
            let row_key = |role| RowKey { stretch, message: shown.key, role };
            let (message, options) = (row_key(Role::Message), row_key(Role::Options));
            let is_open = selected == Some(shown.key) && shown.actionable().is_some();
            let options = is_open.then(|| (options, shown.clone()));
            rows.push((message, shown));
            rows.extend(options);
        }
        rows
    })
}

/// The messages without what depends on their neighbours.
fn bare(state: &LiveState, chat: &ChatState) -> Vec<MessageView> {
    let refers = |reply_to: Option<Seq>, corrects: Option<Seq>| {
        let (seq, is_correction) = reply_to.map(|seq| (seq, false)).or(corrects.map(|seq| (seq, true)))?;
        Some((seq, is_correction, quoted(state, chat, seq)))
    };
    let blank = |key, source, at| MessageView {
        key,
        source,
        at,
        refers: None,
        is_urgent: false,
        day: None,
        is_continued: false,
        is_followed: false,
        is_first_unread: false,
        is_corrected: false,
        status: DeliveryStatus::Silent,
    };
    let delivery_statuses = delivery_statuses(state, chat);
    let stored = chat.window.iter().flat_map(Window::shown).map(|message| MessageView {
        refers: refers(message.reply_to, message.corrects),
        is_urgent: message.is_urgent,
        status: delivery_statuses.for_stored(message),
        ..blank((message.sender_id, message.client_id), Source::Stored(Arc::clone(message)), message.created_at)
    });
    // In an earlier part of the history, pending messages are hidden, except those that may need
    // the viewer.
    let is_apart = chat.window.as_ref().is_some_and(|window| window.is_apart);
    let is_shown = |message: &&Outgoing| {
        !is_apart || state.link != Link::Online || matches!(message.state, OutgoingState::NotSent(_))
    };
    let pending = chat.outgoing.iter().filter(is_shown).map(|message| MessageView {
        refers: refers(message.about.reply_to, message.about.corrects),
        is_urgent: message.about.is_urgent,
        status: DeliveryStatus::for_outgoing(state, message),
        ..blank((state.viewer, message.client_id), Source::Pending(Arc::clone(&message.content)), message.typed_at)
    });
    stored.chain(pending).collect()
}

/// Adds what depends on the neighbours: days, groups and corrections.
fn among_neighbours(list: &mut [MessageView], MessageContext { room, clock, locale, .. }: MessageContext) {
    let corrects = |shown: &MessageView| match shown.refers {
        Some((seq, true, _)) if shown.retracted().is_none() => Some(seq),
        _ => None,
    };
    let first_unread = room.first_unread.get();
    let corrected: BTreeSet<Seq> = list.iter().filter_map(corrects).collect();
    let mut previous: Option<(UserId, Timestamp, i32)> = None;
    for shown in list.iter_mut() {
        let (sender, at, date) = (shown.key.0, shown.at, clock.day_key(shown.at));
        let seq = shown.stored().map(|message| message.seq);
        let is_same_day = previous.is_some_and(|(.., before)| before == date);
        shown.is_first_unread = seq.is_some() && seq == first_unread;
        shown.is_continued = is_same_day
            && !shown.is_first_unread
            && previous.is_some_and(|(who, when, _)| who == sender && at.0 - when.0 <= TOGETHER_MS);
        shown.day = (!is_same_day).then(|| clock.day(at, locale));
        shown.is_corrected = shown.retracted().is_none() && seq.is_some_and(|seq| corrected.contains(&seq));
        previous = Some((sender, at, date));
    }
    let mut is_followed = false;
    for shown in list.iter_mut().rev() {
        shown.is_followed = is_followed;
        is_followed = shown.is_continued;
    }
}
