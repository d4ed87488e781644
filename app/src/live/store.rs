//! The tab's live state as views use it: a signal, and the user's actions on it.
//!
//! On the server it holds the data of one request, so that the server can render the same views.

use super::server_fns;
use super::{ChatState, Event, LiveState, PageOf, Window};
#[cfg(feature = "hydrate")]
use crate::protocol::ProblemCode;
use crate::protocol::{
    Chat, ChatAction, ChatId, ChatPage, ChatQuery, HistoryQuery, MessagePage, Problem, Room, Seq, Timestamp, UserId,
};
use leptos::prelude::*;
use std::collections::BTreeMap;
#[cfg(feature = "ssr")]
use std::sync::{Arc, PoisonError, RwLock};

/// A handle to the tab's live state. There is one state per page, provided at the root.
#[derive(Clone, Copy)]
pub struct Live {
    state: State,
    drafts: StoredValue<BTreeMap<ChatId, String>>,
    /// Notifies when another tab has changed a draft.
    redrafted: RwSignal<()>,
    #[cfg(feature = "hydrate")]
    outbox_storage: StoredValue<std::rc::Rc<crate::live::outbox_storage::OutboxStorage>, LocalStorage>,
}

impl Live {
    /// Creates the state of this user's page and provides it to all views below. `key` decrypts the
    /// unsent messages in the browser.
    pub fn provide(viewer: UserId, key: Option<&str>) -> Self {
        #[cfg(feature = "hydrate")]
        let outbox_storage = std::rc::Rc::new(crate::live::outbox_storage::OutboxStorage::new(viewer, key));
        #[cfg(feature = "hydrate")]
        let drafts = outbox_storage.drafts(super::now()).into_iter().collect();
        #[cfg(not(feature = "hydrate"))]
        let (drafts, _) = (BTreeMap::new(), key);
        let live = Self {
            state: State::new(LiveState::new(viewer)),
            drafts: StoredValue::new(drafts),
            redrafted: RwSignal::new(()),
            #[cfg(feature = "hydrate")]
            outbox_storage: StoredValue::new_local(outbox_storage),
        };
        provide_context(live);
        live
    }

    /// Whether both are handles to the same state.
    #[cfg(feature = "hydrate")]
    pub(super) fn is(self, other: Self) -> bool {
        self.drafts == other.drafts
    }

    /// The storage for unsent messages in this user's browser.
    #[cfg(feature = "hydrate")]
    pub(super) fn outbox_storage(self) -> std::rc::Rc<crate::live::outbox_storage::OutboxStorage> {
        self.outbox_storage.get_value()
    }

    /// The page's live state. Panics if none was provided.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Reads the state and subscribes to its changes.
    pub fn with<T>(self, read: impl FnOnce(&LiveState) -> T) -> T {
        self.state.with(read)
    }

    /// Reads the state without subscribing to its changes.
    pub fn peek<T>(self, read: impl FnOnce(&LiveState) -> T) -> T {
        self.state.peek(read)
    }

    /// Reads one chat and subscribes to changes of the state. `None` if the tab does not hold the
    /// chat.
    pub fn chat<T>(self, chat_id: ChatId, read: impl FnOnce(&ChatState) -> T) -> Option<T> {
        self.with(|state| state.chats.get(&chat_id).map(read))
    }

    /// Reads one chat without subscribing. `None` if the tab does not hold the chat.
    pub fn peek_chat<T>(self, chat_id: ChatId, read: impl FnOnce(&ChatState) -> T) -> Option<T> {
        self.peek(|state| state.chats.get(&chat_id).map(read))
    }

    /// Reads the part of a chat's history that the tab holds, and subscribes to changes of the state.
    pub fn window<T>(self, chat_id: ChatId, read: impl FnOnce(&Window) -> T) -> Option<T> {
        self.chat(chat_id, |chat| chat.window.as_ref().map(read)).flatten()
    }

    /// Reads the part of a chat's history that the tab holds, without subscribing.
    pub fn peek_window<T>(self, chat_id: ChatId, read: impl FnOnce(&Window) -> T) -> Option<T> {
        self.peek_chat(chat_id, |chat| chat.window.as_ref().map(read)).flatten()
    }

    /// Applies an event to the state. Does nothing if the page is gone.
    pub fn apply(self, event: Event) {
        self.state.update(|state| state.apply(event));
    }

    /// The chat's draft. Subscribes to changes that another tab makes.
    pub fn draft(self, chat_id: ChatId) -> Option<String> {
        self.redrafted.track();
        self.drafts.with_value(|drafts| drafts.get(&chat_id).cloned())
    }

    /// Stores the chat's draft, or removes it if the text is empty.
    pub fn keep_draft(self, chat_id: ChatId, text: String) {
        #[cfg(feature = "hydrate")]
        self.outbox_storage().put_draft(chat_id, &text, super::now());
        self.set_draft(chat_id, text);
    }

    /// Takes over a draft from another tab and notifies the views.
    #[cfg(feature = "hydrate")]
    pub(super) fn take_draft(self, chat_id: ChatId, text: String) {
        self.set_draft(chat_id, text);
        self.redrafted.try_set(());
    }

    fn set_draft(self, chat_id: ChatId, text: String) {
        self.drafts.update_value(|drafts| {
            if text.is_empty() {
                drafts.remove(&chat_id);
            } else {
                drafts.insert(chat_id, text);
            }
        });
    }

    /// Merges a fetched room into the state.
    pub fn open(self, room: &Room) {
        let chat_id = room.chat.chat_id;
        self.apply(Event::Chat(Box::new(room.chat.clone())));
        // The page's address may lead to an earlier part.
        let of = match room.page.messages.last() {
            Some(last) if last.seq < room.page.last_seq => PageOf::Around(last.seq),
            _ => PageOf::Newest,
        };
        self.apply(Event::Page { chat_id, of, page: room.page.clone() });
    }

