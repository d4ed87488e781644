//! The status of a chat: who has to answer next, and whether it is closed, blocked or archived.
//! Also the actions that change the status, and reports to the clinic's admin.

use crate::protocol::{ChatId, ReportId, Seq, Timestamp, skip::is_false};
use serde::{Deserialize, Serialize};

/// Maximum length of a reason for closing a chat, in characters.
pub const CLOSE_REASON_MAX_CHARS: usize = 500;
/// Maximum length of a report to the clinic's admin, in characters.
pub const REPORT_MAX_CHARS: usize = 1_000;
/// Maximum number of reports in one page of the admin's list.
pub const REPORTS_MAX_LIMIT: i64 = 100;

/// Who has to answer next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Awaiting {
    /// The doctor: the patient waits for an answer.
    Doctor,
    /// The patient: the doctor has answered, or the chat has no message yet.
    #[default]
    Patient,
    /// Nobody: the doctor marked the chat as done, or the chat is closed.
    #[serde(rename = "done")]
    Nobody,
}

/// The part of a chat's status that every page holds for every chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct StatusBrief {
    /// Counts the changes to the chat except its messages.
    pub revision: i64,
    /// Who has to answer next.
    #[serde(rename = "turn")]
    pub awaiting: Awaiting,
    /// Whether one of the messages that wait for an answer was marked as urgent.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub is_urgent: bool,
    /// Whether this member has archived the chat. The next message ends that.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub is_archived: bool,
}

/// The status of a chat as one of its members sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChatStatus {
    /// The part of the status that every page holds.
    pub brief: StatusBrief,
    /// When the patient began to wait for an answer; absent if the patient does not wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub waiting_since: Option<Timestamp>,
    /// When the patient's wait becomes overdue. Only the doctor gets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub overdue_at: Option<Timestamp>,
    /// Present while the chat is closed. Nobody can write in a closed chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub closed: Option<Closed>,
    /// Present while one member blocks the other. Nobody can write in a blocked chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub blocked: Option<BlockedBy>,
    /// Whether the peer's account is disabled. Then nobody can write in the chat.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub is_peer_disabled: bool,
}

impl ChatStatus {
    /// Whether the members may write in the chat.
    #[must_use]
    pub const fn may_write(&self) -> bool {
        self.closed.is_none() && self.blocked.is_none() && !self.is_peer_disabled
    }
}

/// How a chat was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Closed {
    /// When the chat was closed.
    pub at: Timestamp,
    /// The reason, as the person who closed the chat wrote it. Empty only for a chat that was
    /// closed before a reason was required.
    pub reason: String,
    /// Whether this member may reopen the chat.
    pub may_reopen: bool,
    /// Whether the clinic's admin closed the chat; otherwise the doctor did.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub is_by_clinic: bool,
}

/// Which member has blocked the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum BlockedBy {
    /// This member, who can unblock the chat.
    Me,
    /// The peer.
    Peer,
}

/// A report to the clinic's admin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The report's id.
    pub id: ReportId,
    /// When the member made the report.
    pub at: Timestamp,
    /// When the admin settled the report; absent until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub settled_at: Option<Timestamp>,
    /// Whether the doctor made the report; otherwise the patient did.
    pub is_by_doctor: bool,
    /// The name of the chat's doctor.
    pub doctor_name: String,
    /// The name of the chat's patient.
    pub patient_name: String,
    /// The reason, as the member wrote it.
    pub reason: String,
}

/// A chat whose patient has waited too long for an answer. It contains no text of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WaitingChat {
    /// The chat's id.
    pub chat_id: ChatId,
    /// The name of the doctor that the patient waits for.
    pub doctor_name: String,
    /// The name of the patient.
    pub patient_name: String,
    /// When the patient began to wait.
    pub waiting_since: Timestamp,
    /// Whether one of the waiting messages was marked as urgent.
    pub is_urgent: bool,
    /// Whether the doctor's account is disabled, so that the doctor will not answer.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ssr", schema(required = false))]
    pub is_doctor_disabled: bool,
}

/// An open chat in which one member's account is disabled and nobody waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct UnattendedChat {
    /// The chat's id.
    pub chat_id: ChatId,
    /// The doctor's name.
    pub doctor_name: String,
    /// The patient's name.
    pub patient_name: String,
    /// Whether the doctor's account is disabled; otherwise the patient's is.
    pub is_doctor_disabled: bool,
}

/// The chats and reports that need the attention of the clinic's admin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AdminOverview {
    /// The chats whose patients wait too long: urgent ones first, then those of doctors with
    /// enabled accounts, then the longest wait first.
    pub waiting: Vec<WaitingChat>,
    /// Other chats that the admin can close because an account is disabled: at most 100, the newest
    /// first.
    #[serde(default)]
    pub unattended: Vec<UnattendedChat>,
    /// The first page of the reports: unsettled ones first, oldest first; then settled ones, newest
    /// first.
    pub reports: Vec<Report>,
    /// The value of `after` that requests the next page of reports; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(nullable = false))]
    pub next_reports: Option<String>,
}

/// A page of the reports to the clinic's admin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ReportPage {
    /// The reports: unsettled ones first, oldest first; then settled ones, newest first.
    pub reports: Vec<Report>,
    /// The value of `after` that requests the next page; `None` on the last page.
    pub next: Option<String>,
}

/// An action that changes a chat's status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(tag = "act", rename_all = "camelCase")]
pub enum ChatAction {
    /// The doctor marks the chat as done up to this message. Has no effect if a newer message
    /// exists.
    #[serde(rename_all = "camelCase")]
    Done {
        /// The `seq` of the newest message.
        seq: Seq,
    },
    /// The doctor undoes `done`.
    NotDone {},
    /// The doctor closes the chat for both members and gives a reason.
    #[serde(rename_all = "camelCase")]
    Close {
        /// The reason, shown to the patient: 1 to 500 characters.
        #[serde(default)]
        reason: String,
        /// Whether the patient may reopen the chat.
        #[serde(default)]
        may_reopen: bool,
    },
    /// The doctor reopens the chat, or the patient if `mayReopen` was set.
    Reopen {},
    /// This member blocks the chat: nobody can write in it until this member unblocks it.
    Block {},
    /// This member ends the block.
    Unblock {},
    /// Archives the chat for this member, until a message newer than this one arrives.
    #[serde(rename_all = "camelCase")]
    Archive {
        /// The `seq` of the newest message. The action has no effect if a newer one exists.
        seq: Seq,
    },
    /// Removes the chat from this member's archive.
    Unarchive {},
}
