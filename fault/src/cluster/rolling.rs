//! A rolling restart under load, as in an upgrade: every node is stopped and started, one after the
//! other, and no send may fail. A send may be repeated with its client id, as any client does.

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

/// Number of users who write without a pause.
const WRITERS: usize = 16;
/// Time under load before the first node stops, between two nodes, and after the last.
const BETWEEN: Duration = Duration::from_secs(1);

/// The results of one writer.
#[derive(Default)]
struct Written {
    acked: BTreeMap<ClientId, Seq>,
    failed: usize,
    retried: usize,
    slowest: Duration,
}

/// Restarts every node under load. Returns whether no send failed and every acked message is
/// stored.
pub(crate) async fn rolling(cluster: &mut Cluster) -> Result<bool, Failure> {
    let pairs = cluster.fill(WRITERS).await?;
    cluster.start("").await?;
    // The proxy is a load balancer in front of the nodes.
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
