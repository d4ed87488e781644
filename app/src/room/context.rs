//! The signals that the parts of one room share.

use crate::protocol::{ChatId, ClientId, Problem, Role, Seq, Timestamp, UserId};
use leptos::prelude::*;

/// What the composer writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// A message of its own.
    #[default]
    New,
    /// An answer to the message with this `seq`.
    Reply(Seq),
    /// A correction of the viewer's message with this `seq`.
    Correct(Seq),
}

/// The sender and the client id: identifies a message also while it has no `seq`.
pub type EntryKey = (UserId, ClientId);

/// A room's signals, provided as context to all its parts.
#[derive(Clone, Copy)]
pub struct RoomContext {
    /// The chat.
    pub chat_id: ChatId,
    /// The viewer's role in the chat.
    pub own_role: Role,
    /// The peer's name.
    pub peer_name: StoredValue<String>,
    /// What the composer writes.
    pub purpose: RwSignal<Purpose>,
    /// The message whose options are shown.
    pub selected: RwSignal<Option<EntryKey>>,
    /// For how long a sender may change a message after it was stored, in milliseconds.
    pub changeable_ms: i64,
    /// The message to scroll to next.
    pub jump: RwSignal<Option<Seq>>,
    /// The problem of the last fetch of messages, if it failed.
    pub unfetched: RwSignal<Option<Problem>>,
    /// Counts the fetches, so that the result of an earlier one is ignored.
    pub leads: StoredValue<u32>,
    /// The first message that was unread when the room was opened, or when messages came while the
    /// room was not in view.
    pub first_unread: RwSignal<Option<Seq>>,
}

impl RoomContext {
    /// Whether a message that was stored at `stored_at` can still be changed.
    #[must_use]
    pub const fn may_change(&self, stored_at: Timestamp, now: Timestamp) -> bool {
        now.0 < stored_at.0.saturating_add(self.changeable_ms)
    }

    /// Starts a fetch. Returns its number for `resource_view`.
    pub fn lead(self) -> u32 {
        self.leads.try_update_value(|leads| *leads = leads.wrapping_add(1));
        self.leads.try_get_value().unwrap_or_default()
    }

    /// Clears the problem of an earlier fetch and ignores its result.
    pub fn forget_unfetched(self) {
        self.lead();
        self.unfetched.try_set(None);
    }

    /// Records the result of fetch number `lead`, if it is still the last one. A problem is shown
    /// once, because each scroll repeats the fetch.
    pub fn resource_view(self, lead: u32, problem: Option<Problem>) {
        let is_last = self.leads.try_get_value() == Some(lead);
        if is_last && self.unfetched.try_with_untracked(|before| *before != problem) == Some(true) {
            self.unfetched.try_set(problem);
        }
    }

    /// The context of the room. Panics outside a room.
    pub fn expect() -> Self {
        expect_context()
    }
}
