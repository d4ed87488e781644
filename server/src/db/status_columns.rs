//! The columns of a chat's row that hold its status.

use crate::db::{schema::doctor_patient_chat as chat, time::Moment};
use app::protocol::{Awaiting, BlockedBy, ChatStatus, Closed, StatusBrief, Timestamp};
use diesel::prelude::*;

// The values of `blocked_by`: who has blocked the other member.
pub(super) const DOCTOR: &str = "doctor";
pub(super) const PATIENT: &str = "patient";
pub(super) const BOTH: &str = "both";

/// The columns of a chat's row that hold its status.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = chat)]
pub(super) struct StatusColumns {
    revision: i64,
    waiting_since: Option<Moment>,
    is_urgent: bool,
    done_seq: i64,
    closed_at: Option<Moment>,
    closed_reason: Option<String>,
    may_reopen: bool,
    blocked_by: Option<String>,
    disabled_member: Option<String>,
    closed_by_clinic: bool,
}

impl StatusColumns {
    /// The short form of the status, for a member who archived the chat at the position
    /// `archived_seq`.
    pub(super) fn brief(&self, last_seq: i64, archived_seq: Option<i64>) -> StatusBrief {
        // If no messages can be sent, no answer is awaited.
        let is_over = self.closed_at.is_some() || self.blocked_by.is_some() || self.disabled_member.is_some();
        let is_done = is_over || (last_seq > 0 && self.done_seq >= last_seq);
        let awaiting = match (is_done, self.waiting_since) {
            (true, _) => Awaiting::Nobody,
            (false, Some(_)) => Awaiting::Doctor,
            (false, None) => Awaiting::Patient,
        };
        let is_urgent = self.is_urgent && awaiting == Awaiting::Doctor;
        StatusBrief { revision: self.revision, awaiting, is_urgent, is_archived: archived_seq == Some(last_seq) }
    }

    /// The status as the doctor or the patient sees it.
    pub(super) fn seen_by(self, is_doctor: bool, last_seq: i64, archived_seq: Option<i64>) -> ChatStatus {
        let own = if is_doctor { DOCTOR } else { PATIENT };
        let blocked = self.blocked_by.as_deref().map(|by| {
            let is_own = by == own || by == BOTH;
            if is_own { BlockedBy::Me } else { BlockedBy::Peer }
        });
        let brief = self.brief(last_seq, archived_seq);
        let closed = self.closed_at.zip(self.closed_reason).map(|(at, reason)| Closed {
            at: at.into(),
            reason,
            may_reopen: (is_doctor || self.may_reopen) && self.disabled_member.is_none(),
            is_by_clinic: self.closed_by_clinic,
        });
        let waiting_since = self.waiting_since.filter(|_| brief.awaiting == Awaiting::Doctor).map(Timestamp::from);
        // The viewer is signed in, so the disabled account is the peer's.
        let is_peer_disabled = self.disabled_member.is_some();
        ChatStatus { brief, waiting_since, overdue_at: None, closed, blocked, is_peer_disabled }
    }
}
