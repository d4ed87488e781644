//! The frame of the pages.

pub mod account_menu;
pub mod app_bar;
#[cfg(feature = "ssr")]
pub mod form_page;
pub mod not_found;
pub mod panes;
pub mod server_fns;
pub mod shortcuts;
