//! The list of one's chats, and what finds them.

pub mod author;
pub mod connection;
pub mod inbox;
pub mod list;
pub mod search;
pub mod server_fns;
