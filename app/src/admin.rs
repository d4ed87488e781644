//! The admin's console. Its pages are plain forms. Accounts are managed on the command line.

#[cfg(feature = "ssr")]
pub mod entries;
#[cfg(feature = "ssr")]
pub mod overview;
#[cfg(feature = "ssr")]
pub mod replies;
#[cfg(feature = "ssr")]
pub mod reports;
#[cfg(feature = "ssr")]
pub mod safety;
pub mod server_fns;
