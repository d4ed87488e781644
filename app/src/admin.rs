//! The admin's page.

pub mod oversight;
pub mod page;
pub mod safety;
