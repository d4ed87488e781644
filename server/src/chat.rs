//! The rules of chats, once: who may start one, write in it and read it. The only place that writes chats.
//!
//! Server functions, REST and the WebSocket translate to these functions and back; none of them decides
//! anything. Each function writes first and then tells the connected sockets. Answers `Problem`s.

pub mod availability;
pub mod commit;
pub mod directory;
pub mod disabled;
pub mod doctor_settings;
pub mod history;
pub mod hours;
pub mod initiate;
pub mod list;
pub mod mark;
pub mod notice;
pub mod outside;
pub mod overdue;
pub mod oversight;
pub mod retract;
pub mod search;
pub mod send;
mod share;
pub mod standing;
pub mod summaries;
pub mod typing;
pub mod usual_reply;

use crate::db::{self, DbConn, chat::ChatRow};
use app::protocol::{ChatId, FieldCode, Problem, ProblemCode, UserId};

/// The chat, if `user` is one of its two people; to anyone else it does not exist.
async fn require_member(conn: &mut DbConn, chat: ChatId, user: UserId) -> Result<ChatRow, Problem> {
    db::chat::of_member(conn, chat, user).await?.ok_or_else(|| ProblemCode::ChatNotFound.into())
}

/// Why nobody writes to the other of a chat whose account is disabled: to the patient, or to the doctor.
const fn peer_not_available(is_doctor: bool) -> ProblemCode {
    if is_doctor { ProblemCode::PatientNotAvailable } else { ProblemCode::DoctorNotAvailable }
}

/// A text of one to so many characters, trimmed.
pub(crate) fn require_text<'a>(field: &str, text: &'a str, max: usize) -> Result<&'a str, Problem> {
    let text = text.trim();
    let code = if text.is_empty() {
        FieldCode::Required
    } else if text.contains('\0') {
        FieldCode::ForbiddenCharacter
    } else if text.chars().count() > max {
        FieldCode::TooLong
    } else {
        return Ok(text);
    };
    Err(Problem::field(field, code))
}

/// A page's size: `default` when not given, a problem when outside 1 to `max`.
fn check_limit(limit: Option<i64>, default: i64, max: i64) -> Result<i64, Problem> {
    match limit {
        None => Ok(default),
        Some(limit) if (1..=max).contains(&limit) => Ok(limit),
        Some(_) => Err(Problem::field("limit", FieldCode::OutOfRange)),
    }
}
