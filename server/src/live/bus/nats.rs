//! The bus over NATS. Each user has one subject, and a node subscribes to the subjects of the users
//! who have sockets on it.

mod recent;

use super::{Bus, Event};
use crate::failpoints;
use app::protocol::{ChatId, UserId};
use async_nats::{Client, ConnectOptions, Subscriber};
use bytes::Bytes;
use dashmap::DashMap;
use futures::{StreamExt, future::BoxFuture};
use percent_encoding::percent_decode_str;
use recent::Recent;
use std::{
    collections::HashSet,
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, mpsc, watch},
    task::AbortHandle,
};
use url::Url;

/// The most outgoing events in the queue. Of further events, only the changed chat is kept.
const OUTGOING_MAX: usize = 8_192;
/// The most incoming events in the queue.
const INCOMING_MAX: usize = 8_192;
/// How long a socket waits for its user's subscription.
const SUBSCRIBED_WITHIN: Duration = Duration::from_secs(2);
/// The interval of pings to the NATS server. The client gives up the connection after three pings
/// without an answer.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// A subject without subscribers. The server's answer to a request there means that it has
/// processed everything that was sent before.
const NOBODY: &str = "bedside.nobody";

/// An incoming event and its user.
pub type Incoming = (UserId, Event);

/// A node's connection to NATS.
pub struct Nats {
    client: Client,
    link: Arc<Link>,
    outgoing: mpsc::Sender<(UserId, Bytes)>,
    incoming: mpsc::Sender<Incoming>,
    subscriptions: DashMap<UserId, Subscription>,
}

/// The state of the connection to the NATS server, and the events that it may have lost.
#[derive(Default)]
struct Link {
    is_up: AtomicBool,
    has_missed: AtomicBool,
    recent: Mutex<Recent>,
    /// The chats of events that were lost or did not fit into the queue. Once the link is back,
    /// other nodes get an event that they have changed.
    behind: Mutex<HashSet<(UserId, ChatId)>>,
    is_back: Notify,
}

impl Link {
    fn note(&self, event: &async_nats::Event) {
        match event {
            async_nats::Event::Connected => {
                self.is_up.store(true, Ordering::Release);
                let lost = lock(&self.recent).take();
                lock(&self.behind).extend(lost);
                self.is_back.notify_one();
            }
            async_nats::Event::Disconnected | async_nats::Event::Closed => {
                self.has_missed.store(true, Ordering::Release);
                self.is_up.store(false, Ordering::Release);
            }
            async_nats::Event::SlowConsumer(_) => self.has_missed.store(true, Ordering::Release),
            other => tracing::warn!(event = %other, "the bus"),
        }
    }
}

fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
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

/// The address or its credentials are wrong.
#[derive(Debug, thiserror::Error)]
#[error("BEDSIDE_BUS_URL: {0}")]
pub struct NatsError(#[from] async_nats::ConnectError);

impl Nats {
    /// Connects, or keeps trying in the background: a node works without its bus, only slower. Also
    /// returns the incoming events.
    pub async fn connect(url: &Url) -> Result<(Arc<Self>, mpsc::Receiver<Incoming>), NatsError> {
        let link = Arc::<Link>::default();
        let noted = Arc::clone(&link);
        let options =
            ConnectOptions::new().name("bedside").no_echo().ping_interval(ASK_EVERY).retry_on_initial_connect();
        let options = options.event_callback(move |event| {
            noted.note(&event);
            std::future::ready(())
        });
        let (options, address) = with_credentials(options, url);
        let client = options.connect(address.as_str()).await?;
        let (outgoing, waiting) = mpsc::channel(OUTGOING_MAX);
        let (incoming, came) = mpsc::channel(INCOMING_MAX);
        tokio::spawn(send(client.clone(), waiting, Arc::clone(&link)));
        Ok((Arc::new(Self { client, link, outgoing, incoming, subscriptions: DashMap::new() }), came))
    }
}

/// Moves the user and the password from the address to the options, because the client ignores them
/// in the address.
fn with_credentials(options: ConnectOptions, url: &Url) -> (ConnectOptions, Url) {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (user, password) = (decoded(url.username()), decoded(url.password().unwrap_or_default()));
    let mut address = url.clone();
    // Fails only for an address without a host.
    let _ = address.set_username("").and_then(|()| address.set_password(None));
    if user.is_empty() { (options, address) } else { (options.user_and_password(user, password), address) }
}

impl Bus for Nats {
    fn publish(&self, users: &[UserId], event: &Event) {
        if failpoints::is_broken("break::bus") {
            return;
        }
        let is_well = self.is_well();
        if let Some(chat) = event.about {
            lock(&self.link.recent).note(users, chat, is_well);
        }
        // It would be outdated when it arrived.
        if event.may_drop && !is_well {
            return;
        }
        let Ok(body) = serde_json::to_vec(event) else { return };
        let body = Bytes::from(body);
        for user in users {
            if self.outgoing.try_send((*user, body.clone())).is_err()
                && let Some(chat) = event.about
            {
                lock(&self.link.behind).insert((*user, chat));
            }
        }
    }

    fn subscribe(&self, user: UserId) {
        let (client, incoming) = (self.client.clone(), self.incoming.clone());
        let (ready, is_ready) = watch::channel(false);
        let task = tokio::spawn(async move {
            let Ok(subscriber) = client.subscribe(subject(user)).await else { return };
            // The server processes the messages of one connection in order.
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
                // After the timeout the page still gets missing messages when the bus is back.
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

/// Sends the queued events, and then an event for each chat whose event was lost or did not fit.
async fn send(client: Client, mut waiting: mpsc::Receiver<(UserId, Bytes)>, link: Arc<Link>) {
    loop {
        tokio::select! {
            event = waiting.recv() => match event {
                // Waits while the client's own buffer is full.
                Some((user, body)) => publish(&client, user, body).await,
                None => return,
            },
            () = link.is_back.notified() => {}
        }
        if waiting.is_empty() && link.is_up.load(Ordering::Acquire) {
            let late = mem::take(&mut *lock(&link.behind));
            for (user, chat) in late {
                if let Ok(body) = serde_json::to_vec(&Event::changed(chat)) {
                    publish(&client, user, body.into()).await;
                }
            }
        }
    }
}

async fn publish(client: &Client, user: UserId, body: Bytes) {
    if let Err(error) = client.publish(subject(user), body).await {
        tracing::warn!(%error, "an event could not be sent to the bus");
    }
}
