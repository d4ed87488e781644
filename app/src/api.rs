//! What pages ask of the server: the server functions, one noun per file, and the [`Backend`] behind them.
//!
//! All are POST under `/fn/` and change state or not as their names say; errors are `Problem`s.

#![expect(missing_docs, reason = "`#[server]` makes a public struct of each function's arguments, without docs")]

pub mod account;
#[cfg(feature = "ssr")]
mod backend;
pub mod chat;
pub mod clinic;
pub mod doctor;
pub mod message;
mod query;
#[cfg(feature = "ssr")]
pub(crate) mod response;
pub mod room;
pub mod search;
pub mod settings;
pub mod standing;

#[cfg(feature = "ssr")]
pub use backend::{Backend, SignedIn, Text, backend};
pub use query::{ChangeQuery, ChatQuery, DoctorQuery, HistoryQuery, ReportQuery, SearchQuery};
