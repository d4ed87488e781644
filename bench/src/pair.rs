//! A patient and a doctor in one chat, both connected. Most kinds of load consist of such pairs.

use crate::{
    frame::{self, Incoming},
    ids::ClientIds,
    process::Process,
    server::PairKeys,
    socket::Socket,
    wire::WireError,
};
use futures::{StreamExt, TryStreamExt, stream};
use std::{
    net::SocketAddr,
    task::{Context, Poll},
    time::{Duration, Instant},
};

/// Whether doctors send delivered receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marks {
    /// At most every 250 ms, as browsers do.
    AsBrowsersDo,
    /// Never.
    Never,
}

/// The shortest time between two delivered receipts of a browser.
const MARK_EVERY: Duration = Duration::from_millis(250);
/// Number of pairs that connect at the same time. It is high enough to be quick, and low enough for
/// any listen queue.
const CONNECTING_PAIRS: usize = 32;

/// A member of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The patient, who sends.
    Patient,
    /// The doctor, who receives.
    Doctor,
}

/// A socket of a pair that failed.
#[derive(Debug)]
pub(crate) struct Broken {
    /// Whose socket failed.
    pub(crate) side: Side,
    /// The error.
    pub(crate) error: WireError,
}

/// The sockets of both members of a chat.
#[derive(Debug)]
pub(crate) struct Pair {
    keys: PairKeys,
    /// The address of the patient's server and of the doctor's.
    addrs: [SocketAddr; 2],
    ids: ClientIds,
    patient: Socket,
    doctor: Socket,
    marks: Marks,
    marked: Option<Instant>,
    text: Vec<u8>,
}

impl Pair {
    /// Connects the patient to the first server and the doctor to the second.
    async fn connect(addrs: [SocketAddr; 2], keys: &PairKeys, marks: Marks) -> Result<Self, WireError> {
        let [patient, doctor] = addrs;
        let (patient, doctor) =
            tokio::try_join!(Socket::open(patient, &keys.patient_token), Socket::open(doctor, &keys.doctor_token))?;
        let ids = ids_of(keys);
        Ok(Self { keys: keys.clone(), addrs, ids, patient, doctor, marks, marked: None, text: Vec::new() })
    }

    /// Connects one member again.
    pub(crate) async fn reconnect(&mut self, side: Side) -> Result<(), WireError> {
        let [patient, doctor] = self.addrs;
        match side {
            Side::Patient => self.patient = Socket::open(patient, &self.keys.patient_token).await?,
            Side::Doctor => self.doctor = Socket::open(doctor, &self.keys.doctor_token).await?,
        }
        Ok(())
    }

    /// Queues the patient's message with this number.
    pub(crate) fn queue_send(&mut self, counter: u64) {
        frame::write_send(&mut self.text, self.ids.id(counter), self.keys.chat_id);
        self.patient.queue(&self.text);
    }

    /// Whether a queued message is not completely sent, because the server accepts no more bytes
    /// for now.
    pub(crate) fn is_blocked(&self) -> bool {
        self.patient.is_blocked()
    }

    /// Writes the patient's queued messages.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        self.patient.poll_flush(cx).map_err(|error| Broken { side: Side::Patient, error })
    }

    /// Calls `each` with every frame that has arrived at either member; pending when none has. The
    /// doctor answers with delivered receipts, as a browser does.
    pub(crate) fn poll_frames(
        &mut self,
        cx: &mut Context<'_>,
        mut each: impl FnMut(Side, Incoming<'_>),
    ) -> Poll<Result<(), Broken>> {
        let patient = self
            .patient
            .poll_texts(cx, |text| each(Side::Patient, frame::read(text)))
            .map_err(|error| Broken { side: Side::Patient, error })?;
        let mut newest = None;
        let doctor = self
            .doctor
            .poll_texts(cx, |text| {
                let incoming = frame::read(text);
                if let Incoming::Message { seq, .. } = incoming {
                    newest = Some(seq);
                }
                each(Side::Doctor, incoming);
            })
            .map_err(|error| Broken { side: Side::Doctor, error })?;
        if let Some(seq) = newest {
            self.mark(seq);
            let _ = self.doctor.poll_flush(cx).map_err(|error| Broken { side: Side::Doctor, error })?;
        }
        if patient.is_ready() || doctor.is_ready() { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    fn mark(&mut self, seq: i64) {
        if self.marks == Marks::Never || self.marked.is_some_and(|at| at.elapsed() < MARK_EVERY) {
            return;
        }
        self.marked = Some(Instant::now());
        frame::write_delivered(&mut self.text, self.keys.chat_id, seq);
        self.doctor.queue(&self.text);
    }
}

/// The client ids of a pair's patient.
pub(crate) fn ids_of(keys: &PairKeys) -> ClientIds {
    ClientIds::new(u64::try_from(keys.chat_id).unwrap_or_default())
}

/// Connects many pairs, and returns them in the order of their keys. With several servers, a
/// patient and their doctor are never on one server.
pub(crate) async fn connect_all(servers: &[Process], keys: &[PairKeys], marks: Marks) -> Result<Vec<Pair>, WireError> {
    let around = servers.iter().cycle();
    let servers = around.clone().zip(around.skip(1)).map(|(patient, doctor)| [patient.addr, doctor.addr]);
    let pairs = keys.iter().zip(servers).map(|(keys, addrs)| Pair::connect(addrs, keys, marks));
    stream::iter(pairs).buffered(CONNECTING_PAIRS).try_collect().await
}
