//! The rules of chats, once: who may start one, write in it and read it. The only place that writes chats.
//!
//! Server functions, REST and the WebSocket translate to these functions and back; none of them decides
//! anything. Each function writes first and then tells the connected sockets. Answers `Problem`s.

pub mod availability;
pub mod broadcaster;
pub mod commit;
pub mod directory;
pub mod doctor_settings;
pub mod history;
pub mod initiate;
pub mod list;
pub mod mark;
pub mod notice;
mod notice_queue;
pub mod overdue;
pub mod oversight;
pub mod retract;
pub mod search;
pub mod send;
mod service;
mod share;
pub mod standing;
pub mod summaries;
mod summary_broadcaster;
pub mod typing;
pub mod usual_reply;

pub use service::ChatService;
