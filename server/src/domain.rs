//! What is true without a database, a clock or a network: pure functions and types.

pub mod failure;
pub mod office_hours;
pub mod paging;
pub mod rules;
pub mod search_words;
pub mod text;
