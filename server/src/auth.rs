//! Who somebody is: accounts, passwords, sessions, and the limits on guessing.
//!
//! Answers `Problem`s; knows nothing of HTTP but the cookies' form.

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
