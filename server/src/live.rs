//! Sockets: who is connected, and carrying frames to them.
//!
//! A socket only makes things arrive sooner; the database is the truth. What a full or lost socket misses,
//! the browser fetches when it comes back.

pub mod allowance;
pub mod bus;
pub mod connection;
pub mod nodes;
pub mod order;
pub mod peers;
mod reader;
pub mod registry;
pub mod socket;
pub mod sweep;

pub use allowance::Allowance;
pub use connection::{CloseReason, Connection};
pub use registry::Registry;
