//! The list of the user's chats, the inbox filters and the search.

pub mod author;
pub mod connection;
pub mod inbox;
pub mod list;
pub mod search;
pub mod server_fns;
