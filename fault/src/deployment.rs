//! What a run needs of the servers under test: one server on a file, or several that share a
//! database.

use crate::{Failure, counts::Counts, program::Pair, proxy::Proxy};
use rand::rngs::StdRng;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// The servers under test.
pub(crate) trait Deployment {
    /// Creates a clinic with pairs of a patient and a doctor. No server runs yet.
    async fn fill(&mut self, pairs: usize) -> Result<Vec<Pair>, Failure>;

    /// Starts all servers with these failpoints armed. Returns when all of them listen.
    async fn start(&mut self, failpoints: &str) -> Result<(), Failure>;

    /// The addresses at which the servers listen.
    fn addrs(&self) -> Vec<SocketAddr>;

    /// Causes faults until the given time. Restarts servers that have ended, with the given
    /// failpoints armed and others that are drawn at random.
    async fn run_chaos(
        &mut self,
        proxy: &Proxy,
        counts: &Counts,
        rng: &mut StdRng,
        until_and_always: (Instant, &str),
    ) -> Result<(), Failure>;

    /// Ends all faults. From now on everything works.
    async fn end_faults(&mut self, failpoints: &str) -> Result<(), Failure>;

    /// Stops all servers in an orderly way.
    async fn stop(&mut self) -> Result<(), Failure>;

    /// The longest time that a server took to start on an existing database.
    fn slowest_start(&self) -> Duration;
}
