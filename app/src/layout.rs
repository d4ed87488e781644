//! The frame of the pages.

pub mod app_bar;
pub mod not_found;
pub mod panes;
pub mod preferences;
pub mod server_fns;
pub mod shortcuts;
