//! A person's browser: what outlives its tabs, and how they hear of each other. The stand-in for `localStorage`,
//! its events and the broadcast channel.

use app::{
    live::{Change, MessageOptions, StoredEntry, TabId},
    protocol::{ChatId, ClientId, UserId},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::broadcast;

/// News among tabs that are waited for at most; a tab that lags behind reads the store anew.
const NEWS_MAX: usize = 4_096;

/// One person with one browser.
#[derive(Clone)]
pub(crate) struct Browser {
    /// Whose.
    pub(crate) user: UserId,
    /// Their session.
    pub(crate) token: String,
    /// Their chats.
    pub(crate) chats: Vec<ChatId>,
    /// Whether they are the doctor in them.
    pub(crate) is_doctor: bool,
    shared: Arc<Shared>,
}

struct Shared {
    kept: Mutex<BTreeMap<ClientId, StoredEntry>>,
    record: Mutex<Record>,
    news: broadcast::Sender<News>,
}

/// What one tab tells the others.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// The store changed.
    Changed(TabId, ClientId, Option<StoredEntry>),
    /// Is this tab alive?
    Asked(TabId),
    /// This tab is.
    Alive(TabId),
}

/// What this person did and was told: the oracle's side of the story.
#[derive(Default)]
pub(crate) struct Record {
    /// Everything typed.
    pub(crate) typed: Vec<Typed>,
    /// Acks, with the place they named.
    pub(crate) acked: BTreeMap<ClientId, (ChatId, i64)>,
    /// Given up by the person.
    pub(crate) discarded: Vec<ClientId>,
    /// Taken back, as the server confirmed.
    pub(crate) retracted: Vec<ClientId>,
    /// How often they changed how a chat stands, as the server confirmed.
    pub(crate) stood: u64,
    /// Tried again by the person: these may come after later ones.
    pub(crate) retried: Vec<ClientId>,
    /// Shown as not sent although the server was there: it may still store them, after later ones.
    pub(crate) given_up: BTreeSet<ClientId>,
    /// Chats that frames were about and that this person has no part in.
    pub(crate) foreign: Vec<ChatId>,
}

/// A message that somebody typed.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    pub(crate) client_id: ClientId,
    pub(crate) chat: ChatId,
    /// Which tab's, and its number there: the order that has to be kept.
    pub(crate) tab: TabId,
    pub(crate) number: u64,
    pub(crate) content: String,
    pub(crate) about: MessageOptions,
}

impl Browser {
    pub(crate) fn new(user: UserId, token: String, (chats, is_doctor): (Vec<ChatId>, bool)) -> Self {
        let (news, _) = broadcast::channel(NEWS_MAX);
        let shared = Shared { kept: Mutex::default(), record: Mutex::default(), news };
        Self { user, token, chats, is_doctor, shared: Arc::new(shared) }
    }

    /// What is kept now.
    pub(crate) fn kept(&self) -> Vec<StoredEntry> {
        self.store().values().cloned().collect()
    }

    /// Hears what tabs tell each other from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<News> {
        self.shared.news.subscribe()
    }

    /// Says something to the others. Nobody may be there.
    pub(crate) fn say(&self, news: News) {
        let _ = self.shared.news.send(news);
    }

    /// Carries out a tab's changes and tells the others.
    pub(crate) fn keep(&self, tab: TabId, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Put(kept) => {
                    let client_id = kept.entry.client_id;
                    self.store().insert(client_id, kept.clone());
                    self.say(News::Changed(tab, client_id, Some(kept)));
                }
                Change::Remove(client_id) => {
                    self.store().remove(&client_id);
                    self.say(News::Changed(tab, client_id, None));
                }
                Change::Ask(asked) => self.say(News::Asked(asked)),
            }
        }
    }

    /// The oracle's notes on this person.
    pub(crate) fn record(&self) -> MutexGuard<'_, Record> {
        self.shared.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store(&self) -> MutexGuard<'_, BTreeMap<ClientId, StoredEntry>> {
        self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
