//! The honest patient and their doctor. Each sends a message every second or two, as a page does,
//! and the patient opens the chat's page regularly.

use super::wire::{self, Socket};
use crate::{Failure, program::Pair};
use app::protocol::{ChatId, ClientId};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fmt::{self, Display, Formatter},
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;

/// Time between two messages of the patient, and of the doctor.
const PATIENT_WRITES_EVERY: Duration = Duration::from_secs(1);
const DOCTOR_WRITES_EVERY: Duration = Duration::from_millis(1_700);
/// Time between two requests of the patient for the chat's page.
const PAGE_EVERY: Duration = Duration::from_secs(2);
/// A page that takes longer has failed.
const PAGE_WITHIN: Duration = Duration::from_secs(10);
/// Pause before a page connects again, and before it repeats a refused send that named no time.
const TRY_AGAIN: Duration = Duration::from_millis(500);
/// A send without an acknowledgement this long after the end counts as lost.
const PATIENCE: Duration = Duration::from_secs(15);

/// One action of an honest user and its duration. `None` if it failed or is not answered yet.
#[derive(Clone, Copy)]
struct Done {
    begun: Instant,
    took: Option<Duration>,
}

#[derive(Default)]
struct Record {
    sends: BTreeMap<ClientId, Done>,
    pages: Vec<Done>,
    reconnects: Vec<Instant>,
}

type Shared = Arc<Mutex<Record>>;

fn lock(record: &Shared) -> MutexGuard<'_, Record> {
    record.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The two honest users during a run.
pub(crate) struct Honest {
    record: Shared,
    is_over: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Honest {
    /// Starts both users.
    pub(crate) fn begin(server: SocketAddr, pair: &Pair) -> Self {
        let (record, is_over) = (Shared::default(), Arc::<AtomicBool>::default());
        let talker = |token: &str| Talker {
            server,
            token: token.to_owned(),
            chat: pair.chat_id,
            record: Arc::clone(&record),
            is_over: Arc::clone(&is_over),
        };
        let (patient, doctor) = (talker(&pair.patient_token), talker(&pair.doctor_token));
        let reader = talker(&pair.patient_token);
        let tasks = vec![
            tokio::spawn(patient.talk(PATIENT_WRITES_EVERY)),
            tokio::spawn(doctor.talk(DOCTOR_WRITES_EVERY)),
            tokio::spawn(reader.open_pages()),
        ];
        Self { record, is_over, tasks }
    }

    /// The results of the actions that began within this time.
    pub(crate) fn felt(&self, from: Instant, to: Instant) -> Felt {
        Felt::from_record(&lock(&self.record), |moment| (from..to).contains(&moment))
    }

    /// Stops both users. Returns the results of the whole run when the last answers have arrived.
    pub(crate) async fn end(self) -> Felt {
        self.is_over.store(true, Ordering::Release);
        for task in self.tasks {
            // A task that panicked leaves unanswered sends, which the results show.
            let _ = tokio::time::timeout(PATIENCE, task).await;
        }
        Felt::from_record(&lock(&self.record), |_| true)
    }
}

/// One of the two users.
struct Talker {
    server: SocketAddr,
    token: String,
    chat: ChatId,
    record: Shared,
    is_over: Arc<AtomicBool>,
}

impl Talker {
    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    /// Sends a message at this interval. Repeats sends that were refused or lost with a socket,
    /// until all are acknowledged.
    async fn talk(self, every: Duration) {
        let mut writes = tokio::time::interval(every);
        // For each unacknowledged message the time of its next send, or `None` while it is under
        // way.
        let mut waiting: BTreeMap<ClientId, Option<Instant>> = BTreeMap::new();
        let mut socket: Option<Socket> = None;
        while !self.is_over() || !waiting.is_empty() {
            if socket.is_none() {
                socket = self.connect().await;
                for due in waiting.values_mut() {
                    *due = Some(Instant::now());
                }
            }
            let Some(open) = &mut socket else {
                lock(&self.record).reconnects.push(Instant::now());
                self.write_if_due(&mut writes, &mut waiting).await;
                continue;
            };
            let goes_on = tokio::select! {
                _ = writes.tick() => {
                    self.write(&mut waiting);
                    true
                }
                () = tokio::time::sleep(TRY_AGAIN) => true,
                came = open.next() => match came {
                    Some(Ok(message)) => {
                        self.take(&message, &mut waiting);
                        true
                    }
                    _ => false,
                },
            };
            if !goes_on || self.send_due(open, &mut waiting).await.is_err() {
                socket = None;
            }
        }
    }

    async fn connect(&self) -> Option<Socket> {
        let open = async {
            let stream = wire::connect(wire::address(0), self.server, None).await?;
            wire::open(stream, self.server, &self.token).await
        };
        let opened: Result<Result<Socket, Failure>, _> = tokio::time::timeout(PAGE_WITHIN, open).await;
        opened.ok()?.ok()
    }

