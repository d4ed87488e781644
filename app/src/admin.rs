//! The admin's page.

pub mod overview;
pub mod page;
pub mod safety;
pub mod server_fns;
