//! Sockets of people who have the page open and do nothing.

use crate::{error::BenchError, frame, server::PairKeys, socket::Socket, wire::WireError};
use futures::{StreamExt, TryStreamExt, stream};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};

/// A browser's heartbeat.
const PING_EVERY: Duration = Duration::from_secs(20);
/// Sockets that connect at the same time: enough to be quick, few enough for any listen queue.
const CONNECTING: usize = 64;

/// Both sockets of each pair, connected.
pub(crate) async fn connect(addr: SocketAddr, keys: &[PairKeys]) -> Result<Vec<Socket>, WireError> {
    stream::iter(tokens(keys)).map(|token| Socket::open(addr, token)).buffer_unordered(CONNECTING).try_collect().await
}

/// The sessions of both sides of each pair.
pub(crate) fn tokens(keys: &[PairKeys]) -> impl Iterator<Item = &str> {
    keys.iter().flat_map(|pair| [pair.patient_token.as_str(), pair.doctor_token.as_str()])
}

/// Keeps sockets as an open page does: answers pings, and sends its own. They are closed when this is dropped.
#[derive(Debug)]
pub(crate) struct IdleSockets(JoinSet<WireError>);

impl IdleSockets {
    /// Keeps these.
    pub(crate) fn keep(sockets: Vec<Socket>) -> Self {
        let count = u32::try_from(sockets.len()).unwrap_or(u32::MAX).max(1);
        let now = Instant::now();
        let mut tasks = JoinSet::new();
        for (place, socket) in (0..count).zip(sockets) {
            // Pages are not opened all at the same time, so their heartbeats are spread.
            let first = now + PING_EVERY.mul_f64(f64::from(place) / f64::from(count));
            tasks.spawn(keep(socket, first));
        }
        Self(tasks)
    }

    /// How many have been lost so far, and why the first.
    pub(crate) fn lost(&mut self) -> Result<Option<(usize, WireError)>, BenchError> {
        let mut lost: Option<(usize, WireError)> = None;
        while let Some(ended) = self.0.try_join_next() {
            let error = ended?;
            lost.get_or_insert((0, error)).0 += 1;
        }
        Ok(lost)
    }
}

async fn keep(mut socket: Socket, first: Instant) -> WireError {
    let mut next = first;
    loop {
        tokio::select! {
            received = socket.receive() => {
                if let Err(error) = received {
                    return error;
                }
            }
            () = sleep_until(next) => {
                next += PING_EVERY;
                socket.queue(frame::PING);
                if let Err(error) = socket.flush().await {
                    return error;
                }
            }
        }
    }
}
