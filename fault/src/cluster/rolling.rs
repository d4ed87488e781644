//! A rolling restart under load, as an upgrade is made: every node is stopped and started, one after the other, and no
//! send fails. A send may be tried again, under its client id, as any client does.

use super::Cluster;
use crate::{
    Failure,
    calls::{self, Calls},
    counts::Counts,
    deployment::Deployment,
    program::Pair,
    proxy::Proxy,
};
use app::protocol::{ClientId, Seq};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// People who write all the time.
const WRITERS: usize = 16;
/// Load before the first node stops, between two, and after the last.
const BETWEEN: Duration = Duration::from_secs(1);

/// What a writer did.
#[derive(Default)]
struct Written {
    acked: BTreeMap<ClientId, Seq>,
    failed: usize,
    retried: usize,
    slowest: Duration,
}

/// Restarts every node under load; whether no send failed and everything that was acked is stored.
pub(crate) async fn rolling(cluster: &mut Cluster) -> Result<bool, Failure> {
    let pairs = cluster.fill(WRITERS).await?;
    cluster.start("").await?;
    // Before the nodes, as a load balancer is.
    let balancer = Proxy::start(cluster.addrs(), 0, Arc::new(Counts::default())).await?;
    let calls = Calls::new(balancer.addr)?;
    let is_over = AtomicBool::new(false);
    let writers = futures::future::join_all(pairs.iter().map(|pair| write(&calls, pair, &is_over)));
    let restarts = async {
        let mut done = Ok(());
        for node in &mut cluster.nodes {
            tokio::time::sleep(BETWEEN).await;
            done = async {
                node.program.end().await?;
                node.program.launch("").await
            }
            .await;
            if done.is_err() {
                break;
            }
        }
        tokio::time::sleep(BETWEEN).await;
        is_over.store(true, Ordering::SeqCst);
        done
    };
    let (written, restarted) = tokio::join!(writers, restarts);
    restarted?;
    let mut is_kept = true;
    for (pair, written) in pairs.iter().zip(&written) {
        is_kept &= calls::history(&calls, &pair.doctor_token, pair.chat_id).await? == written.acked;
    }
    cluster.stop().await?;
    let sum = |of: fn(&Written) -> usize| written.iter().map(of).sum::<usize>();
    let failed = sum(|written| written.failed);
    println!(
        "a rolling restart: {} sends, {} of them tried again, {failed} failed; the slowest took {} ms; what was acked is {}",
        sum(|written| written.acked.len()),
        sum(|written| written.retried),
        written.iter().map(|written| written.slowest).max().unwrap_or_default().as_millis(),
        if is_kept { "stored once" } else { "NOT what is stored" }
    );
    Ok(failed == 0 && is_kept)
}

async fn write(calls: &Calls, pair: &Pair, is_over: &AtomicBool) -> Written {
    let mut written = Written::default();
    while !is_over.load(Ordering::SeqCst) {
        let (begun, client_id) = (Instant::now(), ClientId::new_v4());
        match calls::until_stored(calls, &pair.patient_token, pair.chat_id, client_id, &client_id.to_string()).await {
            Some(sent) => {
                written.acked.insert(client_id, sent.message.seq);
                written.retried += usize::from(sent.tries > 1);
            }
            None => written.failed += 1,
        }
        written.slowest = written.slowest.max(begun.elapsed());
    }
    written
}
