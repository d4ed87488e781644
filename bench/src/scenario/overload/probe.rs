//! A user who sends messages at intervals while others overload the server.

use crate::{
    frame::{self, Incoming},
    pair::ids_of,
    server::PairKeys,
    socket::Socket,
    wire::WireError,
};
use std::{
    cell::RefCell,
    convert::Infallible,
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};

/// Time between an answer and the next send.
const SEND_EVERY: Duration = Duration::from_millis(20);
/// The sender gives up a send that takes longer than this.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// An ack within this time means that the server has recovered.
const QUICK: Duration = Duration::from_millis(50);

/// The longest wait for the server to recover.
const RECOVERS_MAX: Duration = Duration::from_secs(30);
/// Time between two checks of whether it has recovered.
const CHECK_EVERY: Duration = Duration::from_millis(10);

#[derive(Debug, Clone, Copy)]
struct Probe {
    sent: Instant,
    acked: Option<Instant>,
}

/// The result of each send.
#[derive(Debug, Default)]
pub(crate) struct Probes(RefCell<Vec<Probe>>);

impl Probes {
    /// Waits for the first quick ack of a message sent after `ended`. Returns the time from `ended`
    /// to the ack.
    pub(crate) async fn recovery(&self, ended: Instant) -> Option<Duration> {
        loop {
            let found = recovered_after(&self.0.borrow(), ended);
            if found.is_some() || ended.elapsed() > RECOVERS_MAX {
                return found;
            }
            sleep(CHECK_EVERY).await;
        }
    }

    /// The number of acked messages and of all messages sent before `ended`.
    pub(crate) fn asked_before(&self, ended: Instant) -> (usize, usize) {
        let probes = self.0.borrow();
        let before = probes.iter().filter(|probe| probe.sent < ended);
        (before.clone().filter(|probe| probe.acked.is_some()).count(), before.count())
    }

    fn sent(&self) {
        self.0.borrow_mut().push(Probe { sent: Instant::now(), acked: None });
    }

    fn acked(&self) {
        if let Some(probe) = self.0.borrow_mut().last_mut() {
            probe.acked = Some(Instant::now());
        }
    }
}

/// Sends one message at a time for ever.
pub(crate) async fn probe(addr: SocketAddr, keys: &PairKeys, probes: &Probes) -> Infallible {
    let mut counter = 0;
    loop {
        if let Ok(mut socket) = Socket::open(addr, &keys.patient_token).await {
            // After an error or without an answer, the sender opens a new socket, as a browser
            // does.
            while let Ok(Ok(())) = timeout(ANSWER_WITHIN, send(&mut socket, keys, counter, probes)).await {
                counter += 1;
                sleep(SEND_EVERY).await;
            }
            counter += 1;
        }
        sleep(SEND_EVERY).await;
    }
}

/// Sends one message and waits for its answer.
async fn send(socket: &mut Socket, keys: &PairKeys, number: u64, probes: &Probes) -> Result<(), WireError> {
    let mut text = Vec::new();
    frame::write_send(&mut text, ids_of(keys).id(number), keys.chat_id);
    probes.sent();
    socket.queue(&text);
    socket.flush().await?;
    loop {
        match frame::read(socket.receive().await?) {
            Incoming::Ack { counter } if counter == Some(number) => {
                probes.acked();
                return Ok(());
            }
            Incoming::Refused { counter, .. } if counter.is_none_or(|counter| counter == number) => return Ok(()),
            _ => {}
        }
    }
}

/// The time from `ended` to the first quick ack of a message sent after it.
fn recovered_after(probes: &[Probe], ended: Instant) -> Option<Duration> {
    probes
        .iter()
        .filter(|probe| probe.sent >= ended)
        .find_map(|probe| probe.acked.filter(|acked| *acked - probe.sent < QUICK))
        .map(|acked| acked - ended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_needs_a_quick_ack_after_the_end() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let probe = |sent, acked: Option<u64>| Probe { sent: at(sent), acked: acked.map(at) };
        let probes = [probe(0, Some(10)), probe(200, Some(900)), probe(1_000, None), probe(1_500, Some(1_520))];
        assert_eq!(recovered_after(&probes, at(100)), Some(Duration::from_millis(1_420)));
        assert_eq!(recovered_after(&probes, at(2_000)), None);
    }
}
