//! Notifications: whether and how a person is told of new messages.

pub mod context;
pub mod page;
