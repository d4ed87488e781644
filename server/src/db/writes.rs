//! Writes in progress.

use crate::domain::failure::stopped;
use app::protocol::Problem;
use std::{future::Future, ops::Deref};
use tokio_util::task::TaskTracker;

/// The writes in progress, which a stop waits for. Cheap to clone.
#[derive(Clone, Default)]
pub struct Writes(TaskTracker);

impl Writes {
    /// Runs a write in its own task, so that it finishes even if the caller is dropped. A panic of
    /// the task becomes a `Problem`.
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
