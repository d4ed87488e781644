//! Parts that any page can use. They do not depend on chats.

pub mod avatar;
pub mod back_to_chats;
pub mod clock;
pub mod composition;
pub mod details_menu;
pub mod failed;
#[cfg(feature = "hydrate")]
pub mod focus;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod loaded;
pub mod markup;
pub mod overlay;
pub mod page_title;
pub mod prehydration_input;
pub mod problem;
pub mod single_key;
pub mod slots;
pub mod ssr_memo;
pub mod viewer;
#[cfg(feature = "hydrate")]
pub mod virtual_keyboard;
pub mod written;
