//! Sockets: who is connected, and carrying frames to them.
//!
//! A socket only makes things arrive sooner; the database is the truth. What a full or lost socket misses,
//! the browser fetches when it comes back.

pub mod bus;
pub mod connection;
pub mod ordering;
pub mod peers;
pub mod permit;
pub mod registry;

pub use connection::{CloseReason, Connection};
pub use registry::Registry;
