//! All nodes write to one chat at the same moment. The positions must have no gap, and the acks
//! must be true.

use super::Cluster;
use crate::{
    Failure,
    calls::{self, Calls},
    deployment::Deployment,
};
use app::protocol::{ClientId, Seq};
use futures::future::join_all;
use std::{collections::BTreeMap, time::Instant};

/// Number of concurrent messages.
const SENDS: usize = 1_000;

/// Sends the messages over all nodes, half from the patient and half from the doctor. Returns
/// whether all invariants hold.
pub(crate) async fn one_chat(cluster: &mut Cluster) -> Result<bool, Failure> {
    let pairs = cluster.fill(1).await?;
    let pair = pairs.first().ok_or_else(|| Failure::Program("no pair".to_owned()))?;
    cluster.start("").await?;
    let nodes: Vec<Calls> = cluster.addrs().into_iter().map(Calls::new).collect::<Result<_, _>>()?;
    let begun = Instant::now();
    let tokens = [&pair.patient_token, &pair.doctor_token];
    let sends = (0..SENDS).zip(nodes.iter().cycle()).zip(tokens.into_iter().cycle()).map(
        |((number, node), token)| async move {
            let client_id = ClientId::new_v4();
            let sent = calls::until_stored(node, token, pair.chat_id, client_id, &format!("message {number}")).await;
            sent.map(|sent| (client_id, sent.message.seq))
        },
    );
    let acked: BTreeMap<ClientId, Seq> = join_all(sends).await.into_iter().flatten().collect();
    let took = begun.elapsed();
    let stored = match nodes.first() {
        Some(node) => calls::history(node, &pair.patient_token, pair.chat_id).await?,
        None => BTreeMap::new(),
    };
    cluster.stop().await?;
    let mut seqs: Vec<i64> = stored.values().map(|seq| seq.0).collect();
    seqs.sort_unstable();
    let is_good = acked.len() == SENDS && stored == acked && seqs.into_iter().eq((1_i64..).take(SENDS));
    println!(
        "one chat on {} nodes: {SENDS} sends at once, {} stored, {} acked, {}: {} ms",
        nodes.len(),
        stored.len(),
        acked.len(),
        if is_good { "in order, without a gap" } else { "NOT as it should be" },
        took.as_millis()
    );
    Ok(is_good)
}
