//! Errors, as the server reports them to programs and users: RFC 9457 over HTTP, a frame on a
//! socket.
//!
//! A problem never contains text that a user typed, because after a form post it is part of a
//! redirect's URL.

use super::codec::TextJsonEncoding;
use serde::{Deserialize, Serialize};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};
use std::time::Duration;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal, $detail:literal;)+) => {
        /// A problem's code. Codes are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum ProblemCode {
            $($(#[$doc])* $name,)+
        }

        impl ProblemCode {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The name on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// The HTTP status of a response with this code.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            /// A description in English, for logs and traces.
            #[must_use]
            pub const fn detail(self) -> &'static str {
                match self { $(Self::$name => $detail,)+ }
            }
        }
    };
}

codes! {
    /// The request body is not valid JSON.
    InvalidJson = "invalid_json", 400, "The body is not valid JSON.";
    /// A frame on a socket is not one of the contract's frames.
    InvalidFrame = "invalid_frame", 400, "The frame is not valid JSON, or it does not match the contract.";
    /// The request has no session, or the session has ended.
    Unauthenticated = "unauthenticated", 401, "Sign in first.";
    /// The e-mail or the password is wrong. The server does not say which.
    InvalidCredentials = "invalid_credentials", 401, "The email or password is incorrect.";
    /// Only patients may start chats.
    PatientsOnly = "patients_only", 403, "Only patients can do this.";
    /// The request came from another site's page.
    CrossOrigin = "cross_origin", 403, "Requests from another site are not allowed.";
    /// A Socket.IO message names a sender other than the signed-in user.
    SenderMismatch = "sender_mismatch", 403, "The sender must be the signed-in user.";
    /// The message belongs to the peer, or was retracted.
    NotOnesMessage = "not_ones_message", 403, "You can change only your own messages, and not after you unsent them.";
    /// The address does not exist.
    NotFound = "not_found", 404, "This address does not exist.";
    /// The chat does not exist, or the user is not a member of it.
    ChatNotFound = "chat_not_found", 404, "The chat was not found.";
    /// The chat has no message at this position.
    MessageNotFound = "message_not_found", 404, "The message was not found in this chat.";
    /// No doctor has this id.
    DoctorNotFound = "doctor_not_found", 404, "The doctor was not found.";
    /// The address does not support the request's method.
    MethodNotAllowed = "method_not_allowed", 405, "This address does not support this method.";
    /// The request body did not arrive in time.
    RequestTimeout = "request_timeout", 408, "The request body did not arrive in time.";
    /// An account with this e-mail exists.
    EmailTaken = "email_taken", 409, "An account with this email already exists.";
    /// The doctor does not accept new chats.
    DoctorNotAccepting = "doctor_not_accepting", 409, "This doctor is not accepting new patients right now.";
    /// The message was sent too long ago to be retracted or corrected.
    TooLateToChange = "too_late_to_change", 409, "This message is too old to unsend or correct.";
    /// The doctor or the clinic's admin has closed the chat.
    ChatClosed = "chat_closed", 409, "This chat is closed.";
    /// One member has blocked the other.
    ChatBlocked = "chat_blocked", 409, "Nobody can write in this chat because one member blocked the other.";
    /// The account of the chat's doctor is disabled.
    DoctorNotAvailable = "doctor_not_available", 409, "This doctor's account is disabled. Nobody will answer.";
    /// The account of the chat's patient is disabled.
    PatientNotAvailable = "patient_not_available", 409, "This patient's account is disabled. Nobody will read this.";
    /// A report about the chat is not settled yet, so messages can't be retracted.
    ChatOnHold = "chat_on_hold", 409, "Messages in this chat can't be unsent right now.";
    /// Only doctors may do this.
    DoctorsOnly = "doctors_only", 403, "Only doctors can do this.";
    /// Only admins may do this.
    AdminsOnly = "admins_only", 403, "Only administrators can do this.";
    /// Only doctors and admins may do this.
    StaffOnly = "staff_only", 403, "Only doctors and administrators can do this.";
    /// The saved reply does not exist, or the user may not change it.
    SavedReplyNotFound = "saved_reply_not_found", 404, "The saved reply was not found.";
    /// The limit for saved replies is reached.
    TooManySavedReplies = "too_many_saved_replies", 409, "The limit for saved replies is reached. Delete one first.";
    /// The client id was used before for another text.
    ClientIdReused = "client_id_reused", 409, "This client id was already used for another message.";
    /// The request is larger than the limit.
    TooLarge = "too_large", 413, "The request is too large. The limit is 64 KiB, or 160 KiB for a form of a page.";
    /// The body's content type is not JSON.
    UnsupportedMediaType = "unsupported_media_type", 415, "Send the body as application/json.";
    /// A field is missing or invalid; see the field errors.
    Invalid = "invalid", 422, "One or more fields are invalid.";
    /// The address accepts only WebSocket connections.
    UpgradeRequired = "upgrade_required", 426, "This address accepts only WebSocket connections.";
    /// A rate limit is reached.
    RateLimited = "rate_limited", 429, "Too many requests. Wait a moment and try again.";
    /// The server failed.
    Internal = "internal", 500, "Something went wrong on the server.";
    /// The database is unavailable or too busy at the moment.
    Unavailable = "unavailable", 503, "The server is unavailable right now. Try again.";
    /// The server processes too many requests at the moment.
    Overloaded = "overloaded", 503, "The server is too busy right now. Try again in a moment.";
    /// The message waited so long that the user must decide whether to send it. Servers never send
    /// this code.
    Stale = "stale", 503, "The message waited too long to be sent automatically.";
    /// The browser could not reach the server. Servers never send this code.
    Unreachable = "unreachable", 503, "The server could not be reached.";
}

