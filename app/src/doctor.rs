//! The doctor's pages: home, settings and saved replies.

pub mod home;
#[cfg(feature = "ssr")]
pub mod reply_editor;
#[cfg(feature = "ssr")]
pub mod saved_replies;
pub mod server_fns;
#[cfg(feature = "ssr")]
pub mod settings;
