//! What can go wrong, as programs and people are told: RFC 9457 on HTTP, a frame on a socket.
//!
//! A problem never carries what a person typed: on a form post it lands in a redirect's URL.

use serde::{Deserialize, Serialize};
use server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use std::time::Duration;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal, $detail:literal;)+) => {
        /// A problem's stable name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum ProblemCode {
            $($(#[$doc])* $name,)+
        }

        impl ProblemCode {
            /// Every code there is.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The name on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// The HTTP status that goes with it.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            /// A sentence in English for whoever reads a log or a trace.
            #[must_use]
            pub const fn detail(self) -> &'static str {
                match self { $(Self::$name => $detail,)+ }
            }
        }
    };
}

codes! {
    /// The body isn't JSON.
    InvalidJson = "invalid_json", 400, "The body is not valid JSON.";
    /// A socket frame isn't one of the contract's.
    InvalidFrame = "invalid_frame", 400, "The frame is not valid JSON, or it does not match the contract.";
    /// No session, or an ended one.
    Unauthenticated = "unauthenticated", 401, "Sign in first.";
    /// Wrong e-mail or password; which one isn't said.
    InvalidCredentials = "invalid_credentials", 401, "The email or password is incorrect.";
    /// Only patients start chats.
    PatientsOnly = "patients_only", 403, "Only patients can do this.";
    /// A request from another site.
    CrossOrigin = "cross_origin", 403, "Requests from another site are not allowed.";
    /// A message said to be somebody else's.
    SenderMismatch = "sender_mismatch", 403, "The sender must be the signed-in user.";
    /// A message of the other's, or one that was taken back.
    NotOnesMessage = "not_ones_message", 403, "You can change only your own messages, and not after you unsent them.";
    /// No such address.
    NotFound = "not_found", 404, "This address does not exist.";
    /// No such chat, or none of one's own.
    ChatNotFound = "chat_not_found", 404, "The chat was not found.";
    /// No message at this place of the chat.
    MessageNotFound = "message_not_found", 404, "The message was not found in this chat.";
    /// No such doctor.
    DoctorNotFound = "doctor_not_found", 404, "The doctor was not found.";
    /// The address knows other methods only.
    MethodNotAllowed = "method_not_allowed", 405, "This address does not support this method.";
    /// A body that did not come in time.
    RequestTimeout = "request_timeout", 408, "The request body did not arrive in time.";
    /// An account has this e-mail.
    EmailTaken = "email_taken", 409, "An account with this email already exists.";
    /// The doctor takes no new chats.
    DoctorNotAccepting = "doctor_not_accepting", 409, "This doctor is not accepting new patients right now.";
    /// A message that was sent too long ago.
    TooLateToChange = "too_late_to_change", 409, "This message is too old to unsend or correct.";
    /// The doctor has closed the chat.
    ChatClosed = "chat_closed", 409, "This chat is closed.";
    /// One has blocked the other.
    ChatBlocked = "chat_blocked", 409, "Nobody can write in this chat because one member blocked the other.";
    /// The chat's doctor has a disabled account.
    DoctorNotAvailable = "doctor_not_available", 409, "This doctor's account is disabled. Nobody will answer.";
    /// The chat's patient has a disabled account.
    PatientNotAvailable = "patient_not_available", 409, "This patient's account is disabled. Nobody will read this.";
    /// A report about the chat is not settled.
    ChatOnHold = "chat_on_hold", 409, "Messages in this chat can't be unsent right now.";
    /// Only one with this role may.
    DoctorsOnly = "doctors_only", 403, "Only doctors can do this.";
    /// Only one with this role may.
    AdminsOnly = "admins_only", 403, "Only administrators can do this.";
    /// Only one with such a role may.
    StaffOnly = "staff_only", 403, "Only doctors and administrators can do this.";
    /// No such saved reply, or not one's own to change.
    SavedReplyNotFound = "saved_reply_not_found", 404, "The saved reply was not found.";
    /// As many as there may be.
    TooManySavedReplies = "too_many_saved_replies", 409, "The limit for saved replies is reached. Delete one first.";
    /// One client id, two texts.
    ClientIdReused = "client_id_reused", 409, "This client id was already used for another message.";
    /// Over the size limit.
    TooLarge = "too_large", 413, "The request is too large. The limit is 64 KiB, or 160 KiB for a form of a page.";
    /// Not JSON.
    UnsupportedMediaType = "unsupported_media_type", 415, "Send the body as application/json.";
    /// A field is missing or out of bounds; see the field errors.
    Invalid = "invalid", 422, "One or more fields are invalid.";
    /// This address speaks WebSocket only.
    UpgradeRequired = "upgrade_required", 426, "This address accepts only WebSocket connections.";
    /// A rate limit.
    RateLimited = "rate_limited", 429, "Too many requests. Wait a moment and try again.";
    /// Our fault.
    Internal = "internal", 500, "Something went wrong on the server.";
    /// The database or a limit is in the way, for now.
    Unavailable = "unavailable", 503, "The server is unavailable right now. Try again.";
    /// More work is under way than the server takes on.
    Overloaded = "overloaded", 503, "The server is too busy right now. Try again in a moment.";
    /// A message that waited so long that the person has to say whether to send it. Never sent by a server.
    Stale = "stale", 503, "The message waited too long to be sent automatically.";
    /// The browser reached no server. Never sent by one.
    Unreachable = "unreachable", 503, "The server could not be reached.";
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FieldCode {
    /// Missing or empty.
    Required,
    /// Fewer characters than the least.
    TooShort,
    /// More characters than the most.
    TooLong,
    /// Among the first that a guesser tries.
    TooCommon,
    /// Not of the form asked for.
    Malformed,
    /// A number outside its range.
    OutOfRange,
    /// Has a character that can't be stored.
    ForbiddenCharacter,
    /// There is one of this name already.
    Taken,
    /// There is none of this name.
    Unknown,
}

impl FieldCode {
    /// A sentence in English.
    #[must_use]
    pub const fn detail(self) -> &'static str {
        match self {
            Self::Required => "This field is required.",
            Self::TooShort => "This is too short.",
            Self::TooLong => "This is too long.",
            Self::TooCommon => "This is too easy to guess.",
            Self::Malformed => "This does not have the expected format.",
            Self::OutOfRange => "This number is out of range.",
            Self::ForbiddenCharacter => "This contains a character that can't be stored.",
            Self::Taken => "This already exists.",
            Self::Unknown => "This was not found.",
        }
    }
}

