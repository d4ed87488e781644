//! The service for what belongs to the clinic as a whole.

use super::ready_signs::ReadySigns;
use crate::{auth::limit::PersonLimits, db::DbPool, domain::failure::stopped};
use app::protocol::Problem;
use std::{future::Future, ops::Deref, sync::Arc};
use tokio_util::task::TaskTracker;

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
    pub writes: TaskTracker,
    /// Signs of an emergency, ready for comparing.
    pub(super) signs: ReadySigns,
}

impl Clinic {
    /// Of this database.
    #[must_use]
    pub fn new(db: DbPool, limits: Arc<PersonLimits>, writes: TaskTracker) -> Self {
        Self(Arc::new(ClinicParts { db, limits, writes, signs: ReadySigns::default() }))
    }

    /// Runs a write in a task of its own: it finishes even if the caller goes away, and a stop waits for it.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Problem>> + Send + 'static,
    ) -> Result<T, Problem> {
        self.writes.spawn(work).await.map_err(stopped)?
    }
}

impl Deref for Clinic {
    type Target = ClinicParts;

    fn deref(&self) -> &ClinicParts {
        &self.0
    }
}
