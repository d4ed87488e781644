//! The service for settings of the clinic as a whole.

use super::ready_signs::ReadySigns;
use crate::{
    auth::limit::PersonLimits,
    db::{DbPool, Writes},
};
use std::{ops::Deref, sync::Arc};

/// Saved replies and emergency settings. Cheap to clone.
#[derive(Clone)]
pub struct Clinic(Arc<ClinicParts>);

/// The parts of a [`Clinic`].
pub struct ClinicParts {
    /// The clinic's database.
    pub db: DbPool,
    /// Rate limits per user.
    pub limits: Arc<PersonLimits>,
    /// Writes that have begun; a stop waits for them.
    pub writes: Writes,
    /// The parsed phrases that are signs of an emergency.
    pub(super) signs: ReadySigns,
}

impl Clinic {
    /// A service on this database.
    #[must_use]
    pub fn new(db: DbPool, limits: Arc<PersonLimits>, writes: Writes) -> Self {
        Self(Arc::new(ClinicParts { db, limits, writes, signs: ReadySigns::default() }))
    }
}

impl Deref for Clinic {
    type Target = ClinicParts;

    fn deref(&self) -> &ClinicParts {
        &self.0
    }
}
