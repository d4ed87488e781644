//! The rules of chats: who may start a chat, write in it and read it. Only this module writes
//! chats.
//!
//! Server functions, REST and the WebSocket only translate requests into calls of these functions.
//! Each function first writes to the database and then publishes the change to the connected
//! sockets. All functions fail with a `Problem`.

pub mod admin_overview;
pub mod auto_reply;
mod auto_reply_queue;
pub mod availability;
pub mod broadcaster;
pub mod directory;
pub mod doctor_settings;
pub mod group_commit;
pub mod history;
pub mod initiate;
pub mod list;
pub mod overdue;
pub mod receipts;
pub mod response_time;
pub mod retract;
pub mod search;
pub mod send;
mod service;
mod share;
pub mod status;
pub mod summaries;
mod summary_broadcaster;
pub mod typing;

pub use service::ChatService;
