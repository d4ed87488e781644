//! The bus over NATS: one subject a user, subscribed to on the nodes where they have sockets.

use super::{Bus, Event};
use app::protocol::{ChatId, UserId};
use async_nats::{Client, ConnectOptions, Subscriber};
use bytes::Bytes;
use dashmap::DashMap;
use futures::{StreamExt, future::BoxFuture};
use std::{
    collections::BTreeSet,
    mem,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{mpsc, watch},
    task::AbortHandle,
};

/// Events on their way out; beyond that, only which chats have changed is kept.
const OUTGOING_MAX: usize = 8_192;
/// Events that have come and are not told yet.
const INCOMING_MAX: usize = 8_192;
/// How long a socket waits for its user's subscription.
const SUBSCRIBED_WITHIN: Duration = Duration::from_secs(2);
/// Where nobody listens: the server's answer to a question there says that it has taken all that came before.
const NOBODY: &str = "bedside.nobody";

/// An event that came, and for whom.
pub type Incoming = (UserId, Event);

/// A node's connection to NATS.
pub struct Nats {
    client: Client,
    link: Arc<Link>,
    outgoing: mpsc::Sender<(UserId, Bytes)>,
    /// What had no room among them.
    behind: Arc<Mutex<BTreeSet<(UserId, ChatId)>>>,
    incoming: mpsc::Sender<Incoming>,
    subscriptions: DashMap<UserId, Subscription>,
}

/// How the link to the NATS server stands.
#[derive(Default)]
struct Link {
    is_up: AtomicBool,
    has_missed: AtomicBool,
}

impl Link {
    fn note(&self, event: &async_nats::Event) {
        match event {
            async_nats::Event::Connected => self.is_up.store(true, Ordering::Release),
            async_nats::Event::Disconnected | async_nats::Event::Closed => {
                self.has_missed.store(true, Ordering::Release);
                self.is_up.store(false, Ordering::Release);
            }
            async_nats::Event::SlowConsumer(_) => self.has_missed.store(true, Ordering::Release),
            other => tracing::warn!(event = %other, "the bus"),
        }
    }
}

struct Subscription {
    task: AbortHandle,
    is_ready: watch::Receiver<bool>,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The address is wrong, or the credentials in it.
#[derive(Debug, thiserror::Error)]
#[error("BEDSIDE_BUS_URL: {0}")]
pub struct NatsError(#[from] async_nats::ConnectError);

impl Nats {
    /// Connects, or goes on trying: a node works without its bus, only slower. Answers what comes, too.
    pub async fn connect(url: &str) -> Result<(Arc<Self>, mpsc::Receiver<Incoming>), NatsError> {
        let link = Arc::<Link>::default();
        let noted = Arc::clone(&link);
        let options =
            ConnectOptions::new().name("bedside").no_echo().retry_on_initial_connect().event_callback(move |event| {
                noted.note(&event);
                std::future::ready(())
            });
        let client = options.connect(url).await?;
        let (outgoing, waiting) = mpsc::channel(OUTGOING_MAX);
        let (incoming, came) = mpsc::channel(INCOMING_MAX);
        let behind = Arc::new(Mutex::new(BTreeSet::new()));
        tokio::spawn(send(client.clone(), waiting, Arc::clone(&behind)));
        Ok((Arc::new(Self { client, link, outgoing, behind, incoming, subscriptions: DashMap::new() }), came))
    }
}

impl Bus for Nats {
    fn publish(&self, users: &[UserId], event: &Event) {
        if event.may_drop && !self.is_well() {
            // By the time it arrived nobody would be writing any more.
            return;
        }
        let Ok(body) = serde_json::to_vec(event) else { return };
        let body = Bytes::from(body);
        for user in users {
            if self.outgoing.try_send((*user, body.clone())).is_err()
                && let Some(chat) = event.changed
            {
                self.behind.lock().unwrap_or_else(PoisonError::into_inner).insert((*user, chat));
            }
        }
    }

    fn subscribe(&self, user: UserId) {
        let (client, incoming) = (self.client.clone(), self.incoming.clone());
        let (ready, is_ready) = watch::channel(false);
        let task = tokio::spawn(async move {
            let Ok(subscriber) = client.subscribe(subject(user)).await else { return };
            // The server takes what one connection says in order.
            let _ = client.request(NOBODY, Bytes::new()).await;
            ready.send_replace(true);
            receive(user, subscriber, incoming).await;
        });
        self.subscriptions.insert(user, Subscription { task: task.abort_handle(), is_ready });
    }

    fn unsubscribe(&self, user: UserId) {
        self.subscriptions.remove(&user);
    }

    fn subscribed(&self, user: UserId) -> BoxFuture<'_, ()> {
        let is_ready = self.subscriptions.get(&user).map(|subscription| subscription.is_ready.clone());
        Box::pin(async move {
            if let Some(mut is_ready) = is_ready.filter(|_| self.is_well()) {
                // Without it, the page hears of what is missing when the bus is back.
                let _ = tokio::time::timeout(SUBSCRIBED_WITHIN, is_ready.wait_for(|is_ready| *is_ready)).await;
            }
        })
    }

    fn is_well(&self) -> bool {
        self.link.is_up.load(Ordering::Acquire)
    }

    fn take_missed(&self) -> bool {
        self.link.has_missed.swap(false, Ordering::AcqRel)
    }
}

fn subject(user: UserId) -> String {
    format!("bedside.user.{user}")
}

async fn receive(user: UserId, mut subscriber: Subscriber, incoming: mpsc::Sender<Incoming>) {
    while let Some(message) = subscriber.next().await {
        match serde_json::from_slice(&message.payload) {
            Ok(event) => {
                if incoming.send((user, event)).await.is_err() {
                    return;
                }
            }
            Err(error) => tracing::warn!(%error, "an event on the bus could not be read"),
        }
    }
}

/// Sends what waits, and then what had no room: only that it changed.
async fn send(
    client: Client,
    mut waiting: mpsc::Receiver<(UserId, Bytes)>,
    behind: Arc<Mutex<BTreeSet<(UserId, ChatId)>>>,
) {
    while let Some((user, body)) = waiting.recv().await {
        // Waits while the client's own buffer is full.
        if let Err(error) = client.publish(subject(user), body).await {
            tracing::warn!(%error, "an event could not be put on the bus");
        }
        if waiting.is_empty() {
            let late = mem::take(&mut *behind.lock().unwrap_or_else(PoisonError::into_inner));
            for (user, chat) in late {
                if let Ok(body) = serde_json::to_vec(&Event::changed(chat)) {
                    let _ = client.publish(subject(user), body.into()).await;
                }
            }
        }
    }
}
