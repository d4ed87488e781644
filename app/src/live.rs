//! The browser's live connection.
//!
//! What decides is pure, has no browser types and is tested natively: `state`, `window` and `apply` say what a
//! tab knows and how an event changes it, `need` what it has to ask for, `driver` when to connect, ask and send,
//! `outbox` what outlives the page, `notice` what the person has to be told of. `store` lends the state to the views;
//! `client`, `vault` and `tabs`, and `teller` with `notifier`, `chime` and `turn` (browser only) carry out what was
//! decided.

mod apply;
mod backoff;
#[cfg(feature = "hydrate")]
mod chime;
#[cfg(feature = "hydrate")]
mod client;
mod driver;
mod event;
mod need;
mod notice;
#[cfg(feature = "hydrate")]
mod notifier;
#[cfg(feature = "hydrate")]
mod now;
mod outbox;
#[cfg(any(feature = "hydrate", test))]
mod seal;
mod state;
pub mod store;
#[cfg(feature = "hydrate")]
mod tabs;
#[cfg(feature = "hydrate")]
mod teller;
#[cfg(test)]
mod tests;
#[cfg(feature = "hydrate")]
mod turn;
mod types;
#[cfg(feature = "hydrate")]
mod vault;
mod window;

pub use backoff::Backoff;
#[cfg(feature = "hydrate")]
pub(crate) use chime::Chime;
#[cfg(feature = "hydrate")]
pub(crate) use client::connect;
pub use driver::{Answer, Driver, Input, Order, Sign};
pub use event::Event;
pub use need::Need;
pub use notice::{
    Channel, Family, Look, Looks, News, Notice, Notices, Permit, Record, Wishes, body, channels, family, handed_over,
};
#[cfg(feature = "hydrate")]
pub(crate) use notifier::{Banner, ask, permit};
#[cfg(feature = "hydrate")]
pub(crate) use now::now;
pub use outbox::{Change, Kept, Outbox};
pub use state::{ChatState, Link, LiveState, Outgoing, OutgoingState, Postponed};
pub use store::Live;
#[cfg(feature = "hydrate")]
pub(crate) use teller::{Manner, Teller};
pub use types::{About, Edge, Entry, Holder, PageOf, TabId};
pub use window::Window;
