//! What a tab has to ask the server for, seen from what it knows. A level, not an edge: asked again after
//! every change, it stays the same until it is answered.

use super::state::{Link, LiveState, Outgoing, OutgoingState};
use crate::{
    live::PageOf,
    protocol::{ChatId, Seq},
};

/// A larger hole isn't filled message by message; the newest are shown instead.
const HOLE_MAX: i64 = 400;

/// Something to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The top of the list of chats.
    List,
    /// One chat's summary.
    Chat(ChatId),
    /// A stretch of a chat's history.
    Page(ChatId, PageOf),
}

impl LiveState {
    /// Everything to fetch now.
    #[must_use]
    pub fn needs(&self) -> Vec<Need> {
        if self.link != Link::Online {
            return Vec::new();
        }
        let mut needs = Vec::new();
        if self.is_list_stale {
            needs.push(Need::List);
        }
        for (&chat_id, state) in &self.chats {
            let last_seq = state.counters.last_seq;
            if let Some(window) = &state.window
                && window.top < last_seq
            {
                let is_large = last_seq.0 - window.top.0 > HOLE_MAX;
                needs.push(Need::Page(chat_id, if is_large { PageOf::Newest } else { PageOf::After(window.top) }));
            } else if state.chat.is_some() && state.last_message().map_or(Seq(0), |message| message.seq) < last_seq {
                needs.push(Need::Chat(chat_id));
            }
        }
        needs
    }

    /// What to hand to the socket now, in order.
    #[must_use]
    pub fn to_send(&self) -> Vec<(ChatId, Outgoing)> {
        if self.link != Link::Online {
            return Vec::new();
        }
        self.chats
            .iter()
            .flat_map(|(&chat_id, state)| {
                state
                    .outgoing
                    .iter()
                    .filter(|message| message.state == OutgoingState::Sending && message.handed_over_at.is_none())
                    .map(move |message| (chat_id, message.clone()))
            })
            .collect()
    }
}
