//! Notifications: the preferences page, and the code that starts the notification service.

pub mod context;
pub mod page;
