//! HTTP: the REST handlers (one file per noun) and what they share. A handler only translates
//! between HTTP and the services in `chat/`, `auth/` and `clinic/`, which decide. It returns errors
//! as [`HttpProblem`].

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

pub use extract::{ApiJson, ApiPath, ApiQuery, MessageKey};
pub use origin::check_socket_origin;
pub use problem::HttpProblem;

/// The result of a handler.
pub type ApiResult<T> = Result<T, HttpProblem>;
