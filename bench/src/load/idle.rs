//! Sockets of users who have the page open and do nothing.

use crate::{error::BenchError, frame, server::PairKeys, socket::Socket, wire::WireError};
use futures::{StreamExt, TryStreamExt, stream};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};

/// Time between two heartbeats of a browser.
const PING_EVERY: Duration = Duration::from_secs(20);
/// Number of sockets that connect at the same time. It is high enough to be quick, and low enough
/// for any listen queue.
const CONNECTING: usize = 64;

/// Connects both sockets of each pair.
pub(crate) async fn connect(addr: SocketAddr, keys: &[PairKeys]) -> Result<Vec<Socket>, WireError> {
    stream::iter(tokens(keys)).map(|token| Socket::open(addr, token)).buffer_unordered(CONNECTING).try_collect().await
}

/// The session tokens of both members of each pair.
pub(crate) fn tokens(keys: &[PairKeys]) -> impl Iterator<Item = &str> {
    keys.iter().flat_map(|pair| [pair.patient_token.as_str(), pair.doctor_token.as_str()])
}

/// Keeps sockets open as a page does: answers pings, and sends heartbeats. Dropping this closes
/// them.
#[derive(Debug)]
pub(crate) struct IdleSockets(JoinSet<WireError>);

impl IdleSockets {
    /// Keeps these sockets open.
    pub(crate) fn keep(sockets: Vec<Socket>) -> Self {
        let count = u32::try_from(sockets.len()).unwrap_or(u32::MAX).max(1);
        let now = Instant::now();
        let mut tasks = JoinSet::new();
        for (place, socket) in (0..count).zip(sockets) {
            // Users do not open pages at the same moment, so the heartbeats are spread over the
            // interval.
            let first = now + PING_EVERY.mul_f64(f64::from(place) / f64::from(count));
            tasks.spawn(keep(socket, first));
        }
        Self(tasks)
    }

    /// The number of sockets lost so far, with the first error.
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
