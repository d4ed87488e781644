//! The types of everything that browser and server send each other. `docs/contract.md` describes
//! them.
//!
//! This module holds types only: no database access, no browser code. JSON is camelCase; times are
//! RFC 3339 in UTC with milliseconds.

mod availability;
mod chat_status;
mod clinic;
mod codec;
mod frame;
mod id;
mod model;
mod problem;
mod query;
mod room;
mod skip;
mod timestamp;

pub use availability::{AWAY_NOTE_MAX_CHARS, Availability, Away, DoctorSettings, OPENINGS_MAX, Opening, SettingsForm};
pub use chat_status::{
    AdminOverview, Awaiting, BlockedBy, CLOSE_REASON_MAX_CHARS, ChatAction, ChatStatus, Closed, REPORT_MAX_CHARS,
    REPORTS_MAX_LIMIT, Report, ReportPage, StatusBrief, UnattendedChat, WaitingChat,
};
pub use clinic::{
    EMERGENCY_NUMBER_MAX_CHARS, NewSavedReply, PHRASES_MAX_CHARS, Phrases, PhrasesChange, SAVED_REPLY_MAX_CHARS,
    SAVED_REPLY_TITLE_MAX_CHARS, Safety, SafetyChange, SavedReply, SavedReplyPage,
};
pub use codec::{TextJson, TextJsonEncoding};
pub use frame::{ChatCounters, ClientFrame, Hello, PROTOCOL_VERSION, ServerFrame};
pub use id::{ChangeSeq, ChatId, ClientId, Epoch, MessageId, ReportId, SavedReplyId, Seq, UserId};
pub use model::{
    CHANGES_MAX_LIMIT, CHATS_MAX_LIMIT, CONTENT_MAX_CHARS, ChangePage, Chat, ChatPage, DOCTORS_MAX_LIMIT, Doctor,
    DoctorPage, MESSAGES_DEFAULT_LIMIT, MESSAGES_MAX_LIMIT, Message, MessagePage, PASSWORD_MAX_CHARS,
    PASSWORD_MIN_CHARS, Peer, Retracted, Role, SEARCH_MAX_CHARS, SEARCH_MAX_LIMIT, SearchHit, SearchPage, SnippetPiece,
    User,
};
pub use problem::{FieldCode, FieldError, Problem, ProblemCode};
pub use query::{ChangeQuery, ChatQuery, DoctorQuery, HistoryQuery, ReportQuery, SearchQuery};
pub use room::Room;
pub use timestamp::Timestamp;
