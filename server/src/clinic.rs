//! What belongs to the clinic as a whole: saved replies, and what it says of emergencies. Answers `Problem`s.

pub mod defaults;
mod ready_signs;
pub mod safety;
pub mod saved_reply;
mod service;

pub use service::Clinic;
