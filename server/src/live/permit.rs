//! The permit that a connection holds for as long as it lives, also once it is a socket.

use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// One of the connections that there is room for, as long as it lives.
#[derive(Clone)]
pub struct ConnectionPermit(
    #[expect(dead_code, reason = "gives the permit back when the last holder drops it")] Arc<OwnedSemaphorePermit>,
);

impl ConnectionPermit {
    /// Holds this permit.
    #[must_use]
    pub fn new(permit: OwnedSemaphorePermit) -> Self {
        Self(Arc::new(permit))
    }
}
