//! Sockets: which users are connected, and sending frames to them.
//!
//! A socket only makes changes arrive sooner; the database has the final state. The browser fetches
//! what it missed because of a full or lost socket when it reconnects.

pub mod bus;
pub mod connection;
pub mod ordering;
pub mod peers;
pub mod permit;
pub mod registry;

pub use connection::{CloseReason, Connection};
pub use registry::Registry;
