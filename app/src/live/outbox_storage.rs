//! Stores unsent messages and drafts in `localStorage`, encrypted, with one key per message and per
//! draft. It writes at once, so that a tab that crashes a moment later has lost nothing.

use crate::{
    live::{StoredEntry, encryption::Cipher},
    protocol::{ChatId, ClientId, Timestamp, UserId},
};
use leptos::prelude::window;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
};
use web_sys::Storage;

/// Drafts older than this are removed, in milliseconds.
const KEEP_MS: i64 = 30 * 24 * 3_600_000;

/// One user's part of the browser's storage.
pub(super) struct OutboxStorage {
    prefix: String,
    encrypt: Option<Cipher>,
    /// The names of entries that could not be stored.
    lost: RefCell<BTreeSet<String>>,
    /// Whether a sign-out has closed the storage. From then on nothing is stored.
    is_shut: Cell<bool>,
}

/// A text that was typed and not sent, and when.
#[derive(Serialize, Deserialize)]
struct Draft {
    text: String,
    at: Timestamp,
}

/// A change that another tab made in the storage.
pub(super) enum StorageChange {
    /// An entry of the outbox changed; `None` means that it was removed.
    Message(ClientId, Option<StoredEntry>),
    /// A draft changed; an empty text means that it was removed.
    Draft(ChatId, String),
}

impl OutboxStorage {
    /// The storage of this user. Without a valid key nothing is stored.
    pub(super) fn new(user: UserId, key: Option<&str>) -> Self {
        let encrypt = key.and_then(Cipher::new);
        Self { prefix: format!("bedside:{user}:"), encrypt, lost: RefCell::default(), is_shut: Cell::new(false) }
    }

    /// Whether everything is stored, so that closing the page loses nothing.
    pub(super) fn is_whole(&self) -> bool {
        self.lost.borrow().is_empty()
    }

    /// All entries of the outbox.
    pub(super) fn messages(&self) -> Vec<StoredEntry> {
        self.names().iter().filter(|name| name.starts_with("outbox:")).filter_map(|name| self.read(name)).collect()
    }

    /// All drafts. Removes drafts that are older than [`KEEP_MS`] or can't be read.
    pub(super) fn drafts(&self, now: Timestamp) -> Vec<(ChatId, String)> {
        let mut drafts = Vec::new();
        for name in self.names() {
            let Some(chat) = name.strip_prefix("draft:").and_then(|id| id.parse().ok()) else { continue };
            match self.read::<Draft>(&name) {
                Some(draft) if now.0 - draft.at.0 <= KEEP_MS => drafts.push((chat, draft.text)),
                _ => self.remove(&name),
            }
        }
        drafts
    }

    /// Stores an entry of the outbox.
    pub(super) fn put(&self, kept: &StoredEntry) {
        self.write(&message_name(kept.entry.client_id), kept);
    }

    /// Removes an entry of the outbox.
    pub(super) fn forget(&self, client_id: ClientId) {
        self.remove(&message_name(client_id));
    }

    /// Stores a draft, or removes it if it is empty.
    pub(super) fn put_draft(&self, chat: ChatId, text: &str, at: Timestamp) {
        let name = format!("draft:{chat}");
        if text.is_empty() {
            self.remove(&name);
        } else {
            self.write(&name, &Draft { text: text.to_owned(), at });
        }
    }

    /// The change that a `storage` event reports; `None` if it is not about this user.
    pub(super) fn noticed(&self, key: &str, value: Option<&str>) -> Option<StorageChange> {
        let name = key.strip_prefix(&self.prefix)?;
        let (kind, id) = name.split_once(':')?;
        match kind {
            "outbox" => Some(StorageChange::Message(id.parse().ok()?, value.and_then(|value| self.open(name, value)))),
            "draft" => {
                let draft: Option<Draft> = value.and_then(|value| self.open(name, value));
                Some(StorageChange::Draft(id.parse().ok()?, draft.map(|draft| draft.text).unwrap_or_default()))
            }
            _ => None,
        }
    }

    /// Closes the storage: from now on nothing is stored.
    pub(super) fn shut(&self) {
        self.is_shut.set(true);
    }

    /// Closes the storage and removes everything of this user, for a sign-out.
    pub(super) fn wipe(&self) {
        self.shut();
        for name in self.names() {
            self.remove(&name);
        }
    }

    fn names(&self) -> Vec<String> {
        let Some(storage) = storage() else { return Vec::new() };
        let count = storage.length().unwrap_or_default();
        let keys = (0..count).filter_map(|index| storage.key(index).ok().flatten());
        keys.filter_map(|key| key.strip_prefix(&self.prefix).map(ToOwned::to_owned)).collect()
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let value = storage()?.get_item(&format!("{}{name}", self.prefix)).ok()??;
        self.open(name, &value)
    }

    fn open<T: DeserializeOwned>(&self, name: &str, value: &str) -> Option<T> {
        serde_json::from_str(&self.encrypt.as_ref()?.open(name, value)?).ok()
    }

    fn write<T: Serialize>(&self, name: &str, value: &T) {
        if self.is_shut.get() {
            return;
        }
        let written = serde_json::to_string(value).ok().and_then(|text| {
            let encrypted = self.encrypt.as_ref()?.encrypt(name, &text)?;
            storage()?.set_item(&format!("{}{name}", self.prefix), &encrypted).ok()
        });
        // The storage is full or disabled. Only the page has the text then, and it warns before it
        // is closed.
        if written.is_some() {
            self.lost.borrow_mut().remove(name);
        } else {
            self.lost.borrow_mut().insert(name.to_owned());
        }
    }

    fn remove(&self, name: &str) {
        self.lost.borrow_mut().remove(name);
        if let Some(storage) = storage() {
            let _ = storage.remove_item(&format!("{}{name}", self.prefix));
        }
    }
}

fn message_name(client_id: ClientId) -> String {
    format!("outbox:{client_id}")
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}
