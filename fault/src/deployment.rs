//! What a run needs of the servers under test, be it one on a file or several that share a database.

use crate::{Failure, counts::Counts, program::Pair, proxy::Proxy};
use rand::rngs::StdRng;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// The servers under test.
pub(crate) trait Deployment {
    /// Makes a clinic with pairs in it. Nothing serves it yet.
    async fn fill(&mut self, pairs: usize) -> Result<Vec<Pair>, Failure>;

    /// Starts serving, with these failpoints armed; returns once all of it listens.
    async fn start(&mut self, failpoints: &str) -> Result<(), Failure>;

    /// Where it listens.
    fn addrs(&self) -> Vec<SocketAddr>;

    /// Breaks things until the given moment. Servers that have ended are to be started with the given failpoints
    /// armed, besides others that are drawn.
    async fn run_chaos(
        &mut self,
        proxy: &Proxy,
        counts: &Counts,
        rng: &mut StdRng,
        until_and_always: (Instant, &str),
    ) -> Result<(), Failure>;

    /// Ends everything that was broken: from now on all of it works.
    async fn end_faults(&mut self, failpoints: &str) -> Result<(), Failure>;

    /// Stops all of it, orderly.
    async fn stop(&mut self) -> Result<(), Failure>;

    /// The longest time that a server took to start over an existing database.
    fn slowest_start(&self) -> Duration;
}
