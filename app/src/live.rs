//! The browser's live connection to the server, and the state that it keeps current.
//!
//! The modules that decide are pure: they use no browser types and are tested natively. `state` and
//! `window` hold what a tab has received, and `reducer` applies events to it. `missing` lists what
//! the tab has to fetch. `connection` decides when to connect, fetch and send. `outbox` holds
//! unsent messages that outlive the page, and `notifications` decides which new messages to show.
//! `store` gives views access to the state. The other modules run only in the browser and carry out
//! these decisions: `client`, `outbox_storage` and `tab_channel`, and `notification_service` with
//! `browser_notification`, `sound` and `leader`.

mod backoff;
#[cfg(feature = "hydrate")]
mod browser_notification;
#[cfg(feature = "hydrate")]
mod client;
mod connection;
#[cfg(any(feature = "hydrate", test))]
mod encryption;
mod event;
#[cfg(feature = "hydrate")]
mod leader;
mod missing;
#[cfg(feature = "hydrate")]
mod notification_service;
mod notifications;
#[cfg(feature = "hydrate")]
mod now;
mod outbox;
#[cfg(feature = "hydrate")]
mod outbox_storage;
mod reducer;
pub mod server_fns;
#[cfg(feature = "hydrate")]
mod sound;
mod state;
pub mod store;
#[cfg(feature = "hydrate")]
mod tab_channel;
#[cfg(test)]
mod tests;
mod types;
mod window;

pub use backoff::Backoff;
#[cfg(feature = "hydrate")]
pub(crate) use browser_notification::{BrowserNotification, ask, permit};
#[cfg(feature = "hydrate")]
pub(crate) use client::connect;
pub use connection::{Answer, BrowserSignal, Command, Connection, Input};
pub use event::Event;
pub use missing::Missing;
#[cfg(feature = "hydrate")]
pub(crate) use notification_service::{NotificationCallbacks, NotificationService};
pub use notifications::{
    BrowserFamily, Channel, NewMessages, NotificationAction, NotificationPreferences, NotifiedLog, OtherTabs,
    PendingNotifications, Permission, TabFocus, body, channels, family, still_to_show,
};
#[cfg(feature = "hydrate")]
pub(crate) use now::now;
pub use outbox::{Change, Outbox, StoredEntry};
#[cfg(feature = "hydrate")]
pub(crate) use sound::Sound;
pub use state::{ChatState, Link, LiveState, Outgoing, OutgoingState, Postponed};
pub use store::Live;
pub use types::{MessageOptions, OutboxEntry, PageOf, SendingTab, TabId, WindowEdge};
pub use window::Window;
