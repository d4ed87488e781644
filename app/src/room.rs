//! The room: one chat's messages, the composer, and the actions on the chat.

pub mod chat_status;
pub mod composer;
pub mod context;
pub mod emergency;
pub mod history;
pub mod menu;
pub mod message_text;
pub mod messages;
pub mod page;
pub mod read_tracking;
pub mod saved_replies;
pub mod server_fns;
pub mod type_ahead;
pub mod typing;
