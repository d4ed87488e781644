//! The filters of the list of chats: by whose answer a chat awaits, and archived ones.

use crate::{
    live::{ChatState, LiveState},
    protocol::{Awaiting, ChatId, Role, Timestamp},
};
use std::cmp::Reverse;

/// A filter of the list of chats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InboxFilter {
    /// Everything that is not archived.
    #[default]
    All,
    /// The patient waits for an answer.
    Waiting,
    /// The doctor has answered.
    Answered,
    /// No reply is needed, or the chat is closed.
    Done,
    /// Archived by the user.
    Archived,
}

impl InboxFilter {
    /// The filters that a user of this role can choose.
    #[must_use]
    pub const fn for_role(role: Role) -> &'static [Self] {
        match role {
            Role::Doctor => &[Self::All, Self::Waiting, Self::Answered, Self::Done, Self::Archived],
            Role::Patient | Role::Admin => &[Self::All, Self::Archived],
        }
    }

    /// Whether a chat matches at a moment. An archived chat returns to the inbox when its patient
    /// has waited for too long.
    #[must_use]
    pub fn has(self, chat: &ChatState, now: Timestamp) -> bool {
        let brief = chat.counters.brief;
        let is_away = brief.is_archived && !is_overdue(chat, now);
        match self {
            Self::Archived => is_away,
            _ if is_away => false,
            Self::All => true,
            Self::Waiting => brief.awaiting == Awaiting::Doctor,
            Self::Answered => brief.awaiting == Awaiting::Patient,
            Self::Done => brief.awaiting == Awaiting::Nobody,
        }
    }

    /// How many chats match, including those that are not loaded yet.
    #[must_use]
    pub fn count(self, state: &LiveState, now: Timestamp) -> usize {
        state.chats.values().filter(|chat| self.has(chat, now)).count()
    }
}

/// The chats under one heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The heading, if the list has several.
    pub heading: Option<InboxFilter>,
    /// The chats in order.
    pub chats: Vec<ChatId>,
}

/// The sections of a filter, for a user of this role. Waiting chats come first: urgent ones on top,
/// then by longest wait. All others are ordered by newest activity.
#[must_use]
pub fn sections(state: &LiveState, part: InboxFilter, role: Role, now: Timestamp) -> Vec<Section> {
    let held = state.list();
    let section = |of: InboxFilter, heading| {
        let mut chats: Vec<&ChatState> = held.iter().copied().filter(|chat| of.has(chat, now)).collect();
        if of == InboxFilter::Waiting {
            chats.sort_by_key(|chat| (Reverse(chat.counters.brief.is_urgent), waiting_since(chat)));
        }
        Section { heading, chats: chats.into_iter().map(|chat| chat.counters.chat_id).collect() }
    };
    let sections = match (part, role) {
        (InboxFilter::All, Role::Doctor) => [InboxFilter::Waiting, InboxFilter::Answered, InboxFilter::Done]
            .map(|part| section(part, Some(part)))
            .to_vec(),
        _ => vec![section(part, None)],
    };
    sections.into_iter().filter(|section| !section.chats.is_empty()).collect()
}

/// Whether the patient waits and is overdue; only the doctor's page has this.
fn is_overdue(chat: &ChatState, now: Timestamp) -> bool {
    let due = chat.chat.as_ref().and_then(|chat| chat.status.overdue_at);
    chat.counters.brief.awaiting == Awaiting::Doctor && due.is_some_and(|due| due <= now)
}

fn waiting_since(chat: &ChatState) -> Option<Timestamp> {
    chat.chat.as_ref().and_then(|chat| chat.status.waiting_since)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        live::Event,
        protocol::{ChangeSeq, Chat, ChatStatus, Peer, Seq, StatusBrief, UserId},
    };

    const NOW: Timestamp = Timestamp(1_000);

    fn chat(id: i64, awaiting: Awaiting, since: i64) -> Chat {
        Chat {
            chat_id: ChatId(id),
            peer: Peer {
                id: UserId(id),
                name: String::new(),
                role: Role::Patient,
                specialty: None,
                availability: None,
            },
            last_seq: Seq(1),
            last_message: None,
            answered: None,
            read_seq: Seq(0),
            peer_read_seq: Seq(0),
            peer_delivered_seq: Seq(0),
            peer_read_at: None,
            peer_delivered_at: None,
            unread: 1,
            last_change: ChangeSeq(0),
            status: ChatStatus {
                brief: StatusBrief { awaiting, ..StatusBrief::default() },
                waiting_since: (awaiting == Awaiting::Doctor).then_some(Timestamp(since)),
                ..ChatStatus::default()
            },
            updated_at: Timestamp(since),
        }
    }

    fn state() -> LiveState {
        let mut state = LiveState::new(UserId(99));
        let mut urgent = chat(4, Awaiting::Doctor, 40);
        urgent.status.brief.is_urgent = true;
        let mut away = chat(5, Awaiting::Doctor, 1);
        away.status.brief.is_archived = true;
        let chats = [
            chat(1, Awaiting::Doctor, 20),
            chat(2, Awaiting::Doctor, 10),
            chat(3, Awaiting::Patient, 30),
            urgent,
            away,
        ];
        for chat in chats.into_iter().chain([chat(6, Awaiting::Nobody, 50), chat(7, Awaiting::Patient, 60)]) {
            state.apply(Event::Chat(Box::new(chat)));
        }
        state
    }

    fn ids(sections: &[Section]) -> Vec<Vec<i64>> {
        sections.iter().map(|section| section.chats.iter().map(|chat| chat.0).collect()).collect()
    }

    #[test]
    fn waiting_chats_are_ordered_by_urgency_then_wait() {
        let state = state();
        assert_eq!(ids(&sections(&state, InboxFilter::All, Role::Doctor, NOW)), [vec![4, 2, 1], vec![7, 3], vec![6]]);
        assert_eq!(ids(&sections(&state, InboxFilter::Waiting, Role::Doctor, NOW)), [[4, 2, 1]]);
        assert_eq!(ids(&sections(&state, InboxFilter::Archived, Role::Doctor, NOW)), [[5]]);
        assert_eq!(
            ids(&sections(&state, InboxFilter::All, Role::Patient, NOW)),
            [[7, 6, 4, 3, 1, 2]],
            "patients': newest first"
        );
    }

    #[test]
    fn archived_chat_returns_when_overdue() {
        let mut state = state();
        let mut away = chat(5, Awaiting::Doctor, 1);
        (away.status.brief.is_archived, away.status.overdue_at) = (true, Some(NOW));
        state.apply(Event::Chat(Box::new(away)));
        let before = Timestamp(NOW.0 - 1);
        assert_eq!(ids(&sections(&state, InboxFilter::Archived, Role::Doctor, before)), [[5]]);
        assert_eq!(ids(&sections(&state, InboxFilter::Waiting, Role::Doctor, NOW)), [[4, 5, 2, 1]]);
        assert!(sections(&state, InboxFilter::Archived, Role::Doctor, NOW).is_empty());
    }

    #[test]
    fn filter_counts_match_its_list() {
        let state = state();
        for part in InboxFilter::for_role(Role::Doctor) {
            let listed: usize =
                sections(&state, *part, Role::Doctor, NOW).iter().map(|section| section.chats.len()).sum();
            assert_eq!(part.count(&state, NOW), listed, "{part:?}");
        }
    }
}
