//! Accounts, passwords, sessions, API tokens and rate limits.
//!
//! Functions fail with a `Problem`. This module knows nothing of HTTP except cookies and headers.

pub mod account;
pub mod cookie;
pub mod device;
pub mod limit;
pub mod password;
pub mod secret;
mod service;
pub mod session;
mod strength;
pub mod token;
mod viewer;

pub use service::{Accounts, AccountsParts};
pub use viewer::{Origin, Viewer};
