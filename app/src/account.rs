//! Sign-up and sign-in.

#[cfg(feature = "ssr")]
pub mod create_account;
pub mod server_fns;
#[cfg(feature = "ssr")]
pub mod sign_in;
