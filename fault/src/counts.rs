//! Counts of the events of a run, by kind.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// Counters by name.
#[derive(Default)]
pub(crate) struct Counts(Mutex<BTreeMap<&'static str, u64>>);

impl Counts {
    /// Counts one event.
    pub(crate) fn add(&self, kind: &'static str) {
        self.add_many(kind, 1);
    }

    /// Counts several events.
    pub(crate) fn add_many(&self, kind: &'static str, count: u64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(kind).or_default() += count;
    }

    /// All counts by name.
    pub(crate) fn all(&self) -> BTreeMap<&'static str, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
