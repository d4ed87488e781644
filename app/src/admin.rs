//! The admin's page.

pub mod oversight;
pub mod page;
pub mod safety;
pub mod server_fns;
