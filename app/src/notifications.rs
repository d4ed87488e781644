//! Notifications: whether and how a person is told of new messages.

pub mod notifying;
pub mod page;
