//! Reusable parts of pages.

pub mod app_bar;
pub mod availability;
pub mod avatar;
pub mod chat_list;
pub mod clock;
pub mod composer;
pub mod connection;
pub mod field;
pub mod message_list;
pub mod message_text;
pub mod overlay;
pub mod page_title;
pub mod preferences;
pub mod problem;
pub mod remembered;
pub mod room_context;
pub mod search;
pub mod shortcuts;
pub mod typing;
pub mod viewer;
