//! The doctor's pages: home, settings and saved replies.

pub mod home;
pub mod reply_editor;
pub mod saved_replies;
pub mod server_fns;
pub mod settings;
