//! Pure functions and types, without a database, a clock or a network.

pub mod failure;
pub mod office_hours;
pub mod paging;
pub mod rules;
pub mod search_words;
pub mod text;
