//! The rules of chats, once: who may start one, write in it and read it. The only place that writes chats.
//!
//! Server functions, REST and the WebSocket translate to these functions and back; none of them decides
//! anything. Each function writes first and then tells the connected sockets. Answers `Problem`s.

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
