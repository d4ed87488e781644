//! Made-up clinics: one to try Bedside with, and one to measure it with.

pub mod bench;
pub mod demo;
