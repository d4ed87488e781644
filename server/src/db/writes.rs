//! Writes under way.

use crate::domain::failure::stopped;
use app::protocol::Problem;
use std::{future::Future, ops::Deref};
use tokio_util::task::TaskTracker;

/// Writes under way, which a stop waits for; cheap to clone.
#[derive(Clone, Default)]
pub struct Writes(TaskTracker);

impl Writes {
    /// Runs a write in a task of its own: it finishes even if the caller goes away.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Problem>> + Send + 'static,
    ) -> Result<T, Problem> {
        self.spawn(work).await.map_err(stopped)?
    }
}

impl Deref for Writes {
    type Target = TaskTracker;

    fn deref(&self) -> &TaskTracker {
        &self.0
    }
}
