//! Sign-up and sign-in.

pub mod create_account;
pub mod server_fns;
pub mod sign_in;
