//! The permit of a connection, held until the connection or its socket closes.

use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// One of a limited number of connections. The last clone that is dropped frees it.
#[derive(Clone)]
pub struct ConnectionPermit(
    #[expect(dead_code, reason = "gives the permit back when the last holder drops it")] Arc<OwnedSemaphorePermit>,
);

impl ConnectionPermit {
    /// Wraps a permit.
    #[must_use]
    pub fn new(permit: OwnedSemaphorePermit) -> Self {
        Self(Arc::new(permit))
    }
}
