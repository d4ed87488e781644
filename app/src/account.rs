//! Signing up and in.

pub mod create_account;
pub mod sign_in;
