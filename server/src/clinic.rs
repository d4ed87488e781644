//! Settings of the clinic as a whole: saved replies and emergency settings. Functions fail with a
//! `Problem`.

pub mod defaults;
mod ready_signs;
pub mod safety;
pub mod saved_reply;
mod service;

pub use service::Clinic;