/// One field's trouble.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's name on the wire.
    pub field: String,
    /// What is wrong with it.
    pub code: FieldCode,
}

/// A refusal or a failure. Carries no text of its own, so it can't leak any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What happened.
    pub code: ProblemCode,
    /// For [`ProblemCode::Invalid`]: which fields and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// For [`ProblemCode::RateLimited`], [`ProblemCode::Unavailable`] and [`ProblemCode::Overloaded`]: whole
    /// seconds to wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
    /// The same in milliseconds, where that is known more exactly.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "retryAfterMs")]
    pub retry_after_ms: Option<u64>,
}

impl Problem {
    /// One field is wrong.
    #[must_use]
    pub fn field(field: &str, code: FieldCode) -> Self {
        Self::fields(vec![FieldError { field: field.to_owned(), code }])
    }

    /// Several fields are wrong.
    #[must_use]
    pub const fn fields(errors: Vec<FieldError>) -> Self {
        Self { code: ProblemCode::Invalid, errors, retry_after_s: None, retry_after_ms: None }
    }

    /// Too fast; wait `seconds`.
    #[must_use]
    pub const fn rate_limited(seconds: u64) -> Self {
        Self { code: ProblemCode::RateLimited, errors: Vec::new(), retry_after_s: Some(seconds), retry_after_ms: None }
    }

    /// Too fast; wait this long.
    #[must_use]
    pub fn rate_limited_for(wait: Duration) -> Self {
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        Self { retry_after_ms: Some(wait_ms), ..Self::rate_limited(wait_ms.div_ceil(1_000)) }
    }

    /// How many milliseconds to wait, if that is known.
    #[must_use]
    pub fn retry_after_ms(&self) -> Option<u64> {
        self.retry_after_ms.or(self.retry_after_s.map(|seconds| seconds.saturating_mul(1_000)))
    }

    /// More than can be done now; try again in a second.
    #[must_use]
    pub const fn overloaded() -> Self {
        Self { code: ProblemCode::Overloaded, errors: Vec::new(), retry_after_s: Some(1), retry_after_ms: None }
    }

    /// The trouble with `field`, if that is what this is about.
    #[must_use]
    pub fn of_field(&self, field: &str) -> Option<FieldCode> {
        self.errors.iter().find(|error| error.field == field).map(|error| error.code)
    }

    /// In words for whoever reads a trace, with what is wrong in which field.
    #[must_use]
    pub fn explain(&self) -> String {
        self.errors.iter().fold(self.code.detail().to_owned(), |text, error| {
            format!("{text} {}: {}", error.field, error.code.detail())
        })
    }

    /// Whether the same request may succeed later, unchanged.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(
            self.code,
            ProblemCode::RateLimited
                | ProblemCode::RequestTimeout
                | ProblemCode::Internal
                | ProblemCode::Unavailable
                | ProblemCode::Overloaded
                | ProblemCode::Unreachable
        )
    }
}

impl From<ProblemCode> for Problem {
    fn from(code: ProblemCode) -> Self {
        Self { code, errors: Vec::new(), retry_after_s: None, retry_after_ms: None }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code.detail())
    }
}

impl std::error::Error for Problem {}

impl FromServerFnError for Problem {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => ProblemCode::Unreachable,
            // In the browser: something between here and the server answered in its place.
            ServerFnErrorErr::Deserialization(_) if cfg!(not(feature = "ssr")) => ProblemCode::Unreachable,
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                ProblemCode::Invalid
            }
            _ => ProblemCode::Internal,
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::ProblemCode;

    #[test]
    fn a_codes_name_is_the_same_on_the_wire_and_in_the_program() {
        for code in ProblemCode::ALL {
            assert_eq!(serde_json::to_value(code).ok(), Some(code.as_str().into()));
        }
    }
}
