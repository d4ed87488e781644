//! Made-up clinics: one for trying Bedside, and one for benchmarks.

pub mod bench;
pub mod demo;
