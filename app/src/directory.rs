//! The directory of doctors.

pub mod availability;
pub mod page;
mod search_state;
pub mod server_fns;