    /// Writes messages also while there is no connection.
    async fn write_if_due(
        &self,
        writes: &mut tokio::time::Interval,
        waiting: &mut BTreeMap<ClientId, Option<Instant>>,
    ) {
        if tokio::time::timeout(TRY_AGAIN, writes.tick()).await.is_ok() {
            self.write(waiting);
        }
    }

    fn write(&self, waiting: &mut BTreeMap<ClientId, Option<Instant>>) {
        if !self.is_over() {
            let (id, now) = (ClientId::new_v4(), Instant::now());
            lock(&self.record).sends.insert(id, Done { begun: now, took: None });
            waiting.insert(id, Some(now));
        }
    }

    async fn send_due(
        &self,
        socket: &mut Socket,
        waiting: &mut BTreeMap<ClientId, Option<Instant>>,
    ) -> Result<(), Failure> {
        for (id, due) in waiting {
            if due.is_some_and(|due| due <= Instant::now()) {
                let frame =
                    json!({ "type": "send", "clientId": id, "chatId": self.chat, "content": "How are you today?" });
                socket.send(Message::text(frame.to_string())).await?;
                *due = None;
            }
        }
        Ok(())
    }

    /// Handles a frame: an acknowledgement, or the refusal of a send that may be repeated.
    fn take(&self, message: &Message, waiting: &mut BTreeMap<ClientId, Option<Instant>>) {
        let Message::Text(text) = message else { return };
        let Ok(frame) = serde_json::from_str::<Value>(text) else { return };
        let id = frame.get("clientId").and_then(Value::as_str).and_then(|id| id.parse::<ClientId>().ok());
        match (frame.get("type").and_then(Value::as_str), id) {
            (Some("ack"), Some(id)) => {
                waiting.remove(&id);
                if let Some(sent) = lock(&self.record).sends.get_mut(&id) {
                    sent.took.get_or_insert(sent.begun.elapsed());
                }
            }
            (Some("error"), Some(id)) => {
                let wait = frame.get("retryAfterMs").and_then(Value::as_u64).map_or(TRY_AGAIN, Duration::from_millis);
                if let Some(due) = waiting.get_mut(&id) {
                    *due = Some(Instant::now() + wait);
                }
            }
            _ => {}
        }
    }

    /// Opens the chat's page regularly.
    async fn open_pages(self) {
        let Ok(client) = reqwest::Client::builder().timeout(PAGE_WITHIN).no_proxy().build() else { return };
        let mut opens = tokio::time::interval(PAGE_EVERY);
        while !self.is_over() {
            opens.tick().await;
            let begun = Instant::now();
            let page = client.get(format!("http://{}/patient/chat/{}", self.server, self.chat));
            let whole = async {
                let page = page.header("cookie", wire::cookie(&self.token)).send().await?.error_for_status()?;
                page.bytes().await
            };
            let took = whole.await.is_ok().then(|| begun.elapsed());
            lock(&self.record).pages.push(Done { begun, took });
        }
    }
}

/// The results of honest users.
pub(crate) struct Felt {
    sends: usize,
    /// The durations of acknowledged sends, shortest first.
    took: Vec<Duration>,
    pages: usize,
    pages_took: Vec<Duration>,
    reconnects: usize,
}

impl Felt {
    /// The headings of the columns.
    pub(crate) const HEADINGS: &str = " sends   acked    half by  99 % by  slowest    pages  failed  99 % by   away";

    fn from_record(record: &Record, is_meant: impl Fn(Instant) -> bool) -> Self {
        let sends: Vec<&Done> = record.sends.values().filter(|done| is_meant(done.begun)).collect();
        let pages: Vec<&Done> = record.pages.iter().filter(|done| is_meant(done.begun)).collect();
        let sorted = |all: &[&Done]| {
            let mut took: Vec<Duration> = all.iter().filter_map(|done| done.took).collect();
            took.sort_unstable();
            took
        };
        Self {
            sends: sends.len(),
            took: sorted(&sends),
            pages: pages.len(),
            pages_took: sorted(&pages),
            reconnects: record.reconnects.iter().filter(|&&moment| is_meant(moment)).count(),
        }
    }

    /// Whether every send was acknowledged, and 99 of 100 within this time.
    pub(crate) fn is_served_within(&self, within: Duration) -> bool {
        self.sends > 0 && self.took.len() == self.sends && percentile(&self.took, 99) <= within
    }
}

/// The time within which this percentage was done.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

impl Display for Felt {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let ms = |duration: Duration| duration.as_millis();
        write!(
            f,
            "{:>6}{:>8}{:>8} ms{:>6} ms{:>6} ms{:>9}{:>8}{:>6} ms{:>7}",
            self.sends,
            self.took.len(),
            ms(percentile(&self.took, 50)),
            ms(percentile(&self.took, 99)),
            ms(self.took.last().copied().unwrap_or_default()),
            self.pages,
            self.pages - self.pages_took.len(),
            ms(percentile(&self.pages_took, 99)),
            self.reconnects,
        )
    }
}
