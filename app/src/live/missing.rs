//! What a tab has to fetch from the server. The list follows from the state alone: after any
//! change, the same item is listed until it has been fetched.

use crate::{
    live::{
        PageOf,
        state::{Link, LiveState, Outgoing, OutgoingState},
        types::SendingTab,
    },
    protocol::{Awaiting, ChangeSeq, ChatId, Seq},
};

/// The largest hole, in messages, that the tab fills. Beyond that it shows the newest messages
/// instead.
const HOLE_MAX: i64 = 400;

/// One thing to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// The first page of the list of chats.
    List,
    /// One chat's summary.
    Chat(ChatId),
    /// A page of a chat's history.
    Page(ChatId, PageOf),
    /// The changes of a chat's messages after this change.
    Changes(ChatId, ChangeSeq),
    /// A message that another one answers or corrects, by its position.
    Quoted(ChatId, Seq),
}

impl LiveState {
    /// Everything that the tab has to fetch now; nothing while it is offline.
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
                // The chat is too far down to be on the list's first page, but it belongs at the
                // top of what the doctor has to do.
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

    /// The messages to send next: the oldest of each chat that this tab sends. Only one at a time,
    /// so that the next one can't overtake a message that has to be sent again.
    pub fn to_send(&self) -> impl Iterator<Item = (ChatId, &Outgoing)> {
        let is_online = self.link == Link::Online;
        self.chats.iter().filter(move |_| is_online).filter_map(|(&chat_id, state)| {
            let mut sending = state.outgoing.iter().filter(|message| message.state == OutgoingState::Sending);
            sending.find(|message| message.holder == SendingTab::Here).map(|message| (chat_id, message))
        })
    }
}
