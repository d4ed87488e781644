//! Faults of one server on a file. The run's seed determines which and when.

use crate::{
    Failure,
    counts::Counts,
    deployment::Deployment,
    program::{Pair, Program},
    proxy::Proxy,
};
use rand::{Rng, rngs::StdRng};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// The failpoints at which a started server may die. Each start arms one of them or none.
const DEADLY: [&str; 4] = ["", "send::received=0.2%return", "send::committed=0.2%return", "send::acked=0.2%return"];

/// Draws the failpoint to arm, besides those that are always armed.
fn draw_deadly(rng: &mut StdRng) -> &'static str {
    DEADLY.get(rng.random_range(0..DEADLY.len())).copied().unwrap_or_default()
}

/// Stops the process for some time, and lets it continue.
pub(crate) async fn freeze(program: &Program, rng: &mut StdRng) -> Result<(), Failure> {
    program.signal("STOP").await?;
    tokio::time::sleep(Duration::from_millis(rng.random_range(100..1_500))).await;
    program.signal("CONT").await
}

impl Deployment for Program {
    async fn fill(&mut self, pairs: usize) -> Result<Vec<Pair>, Failure> {
        self.make_clinic(pairs).await
    }

    async fn start(&mut self, failpoints: &str) -> Result<(), Failure> {
        self.launch(failpoints).await
    }

    fn addrs(&self) -> Vec<SocketAddr> {
        vec![self.addr]
    }

    async fn run_chaos(
        &mut self,
        proxy: &Proxy,
        counts: &Counts,
        rng: &mut StdRng,
        (until, always): (Instant, &str),
    ) -> Result<(), Failure> {
        while Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(rng.random_range(100..900))).await;
            if self.has_died() {
                counts.add("crashes at a failpoint");
                restart(self, rng, always).await?;
            }
            match rng.random_range(0..10) {
                0..=2 => {
                    counts.add("all connections cut");
                    proxy.cut_all();
                }
                3..=5 => {
                    counts.add("kill -9");
                    self.kill().await?;
                    tokio::time::sleep(Duration::from_millis(rng.random_range(0..400))).await;
                    restart(self, rng, always).await?;
                }
                6 => {
                    counts.add("SIGTERM and restart");
                    self.end().await?;
                    restart(self, rng, always).await?;
                }
                7 | 8 => {
                    counts.add("SIGSTOP and SIGCONT");
                    freeze(self, rng).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn end_faults(&mut self, failpoints: &str) -> Result<(), Failure> {
        self.kill().await?;
        self.launch(failpoints).await
    }

    async fn stop(&mut self) -> Result<(), Failure> {
        self.end().await
    }

    fn slowest_start(&self) -> Duration {
        self.slowest_start
    }
}

/// Starts the server again, perhaps with a failpoint at which it dies.
pub(crate) async fn restart(program: &mut Program, rng: &mut StdRng, always: &str) -> Result<(), Failure> {
    let deadly = draw_deadly(rng);
    program.kill().await?;
    program.launch_armed(always, deadly).await
}