    /// Merges a page of the list of chats into the state.
    pub fn list(self, page: &ChatPage, is_first: bool) {
        self.apply(Event::Chats { chats: page.chats.clone(), next: page.next.clone(), is_first });
    }

    /// Fetches the page of the list that follows after `after`, and merges it.
    pub async fn load_list(self, after: String) -> Result<(), Problem> {
        let page = server_fns::list_chats(ChatQuery { after: Some(after), limit: None }).await?;
        self.list(&page, false);
        Ok(())
    }

    /// The chat's summary; `None` until it was fetched.
    pub fn summary(self, chat_id: ChatId) -> Option<Chat> {
        self.chat(chat_id, |chat| chat.chat.clone()).flatten()
    }

    /// Changes a chat's status and merges the chat's new state.
    pub async fn act(self, chat_id: ChatId, act: ChatAction) -> Result<(), Problem> {
        let chat = server_fns::change_chat_status(chat_id, act).await?;
        self.apply(Event::Chat(Box::new(chat)));
        Ok(())
    }

    /// Fetches a page of a chat's history and merges it.
    pub async fn load(self, chat_id: ChatId, of: PageOf) -> Result<(), Problem> {
        let query = match of {
            PageOf::Newest => HistoryQuery::default(),
            PageOf::Before(seq) => HistoryQuery { before: Some(seq), ..Default::default() },
            PageOf::After(seq) => HistoryQuery { after: Some(seq), ..Default::default() },
            PageOf::Around(seq) => HistoryQuery { around: Some(seq), ..Default::default() },
        };
        self.load_as(chat_id, query, |_| of).await.map(drop)
    }

    /// Fetches and merges the page around the first message of this time or later. Returns that
    /// message's position.
    pub async fn load_from(self, chat_id: ChatId, at: Timestamp) -> Result<Option<Seq>, Problem> {
        let first = |page: &MessagePage| {
            let first = page.messages.iter().find(|message| message.created_at >= at).or(page.messages.last());
            first.map(|message| message.seq)
        };
        let query = HistoryQuery { at: Some(at), ..Default::default() };
        let page = self.load_as(chat_id, query, |page| first(page).map_or(PageOf::Newest, PageOf::Around)).await?;
        Ok(first(&page))
    }

    async fn load_as(
        self,
        chat_id: ChatId,
        query: HistoryQuery,
        which: impl FnOnce(&MessagePage) -> PageOf,
    ) -> Result<MessagePage, Problem> {
        let generation = self.peek(|state| state.generation);
        let page = history_in_time(chat_id, query).await?;
        // If the state came into doubt meanwhile, this page may be out of date too.
        if self.peek(|state| state.generation) == generation {
            self.apply(Event::Page { chat_id, of: which(&page), page: page.clone() });
        }
        Ok(page)
    }
}

/// A page of a history that takes longer than this counts as failed, in milliseconds.
#[cfg(feature = "hydrate")]
const LOAD_WITHIN_MS: u32 = 15_000;

/// Fetches a page of a history, or fails with `unreachable` after [`LOAD_WITHIN_MS`]: a dead
/// network looks like a slow one, and the user should be able to try again.
#[cfg(feature = "hydrate")]
async fn history_in_time(chat_id: ChatId, query: HistoryQuery) -> Result<MessagePage, Problem> {
    use futures::future::{Either, select};
    let answer = std::pin::pin!(server_fns::history(chat_id, query));
    match select(answer, gloo_timers::future::TimeoutFuture::new(LOAD_WITHIN_MS)).await {
        Either::Left((page, _)) => page,
        Either::Right(_) => Err(ProblemCode::Unreachable.into()),
    }
}

#[cfg(not(feature = "hydrate"))]
async fn history_in_time(chat_id: ChatId, query: HistoryQuery) -> Result<MessagePage, Problem> {
    server_fns::history(chat_id, query).await
}

/// Holds the state in the browser: in a signal, so that views follow it.
#[cfg(not(feature = "ssr"))]
#[derive(Clone, Copy)]
struct State(RwSignal<LiveState>);

#[cfg(not(feature = "ssr"))]
impl State {
    fn new(state: LiveState) -> Self {
        Self(RwSignal::new(state))
    }

    fn with<T>(self, read: impl FnOnce(&LiveState) -> T) -> T {
        self.0.with(read)
    }

    fn peek<T>(self, read: impl FnOnce(&LiveState) -> T) -> T {
        self.0.with_untracked(read)
    }

    fn update(self, change: impl FnOnce(&mut LiveState)) {
        let _ = self.0.try_update(change);
    }
}

/// Holds the state on the server: behind a lock that waits. Parts of a page render on several
/// threads, and a signal fails if another thread holds its lock.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy)]
struct State(StoredValue<Arc<RwLock<LiveState>>>);

#[cfg(feature = "ssr")]
impl State {
    fn new(state: LiveState) -> Self {
        Self(StoredValue::new(Arc::new(RwLock::new(state))))
    }

    fn with<T>(self, read: impl FnOnce(&LiveState) -> T) -> T {
        // A page that panicked is not sent, and no other request reads this state.
        read(&self.0.get_value().read().unwrap_or_else(PoisonError::into_inner))
    }

    fn peek<T>(self, read: impl FnOnce(&LiveState) -> T) -> T {
        self.with(read)
    }

    fn update(self, change: impl FnOnce(&mut LiveState)) {
        change(&mut self.0.get_value().write().unwrap_or_else(PoisonError::into_inner));
    }
}
