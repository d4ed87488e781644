//! What a person's tabs share of what is not sent yet, so that a reload, a crash or an ended session loses
//! nothing: one entry per message, held by the tab that sends it. Pure: a store is somebody else's.
//!
//! A tab that goes away lets go of its entries; one that crashed is found out because it doesn't answer, and
//! another tab takes over. Should two tabs ever send the same entry, the server stores it once.

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

/// A tab that doesn't answer for this long is taken for dead, in milliseconds.
const DEAD_AFTER_MS: i64 = 2_000;
/// A tab that answered is asked again after this long, in milliseconds.
const ASK_AGAIN_MS: i64 = 15_000;
/// Tabs wait for up to this long, each for a time of its own, so that one is first, in milliseconds.
const STAGGER_MS: u128 = 400;
/// A message older than this is not sent by itself any more: the person decides. In milliseconds.
const STALE_AFTER_MS: i64 = 24 * 3_600_000;

/// An entry as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredEntry {
    /// What.
    pub entry: OutboxEntry,
    /// The tab that sends it; `None` once that has gone.
    pub tab: Option<TabId>,
}

/// What the store, or another tab, has to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Keep this.
    Put(StoredEntry),
    /// Keep this no more.
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

/// What is known of another tab.
#[derive(Clone, Copy, Debug)]
enum Other {
    Asked(Timestamp),
    Alive(Timestamp),
}

impl Outbox {
    /// A tab's, over what the store holds.
    #[must_use]
    pub fn new(tab: TabId, kept: Vec<StoredEntry>) -> Self {
        let kept = kept.into_iter().map(|kept| (kept.entry.client_id, kept)).collect();
        Self { tab, kept, others: BTreeMap::new() }
    }

    /// Everything kept, as events for a state that knows nothing of it yet.
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

    /// What the store has to be told, now that the state is so.
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

    /// Another tab has changed the store.
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

    /// Another tab has said that it is alive.
    pub fn heard(&mut self, tab: TabId, now: Timestamp) {
        self.others.insert(Some(tab), Other::Alive(now));
    }

    /// Time passes: asks after tabs that hold something, and takes over from those that are gone.
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

    /// How long this tab waits for another one's answer. Nobody answers for a tab that said goodbye.
    fn patience(&self, holder: Option<TabId>) -> i64 {
        let stagger = i64::try_from(self.tab.as_u128() % STAGGER_MS).unwrap_or_default();
        stagger + if holder.is_some() { DEAD_AFTER_MS } else { 0 }
    }

    /// The page goes away: lets go of what it holds.
    pub fn release(&mut self) -> Vec<Change> {
        let mine = self.kept.values_mut().filter(|kept| kept.tab == Some(self.tab));
        mine.map(|kept| {
            kept.tab = None;
            Change::Put(kept.clone())
        })
        .collect()
    }
}
