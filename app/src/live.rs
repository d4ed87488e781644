//! The browser's live connection.
//!
//! What decides is pure, has no browser types and is tested natively: `state`, `window` and `reducer` say what a
//! tab knows and how an event changes it, `missing` what it has to ask for, `driver` when to connect, ask and send,
//! `outbox` what outlives the page, `notice` what the person has to be told of. `store` lends the state to the views;
//! `client`, `outbox_storage` and `tab_channel`, and `notification_service` with `notifier`, `sound` and `leader` (browser only) carry out what was
//! decided.

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
