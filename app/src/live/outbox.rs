//! The unsent messages that a user's tabs share, so that a reload, a crash or the end of a session
//! loses none. There is one entry per message; the tab that sends it holds it. Pure:
//! `outbox_storage` stores the entries.
//!
//! A tab that is closed releases its entries. A tab that crashed does not answer when others ask,
//! and another tab takes over its entries. If two tabs ever send the same entry, the server stores
//! it once.

use super::{
    state::{LiveState, Outgoing, OutgoingState},
    types::{OutboxEntry, SendingTab, TabId},
};
use crate::{
    live::Event,
    protocol::{ChatId, ClientId, ProblemCode, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A tab that does not answer for this long counts as dead, in milliseconds.
const DEAD_AFTER_MS: i64 = 2_000;
/// A tab that answered is asked again after this long, in milliseconds.
const ASK_AGAIN_MS: i64 = 15_000;
/// The upper limit of the additional wait of each tab, in milliseconds. Each tab waits for a
/// different time, so that one of them is first.
const STAGGER_MS: u128 = 400;
/// A message older than this is not sent automatically: the user decides. In milliseconds.
const STALE_AFTER_MS: i64 = 24 * 3_600_000;

/// An entry as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredEntry {
    /// The message.
    pub entry: OutboxEntry,
    /// The tab that sends it; `None` once that tab has released it.
    pub tab: Option<TabId>,
}

/// A change to store, or a question to another tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Store this entry.
    Put(StoredEntry),
    /// Remove the entry with this client id.
    Remove(ClientId),
    /// Ask this tab whether it is alive.
    Ask(TabId),
}

/// One tab's view of the shared outbox.
#[derive(Debug)]
pub struct Outbox {
    tab: TabId,
    kept: BTreeMap<ClientId, StoredEntry>,
    others: BTreeMap<Option<TabId>, Other>,
}

/// What this tab knows of another one: when it asked, or when the other last answered.
#[derive(Clone, Copy, Debug)]
enum Other {
    Asked(Timestamp),
    Alive(Timestamp),
}

impl Outbox {
    /// The outbox of a tab, with the entries that the storage contains.
    #[must_use]
    pub fn new(tab: TabId, kept: Vec<StoredEntry>) -> Self {
        let kept = kept.into_iter().map(|kept| (kept.entry.client_id, kept)).collect();
        Self { tab, kept, others: BTreeMap::new() }
    }

    /// All entries, as events for a new live state.
    #[must_use]
    pub fn events(&self, now: Timestamp) -> Vec<Event> {
        self.kept.values().map(|kept| self.event(kept, now)).collect()
    }

    fn event(&self, kept: &StoredEntry, now: Timestamp) -> Event {
        let holder = if kept.tab == Some(self.tab) { SendingTab::Here } else { SendingTab::Elsewhere };
        let mut entry = kept.entry.clone();
        if now.0 - entry.typed_at.0 > STALE_AFTER_MS {
            entry.not_sent.get_or_insert(ProblemCode::Stale);
        }
        Event::StoredEntry { entry, holder }
    }

    /// The changes to store so that the entries match the state.
    pub fn changes(&mut self, state: &LiveState) -> Vec<Change> {
        let pending: BTreeMap<ClientId, (ChatId, &Outgoing)> = state
            .chats
            .iter()
            .flat_map(|(id, chat)| chat.outgoing.iter().map(|message| (message.client_id, (*id, message))))
            .filter(|(_, (_, message))| !matches!(message.state, OutgoingState::Stored(_)))
            .collect();
        let mut changes = Vec::new();
        self.kept.retain(|client_id, _| {
            let is_pending = pending.contains_key(client_id);
            if !is_pending {
                changes.push(Change::Remove(*client_id));
            }
            is_pending
        });
        for (client_id, (chat_id, message)) in pending {
            if message.holder == SendingTab::Elsewhere {
                continue;
            }
            let not_sent = match message.state {
                OutgoingState::NotSent(code) => Some(code),
                OutgoingState::Sending | OutgoingState::Stored(_) => None,
            };
            let held = self.kept.get(&client_id);
            if held.is_none_or(|held| held.tab != Some(self.tab) || held.entry.not_sent != not_sent) {
                let content = message.content.to_string();
                let entry = OutboxEntry {
                    client_id,
                    chat_id,
                    content,
                    about: message.about,
                    typed_at: message.typed_at,
                    not_sent,
                };
                let kept = StoredEntry { entry, tab: Some(self.tab) };
                self.kept.insert(client_id, kept.clone());
                changes.push(Change::Put(kept));
            }
        }
        changes
    }

    /// Applies a change that another tab made in the storage.
    pub fn noticed(&mut self, client_id: ClientId, kept: Option<StoredEntry>, now: Timestamp) -> Event {
        if let Some(kept) = kept {
            let event = self.event(&kept, now);
            self.kept.insert(client_id, kept);
            event
        } else {
            self.kept.remove(&client_id);
            Event::Dropped(client_id)
        }
    }

    /// Records that another tab answered.
    pub fn mark_alive(&mut self, tab: TabId, now: Timestamp) {
        self.others.insert(Some(tab), Other::Alive(now));
    }

    /// Asks the tabs that hold entries whether they are alive, and takes over the entries of those
    /// that do not answer.
    pub fn tick(&mut self, now: Timestamp) -> (Vec<Change>, Vec<Event>) {
        let mut holders: Vec<Option<TabId>> = self.kept.values().map(|kept| kept.tab).collect();
        holders.sort_unstable();
        holders.dedup();
        let (mut changes, mut events) = (Vec::new(), Vec::new());
        for holder in holders.into_iter().filter(|holder| *holder != Some(self.tab)) {
            match (holder, self.others.get(&holder)) {
                (_, Some(Other::Asked(at))) if now.0 - at.0 >= self.patience(holder) => {
                    for kept in self.kept.values_mut().filter(|kept| kept.tab == holder) {
                        kept.tab = Some(self.tab);
                        changes.push(Change::Put(kept.clone()));
                    }
                    self.others.remove(&holder);
                }
                (_, Some(Other::Asked(_))) => {}
                (_, Some(Other::Alive(at))) if now.0 - at.0 < ASK_AGAIN_MS => {}
                (holder, _) => {
                    self.others.insert(holder, Other::Asked(now));
                    changes.extend(holder.map(Change::Ask));
                }
            }
        }
        for change in &changes {
            if let Change::Put(kept) = change {
                events.push(self.event(kept, now));
            }
        }
        (changes, events)
    }

    /// How long this tab waits for another one's answer, in milliseconds. It does not wait for a
    /// tab that released its entries.
    fn patience(&self, holder: Option<TabId>) -> i64 {
        let stagger = i64::try_from(self.tab.as_u128() % STAGGER_MS).unwrap_or_default();
        stagger + if holder.is_some() { DEAD_AFTER_MS } else { 0 }
    }

    /// Releases this tab's entries, because the page is being unloaded.
    pub fn release(&mut self) -> Vec<Change> {
        let mine = self.kept.values_mut().filter(|kept| kept.tab == Some(self.tab));
        mine.map(|kept| {
            kept.tab = None;
            Change::Put(kept.clone())
        })
        .collect()
    }
}
