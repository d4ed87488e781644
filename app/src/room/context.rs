//! What the parts of one room tell each other.

use crate::protocol::{ChatId, ClientId, Problem, Role, Seq, Timestamp, UserId};
use leptos::prelude::*;

/// What is being written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// A message by itself.
    #[default]
    New,
    /// An answer to this one.
    Reply(Seq),
    /// A correction of this own one.
    Correct(Seq),
}

/// Tells messages apart, also while they have no place yet.
pub type EntryKey = (UserId, ClientId);

/// A room's own signals, provided to everything in it.
#[derive(Clone, Copy)]
pub struct RoomContext {
    /// The chat.
    pub chat_id: ChatId,
    /// What the viewer is in it.
    pub own_role: Role,
    /// The other's name.
    pub peer_name: StoredValue<String>,
    /// What is being written.
    pub purpose: RwSignal<Purpose>,
    /// Whose options are shown.
    pub selected: RwSignal<Option<EntryKey>>,
    /// For how long after it was stored a message can be changed by its sender, in milliseconds.
    pub changeable_ms: i64,
    /// A message to bring into view.
    pub jump: RwSignal<Option<Seq>>,
    /// Why what was to be shown last could not be fetched.
    pub unfetched: RwSignal<Option<Problem>>,
    /// Counts what was to be shown: how an earlier one ends is no matter any more.
    pub leads: StoredValue<u32>,
    /// The first message that was not read when the room was opened, or when more came while nobody looked.
    pub first_unread: RwSignal<Option<Seq>>,
}

impl RoomContext {
    /// Whether what was stored then can still be changed.
    #[must_use]
    pub const fn may_change(&self, stored_at: Timestamp, now: Timestamp) -> bool {
        now.0 < stored_at.0.saturating_add(self.changeable_ms)
    }

    /// Something else is to be shown; answers what `resource_view` wants to know it by.
    pub fn lead(self) -> u32 {
        self.leads.try_update_value(|leads| *leads = leads.wrapping_add(1));
        self.leads.try_get_value().unwrap_or_default()
    }

    /// What was said of an earlier try is no matter any more.
    pub fn forget_unfetched(self) {
        self.lead();
        self.unfetched.try_set(None);
    }

    /// How fetching it ended. Said once: whoever scrolls on has it tried again and again.
    pub fn resource_view(self, lead: u32, problem: Option<Problem>) {
        let is_last = self.leads.try_get_value() == Some(lead);
        if is_last && self.unfetched.try_with_untracked(|before| *before != problem) == Some(true) {
            self.unfetched.try_set(problem);
        }
    }

    /// The room's.
    pub fn expect() -> Self {
        expect_context()
    }
}
