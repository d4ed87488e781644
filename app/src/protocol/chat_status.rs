//! How a chat stands beside its messages.

use crate::protocol::{ChatId, ReportId, Seq, Timestamp, skip::is_false};
use serde::{Deserialize, Serialize};

/// Longest reason for closing a chat, in characters.
pub const CLOSE_REASON_MAX_CHARS: usize = 500;
/// Longest report to the clinic's admin, in characters.
pub const REPORT_MAX_CHARS: usize = 1_000;
/// Most reports in one page of the admin's list.
pub const REPORTS_MAX_LIMIT: i64 = 100;

/// Who is to do something next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Awaiting {
    /// The patient waits for an answer.
    Doctor,
    /// The doctor has answered, or nothing was written yet.
    #[default]
    Patient,
    /// Nobody: the doctor marked the chat as done, or the chat is closed.
    #[serde(rename = "done")]
    Nobody,
}

/// The part of a chat's standing that every page knows of every chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct StatusBrief {
    /// How often anything of the chat but its messages has changed.
    pub revision: i64,
    /// Whose turn it is.
    #[serde(rename = "turn")]
    pub awaiting: Awaiting,
    /// Whether something of what waits was flagged urgent.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub is_urgent: bool,
    /// Whether this member has put it away; it comes back with the next message.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub is_archived: bool,
}

/// How a chat stands, as one of its members sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChatStatus {
    /// In short.
    pub brief: StatusBrief,
    /// Since when the patient has waited for an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub waiting_since: Option<Timestamp>,
    /// From when on the patient has waited too long. For the doctor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub overdue_at: Option<Timestamp>,
    /// Set while it is closed: nobody writes in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub closed: Option<Closed>,
    /// Set while nobody writes in it because one has blocked the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub blocked: Option<BlockedBy>,
    /// Whether the other's account is disabled: nobody writes in it, and nobody answers.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub is_peer_disabled: bool,
}

impl ChatStatus {
    /// Whether its members may write in it.
    #[must_use]
    pub const fn may_write(&self) -> bool {
        self.closed.is_none() && self.blocked.is_none() && !self.is_peer_disabled
    }
}

/// That a chat is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Closed {
    /// Since when.
    pub at: Timestamp,
    /// Why, in the words of whoever closed it; only a chat that was closed before reasons were asked for has none.
    pub reason: String,
    /// Whether this member may open it again.
    pub may_reopen: bool,
    /// Whether the clinic's admin closed it; otherwise the doctor did.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub is_by_clinic: bool,
}

/// Who has blocked the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum BlockedBy {
    /// This member, who can take it back.
    Me,
    /// The other.
    Peer,
}

/// A report to the clinic's admin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Id.
    pub id: ReportId,
    /// When it was made.
    pub at: Timestamp,
    /// When it was dealt with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub settled_at: Option<Timestamp>,
    /// Whether the doctor made it; otherwise the patient did.
    pub is_by_doctor: bool,
    /// The chat's doctor.
    pub doctor_name: String,
    /// The chat's patient.
    pub patient_name: String,
    /// In the reporter's words.
    pub reason: String,
}

/// A chat whose patient has waited too long for an answer. Nothing of what was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WaitingChat {
    /// Id.
    pub chat_id: ChatId,
    /// For whom.
    pub doctor_name: String,
    /// Who.
    pub patient_name: String,
    /// Since when.
    pub waiting_since: Timestamp,
    /// Whether something of it was flagged urgent.
    pub is_urgent: bool,
    /// Whether the doctor's account is disabled: they will not answer.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub is_doctor_disabled: bool,
}

/// An open chat of which somebody's account is disabled, and in which nobody waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct UnattendedChat {
    /// Id.
    pub chat_id: ChatId,
    /// The doctor.
    pub doctor_name: String,
    /// The patient.
    pub patient_name: String,
    /// Whether the doctor's account is disabled; the patient's is otherwise.
    pub is_doctor_disabled: bool,
}

/// What the clinic's admin has to look after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AdminOverview {
    /// Urgent ones first, then those of doctors who can sign in, then the longest wait.
    pub waiting: Vec<WaitingChat>,
    /// Those that can be closed beside these; the newest first, 100 at most.
    #[serde(default)]
    pub unattended: Vec<UnattendedChat>,
    /// The first page of the reports: those that were not dealt with, oldest first; then the others, newest first.
    pub reports: Vec<Report>,
    /// Where the reports go on: pass as `after` for their next page; absent when there are no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub next_reports: Option<String>,
}

/// A page of the reports to the clinic's admin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ReportPage {
    /// Those that were not dealt with, oldest first; then the others, newest first.
    pub reports: Vec<Report>,
    /// Pass as `after` for the next page; `None` on the last.
    pub next: Option<String>,
}

/// What a member does to a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(tag = "act", rename_all = "camelCase")]
pub enum ChatAction {
    /// The doctor has nothing to answer up to this message. Does nothing once there is a newer one.
    #[serde(rename_all = "camelCase")]
    Done {
        /// The newest message.
        seq: Seq,
    },
    /// The doctor takes that back.
    NotDone {},
    /// The doctor ends it for both, and says why.
    #[serde(rename_all = "camelCase")]
    Close {
        /// Why, for the patient: 1 to 500 characters.
        #[serde(default)]
        reason: String,
        /// Whether the patient may open it again.
        #[serde(default)]
        may_reopen: bool,
    },
    /// The doctor, or a patient who may, opens it again.
    Reopen {},
    /// Nobody can write in it until this member says so.
    Block {},
    /// This member says so.
    Unblock {},
    /// Puts it away for oneself, until something newer than this message comes.
    #[serde(rename_all = "camelCase")]
    Archive {
        /// The newest message.
        seq: Seq,
    },
    /// Takes it back out.
    Unarchive {},
}
