//! The service for what belongs to the clinic as a whole.

use super::ready_signs::ReadySigns;
use crate::{
    auth::limit::PersonLimits,
    db::{DbPool, Writes},
};
use std::{ops::Deref, sync::Arc};

/// Saved replies and what the clinic says of emergencies; cheap to clone.
#[derive(Clone)]
pub struct Clinic(Arc<ClinicParts>);

/// What [`Clinic`] works with.
pub struct ClinicParts {
    /// The clinic's database.
    pub db: DbPool,
    /// Limits on people.
    pub limits: Arc<PersonLimits>,
    /// Writes under way, which a stop waits for.
    pub writes: Writes,
    /// Signs of an emergency, ready for comparing.
    pub(super) signs: ReadySigns,
}

impl Clinic {
    /// Of this database.
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
