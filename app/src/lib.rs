//! Bedside's interface: pages, wire types and the browser's live connection.
//!
//! The crate is compiled natively (`ssr`), where the server renders it, and to wasm (`hydrate`),
//! where the browser runs it. It has no database code: the trait `backend::Backend` declares what
//! it needs from the server.

#![recursion_limit = "256"]

pub mod account;
pub mod admin;
#[cfg(feature = "hydrate")]
mod assist;
#[cfg(feature = "ssr")]
pub mod auto_reply_text;
#[cfg(feature = "ssr")]
pub mod backend;
pub mod chats;
pub mod components;
pub mod directory;
pub mod doctor;
pub mod folding;
#[cfg(feature = "ssr")]
pub mod form_pages;
pub mod layout;
pub mod live;
pub mod notifications;
pub mod preferences;
pub mod protocol;
#[cfg(feature = "ssr")]
mod response;
pub mod room;
pub mod root;
pub mod safety;
#[cfg(feature = "ssr")]
mod shell;
#[cfg(feature = "styleguide")]
pub mod styleguide;
pub mod takeover;
mod translations;

#[cfg(feature = "hydrate")]
pub use assist::assist;
#[cfg(feature = "ssr")]
pub use form_pages::FormPages;
pub use root::App;
#[cfg(feature = "ssr")]
pub use shell::{PageKind, RefusedForm, busy_page, refused_form_page, shell};
pub use translations::i18n;
