//! What a tab has to ask the server for, seen from what it knows. A level, not an edge: asked again after
//! every change, it stays the same until it is answered.

use crate::{
    live::{
        PageOf,
        state::{Link, LiveState, Outgoing, OutgoingState},
        types::SendingTab,
    },
    protocol::{Awaiting, ChangeSeq, ChatId, Seq},
};

/// A larger hole isn't filled message by message; the newest are shown instead.
const HOLE_MAX: i64 = 400;

/// Something to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// The top of the list of chats.
    List,
    /// One chat's summary.
    Chat(ChatId),
    /// A stretch of a chat's history.
    Page(ChatId, PageOf),
    /// What has changed of a chat's messages after this change.
    Changes(ChatId, ChangeSeq),
    /// A message that another answers.
    Quoted(ChatId, Seq),
}

impl LiveState {
    /// Everything to fetch now.
    #[must_use]
    pub fn needs(&self) -> Vec<Missing> {
        if self.link != Link::Online {
            return Vec::new();
        }
        let mut needs = Vec::new();
        if self.is_list_stale {
            needs.push(Missing::List);
        }
        for (&chat_id, state) in &self.chats {
            let last_seq = state.counters.last_seq;
            if let Some(window) = state.window.as_ref().filter(|window| window.is_in_doubt) {
                needs.push(Missing::Page(chat_id, PageOf::After(window.top.previous())));
            } else if let Some(window) = &state.window
                && window.top < last_seq
                && !window.is_apart
            {
                let is_large = last_seq.0 - window.top.0 > HOLE_MAX || window.messages.is_empty();
                needs.push(Missing::Page(chat_id, if is_large { PageOf::Newest } else { PageOf::After(window.top) }));
            } else if let Some(chat) = &state.chat
                && (chat.last_change < state.counters.last_change
                    || state.is_summary_late()
                    || state.is_availability_late
                    || state.last_message().map_or(Seq(0), |message| message.seq) < last_seq)
            {
                needs.push(Missing::Chat(chat_id));
            } else if state.chat.is_none() && state.counters.brief.awaiting == Awaiting::Doctor && self.has_room() {
                // Too far down the list to be on its first page, and still first of what is to be done.
                needs.push(Missing::Chat(chat_id));
            }
            if let Some(window) = state.window.as_ref().filter(|window| !window.is_in_doubt) {
                if window.change < state.counters.last_change {
                    needs.push(Missing::Changes(chat_id, window.change));
                }
                let answered = window.shown().filter_map(|message| message.reply_to.or(message.corrects));
                let missing = answered.filter(|seq| state.message(*seq).is_none());
                needs.extend(missing.map(|seq| Missing::Quoted(chat_id, seq)));
            }
        }
        needs
    }

    /// What to hand to the socket next: of each chat the oldest that this tab sends. One at a time, so that a
    /// message that has to be sent again isn't overtaken by the next one.
    pub fn to_send(&self) -> impl Iterator<Item = (ChatId, &Outgoing)> {
        let is_online = self.link == Link::Online;
        self.chats.iter().filter(move |_| is_online).filter_map(|(&chat_id, state)| {
            let mut sending = state.outgoing.iter().filter(|message| message.state == OutgoingState::Sending);
            sending.find(|message| message.holder == SendingTab::Here).map(|message| (chat_id, message))
        })
    }
}
