//! What frames the pages.

pub mod app_bar;
pub mod area;
pub mod not_found;
pub mod preferences;
pub mod server_fns;
pub mod shortcuts;
