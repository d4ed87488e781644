//! HTTP: the REST handlers, one noun per file, and what they share. Handlers translate; `chat/` and `auth/`
//! decide. Errors leave as [`HttpProblem`].

pub mod account;
pub mod admission;
pub mod arrival;
pub mod asyncapi;
pub mod backend;
pub mod chat;
pub mod chat_status;
pub mod doctor;
pub mod extract;
pub mod fair_pool;
pub mod headers;
pub mod health;
pub mod message;
pub mod openapi;
pub mod origin;
pub mod overload;
pub mod page;
pub mod portions;
pub mod problem;
pub mod refused_form;
pub mod safety;
pub mod saved_reply;
pub mod search;
pub mod security_txt;
pub mod session;

pub use extract::{ApiJson, ApiPath, ApiQuery, MessagePlace};
pub use origin::check_socket_origin;
pub use problem::HttpProblem;

/// What a handler answers.
pub type ApiResult<T> = Result<T, HttpProblem>;
