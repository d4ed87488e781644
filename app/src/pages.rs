//! Pages, one file each.

pub mod admin;
pub mod area;
pub mod create_account;
pub mod directory;
pub mod doctor_home;
pub mod doctor_settings;
pub mod not_found;
pub mod notifications;
pub mod room;
pub mod saved_replies;
pub mod sign_in;
