//! The browser's live connection.
//!
//! `state`, `apply` and `need` are pure: what a tab knows, how an event changes it, and what it has to ask
//! for next. They have no browser types and are property-tested natively. `store` lends them to the views;
//! `client` (browser only) drives them with a socket.

mod apply;
mod backoff;
#[cfg(feature = "hydrate")]
mod client;
mod event;
mod need;
mod state;
pub mod store;
#[cfg(test)]
mod tests;

pub use backoff::Backoff;
#[cfg(feature = "hydrate")]
pub(crate) use client::{connect, now};
pub use event::{Event, PageOf};
pub use need::Need;
pub use state::{ChatState, Link, LiveState, Outgoing, OutgoingState, Window};
pub use store::Live;
