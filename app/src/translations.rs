//! The interface's texts, made from `locales/` by the build script, which checks that no language lacks one.

#![expect(
    missing_docs,
    unreachable_pub,
    clippy::pedantic,
    clippy::expect_used,
    reason = "generated from the locale files, which speak for themselves"
)]

include!(concat!(env!("OUT_DIR"), "/i18n.rs"));
