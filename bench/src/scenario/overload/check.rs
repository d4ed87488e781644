//! Checks that everything that the server acked is in the history.

use crate::{
    error::BenchError,
    http::{self, Http, HttpError},
    pair::ids_of,
    server::PairKeys,
};
use serde::Deserialize;
use std::{collections::HashSet, net::SocketAddr};
use uuid::Uuid;

/// Messages per page: as many as the contract allows.
const PAGE: u32 = 200;

#[derive(Deserialize)]
struct Page {
    messages: Vec<Stored>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    seq: i64,
    client_id: Uuid,
}

/// The result of reading the histories.
#[derive(Debug, Default)]
pub(crate) struct Check {
    /// Messages that the server acked.
    pub(crate) acked: u64,
    /// Acked messages that are not in the history.
    pub(crate) lost: u64,
    /// Messages that are there twice, or whose `seq` is not the next.
    pub(crate) wrong: u64,
}

/// Reads every chat from its start and looks for the acked messages, given by their numbers for
/// each pair.
pub(crate) async fn check(addr: SocketAddr, keys: &[PairKeys], acked: &[Vec<u64>]) -> Result<Check, BenchError> {
    let mut http = Http::connect(addr).await?;
    let mut check = Check::default();
    for (keys, acked) in keys.iter().zip(acked) {
        let (stored, wrong) = read(&mut http, keys).await?;
        let ids = ids_of(keys);
        // A message may be acked twice. It counts once.
        let acked: HashSet<u64> = acked.iter().copied().collect();
        let lost = acked.iter().filter(|number| !stored.contains(&ids.id(**number))).count();
        check.acked += u64::try_from(acked.len()).unwrap_or_default();
        check.lost += u64::try_from(lost).unwrap_or_default();
        check.wrong += wrong;
    }
    Ok(check)
}

/// The client ids in a chat, and the number of messages with a wrong position or repeated id.
async fn read(http: &mut Http, keys: &PairKeys) -> Result<(HashSet<Uuid>, u64), BenchError> {
    let mut stored = HashSet::new();
    let (mut after, mut wrong) = (0, 0);
    loop {
        let path = format!("/api/chats/{}/messages?after={after}&limit={PAGE}", keys.chat_id);
        let body = http.ask(&http::get(&path, &keys.patient_token, None)).await?;
        let page: Page = serde_json::from_slice(body).map_err(|_| HttpError::Body("no page of messages"))?;
        for message in &page.messages {
            let is_new = stored.insert(message.client_id);
            if !is_new || message.seq != after + 1 {
                wrong += 1;
            }
            after = message.seq;
        }
        // A page may be shorter than requested.
        if page.messages.is_empty() {
            return Ok((stored, wrong));
        }
    }
}
