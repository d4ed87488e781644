//! Parts that any page can have. They know nothing of chats.

pub mod avatar;
pub mod back_to_chats;
pub mod clock;
pub mod composition;
pub mod confirm;
pub mod failed;
pub mod fetched;
pub mod field;
pub mod focus;
#[cfg(feature = "hydrate")]
pub mod keyboard;
pub mod markup;
pub mod overlay;
pub mod page_title;
pub mod panel;
pub mod problem;
pub mod remembered;
pub mod single_key;
pub mod slots;
pub mod text_field;
pub mod typed;
pub mod viewer;
pub mod written;
