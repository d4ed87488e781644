//! A user's browser: what outlives its tabs, and how tabs notify each other. It replaces
//! `localStorage`, its events and the broadcast channel.

use app::{
    live::{Change, MessageOptions, StoredEntry, TabId},
    protocol::{ChatId, ClientId, UserId},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::broadcast;

/// The most events that wait for one tab. A tab that misses some reads the whole store again.
const EVENTS_MAX: usize = 4_096;

/// A user with one browser.
#[derive(Clone)]
pub(crate) struct Browser {
    /// The user.
    pub(crate) user: UserId,
    /// The token of the user's session.
    pub(crate) token: String,
    /// The user's chats.
    pub(crate) chats: Vec<ChatId>,
    /// Whether the user is the doctor in these chats.
    pub(crate) is_doctor: bool,
    shared: Arc<Shared>,
}

struct Shared {
    kept: Mutex<BTreeMap<ClientId, StoredEntry>>,
    record: Mutex<Record>,
    events: broadcast::Sender<Events>,
}

/// What one tab sends to the others.
#[derive(Clone, Debug)]
pub(crate) enum Events {
    /// A tab changed an entry of the store.
    Changed(TabId, ClientId, Option<StoredEntry>),
    /// Asks whether a tab is alive.
    Asked(TabId),
    /// The answer of a tab that is alive.
    Alive(TabId),
}

/// What the user did and what the server promised. The oracle compares it with the server.
#[derive(Default)]
pub(crate) struct Record {
    /// All messages typed.
    pub(crate) typed: Vec<Typed>,
    /// Acks, with the position that each contained.
    pub(crate) acked: BTreeMap<ClientId, (ChatId, i64)>,
    /// Messages that the user discarded.
    pub(crate) discarded: Vec<ClientId>,
    /// Messages that the user retracted, confirmed by the server.
    pub(crate) retracted: Vec<ClientId>,
    /// Number of the user's changes of a chat status that the server confirmed.
    pub(crate) status_actions: u64,
    /// Messages that the user sent again. They may be stored after later ones.
    pub(crate) retried: Vec<ClientId>,
    /// Messages shown as not sent although the server was running. It may still store them, after
    /// later ones.
    pub(crate) given_up: BTreeSet<ClientId>,
    /// Chats that frames were about although the user is not a member.
    pub(crate) foreign: Vec<ChatId>,
}

/// A message that a user typed.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    pub(crate) client_id: ClientId,
    pub(crate) chat: ChatId,
    /// The tab and the number within it, which define the order to keep.
    pub(crate) tab: TabId,
    pub(crate) number: u64,
    pub(crate) content: String,
    pub(crate) about: MessageOptions,
}

impl Browser {
    pub(crate) fn new(user: UserId, token: String, (chats, is_doctor): (Vec<ChatId>, bool)) -> Self {
        let (events, _) = broadcast::channel(EVENTS_MAX);
        let shared = Shared { kept: Mutex::default(), record: Mutex::default(), events };
        Self { user, token, chats, is_doctor, shared: Arc::new(shared) }
    }

    /// The entries that the store contains now.
    pub(crate) fn kept(&self) -> Vec<StoredEntry> {
        self.store().values().cloned().collect()
    }

    /// Receives all events that tabs send from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Events> {
        self.shared.events.subscribe()
    }

    /// Sends an event to the other tabs, of which there may be none.
    pub(crate) fn say(&self, events: Events) {
        let _ = self.shared.events.send(events);
    }

    /// Stores a tab's changes and notifies the other tabs.
    pub(crate) fn keep(&self, tab: TabId, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Put(kept) => {
                    let client_id = kept.entry.client_id;
                    self.store().insert(client_id, kept.clone());
                    self.say(Events::Changed(tab, client_id, Some(kept)));
                }
                Change::Remove(client_id) => {
                    self.store().remove(&client_id);
                    self.say(Events::Changed(tab, client_id, None));
                }
                Change::Ask(asked) => self.say(Events::Asked(asked)),
            }
        }
    }

    /// The record that the oracle uses.
    pub(crate) fn record(&self) -> MutexGuard<'_, Record> {
        self.shared.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store(&self) -> MutexGuard<'_, BTreeMap<ClientId, StoredEntry>> {
        self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
