//! What goes wrong, and when: drawn from the run's seed.

use crate::{Failure, counts::Counts, program::Program, proxy::Proxy};
use rand::{Rng, rngs::StdRng};
use std::time::{Duration, Instant};

/// Where a started server may be armed to die, one of these at a time.
const DEADLY: [&str; 4] = ["", "send::received=0.2%return", "send::committed=0.2%return", "send::acked=0.2%return"];

/// Breaks things until `until`. The server runs, or is to be started again, when it returns.
pub(crate) async fn rage(
    program: &mut Program,
    proxy: &Proxy,
    counts: &Counts,
    rng: &mut StdRng,
    (until, always): (Instant, &str),
) -> Result<(), Failure> {
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(rng.random_range(100..900))).await;
        if program.has_died() {
            counts.add("crashes at a failpoint");
            restart(program, rng, always).await?;
        }
        match rng.random_range(0..10) {
            0..=2 => {
                counts.add("all connections cut");
                proxy.cut_all();
            }
            3..=5 => {
                counts.add("kill -9");
                program.kill().await?;
                tokio::time::sleep(Duration::from_millis(rng.random_range(0..400))).await;
                restart(program, rng, always).await?;
            }
            6 => {
                counts.add("SIGTERM and restart");
                program.stop().await?;
                restart(program, rng, always).await?;
            }
            7 | 8 => {
                counts.add("SIGSTOP and SIGCONT");
                program.signal("STOP").await?;
                tokio::time::sleep(Duration::from_millis(rng.random_range(100..1_500))).await;
                program.signal("CONT").await?;
            }
            _ => {}
        }
    }
    Ok(())
}

async fn restart(program: &mut Program, rng: &mut StdRng, always: &str) -> Result<(), Failure> {
    let deadly = DEADLY.get(rng.random_range(0..DEADLY.len())).copied().unwrap_or_default();
    program.kill().await?;
    program.start(&[always, deadly].join(";")).await
}