/// The reason why a field is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FieldCode {
    /// The field is missing or empty.
    Required,
    /// The text has fewer characters than the minimum.
    TooShort,
    /// The text has more characters than the maximum.
    TooLong,
    /// The password is one of the first that an attacker would try.
    TooCommon,
    /// The value does not have the expected format.
    Malformed,
    /// The number is outside its range.
    OutOfRange,
    /// The text contains a character that can't be stored.
    ForbiddenCharacter,
    /// The value overlaps or repeats one that exists, for example an opening.
    Taken,
    /// The value names something that does not exist, for example a time zone.
    Unknown,
}

impl FieldCode {
    /// A description in English.
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

/// An invalid field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's name on the wire; `body` or `query` if the value has the wrong JSON or query
    /// type.
    pub field: String,
    /// Why the field is invalid.
    pub code: FieldCode,
}

/// An error. It contains no text of its own, so it can't leak a user's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The kind of error.
    pub code: ProblemCode,
    /// The invalid fields and the reasons, for [`ProblemCode::Invalid`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Whole seconds to wait before the next try, for [`ProblemCode::RateLimited`],
    /// [`ProblemCode::Unavailable`] and [`ProblemCode::Overloaded`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
    /// Milliseconds to wait before the next try, if the server knows the time more exactly.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "retryAfterMs")]
    pub retry_after_ms: Option<u64>,
}

impl Problem {
    /// A problem about one invalid field.
    #[must_use]
    pub fn field(field: &str, code: FieldCode) -> Self {
        Self::fields(vec![FieldError { field: field.to_owned(), code }])
    }

    /// A problem about several invalid fields.
    #[must_use]
    pub const fn fields(errors: Vec<FieldError>) -> Self {
        Self { code: ProblemCode::Invalid, errors, retry_after_s: None, retry_after_ms: None }
    }

    /// A rate limit is reached; the client must wait for `seconds`.
    #[must_use]
    pub const fn rate_limited(seconds: u64) -> Self {
        Self { code: ProblemCode::RateLimited, errors: Vec::new(), retry_after_s: Some(seconds), retry_after_ms: None }
    }

    /// A rate limit is reached; the client must wait for `wait`.
    #[must_use]
    pub fn rate_limited_for(wait: Duration) -> Self {
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        Self { retry_after_ms: Some(wait_ms), ..Self::rate_limited(wait_ms.div_ceil(1_000)) }
    }

    /// Milliseconds to wait before the next try, if known.
    #[must_use]
    pub fn retry_after_ms(&self) -> Option<u64> {
        self.retry_after_ms.or(self.retry_after_s.map(|seconds| seconds.saturating_mul(1_000)))
    }

    /// The server is overloaded; the client should try again after one second.
    #[must_use]
    pub const fn overloaded() -> Self {
        Self { code: ProblemCode::Overloaded, errors: Vec::new(), retry_after_s: Some(1), retry_after_ms: None }
    }

    /// Why `field` is invalid, if this problem is about that field.
    #[must_use]
    pub fn field_code(&self, field: &str) -> Option<FieldCode> {
        self.errors.iter().find(|error| error.field == field).map(|error| error.code)
    }

    /// A description in English for logs and traces, with each invalid field and its reason.
    #[must_use]
    pub fn explain(&self) -> String {
        self.errors.iter().fold(self.code.detail().to_owned(), |text, error| {
            format!("{text} {}: {}", error.field, error.code.detail())
        })
    }

    /// Whether the same request may succeed later.
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
    type Encoder = TextJsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => ProblemCode::Unreachable,
            // In the browser, this means that a proxy answered instead of the server.
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
mod tests;
