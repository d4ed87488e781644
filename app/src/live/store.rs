//! The tab's live state as views see it: a signal, and what a person can do to it.
//!
//! On the server it holds one request's data, so that the same views render there.

use super::server_fns;
use super::{Event, LiveState, PageOf};
#[cfg(feature = "hydrate")]
use crate::protocol::ProblemCode;
use crate::protocol::{
    Chat, ChatAction, ChatId, ChatPage, ChatQuery, HistoryQuery, MessagePage, Problem, Room, Seq, Timestamp, UserId,
};
use leptos::prelude::*;
use std::collections::BTreeMap;
#[cfg(feature = "ssr")]
use std::sync::{Arc, PoisonError, RwLock};

/// A handle on the tab's live state; one per page, provided at the root.
#[derive(Clone, Copy)]
pub struct Live {
    state: State,
    drafts: StoredValue<BTreeMap<ChatId, String>>,
    /// Told when another tab has changed a draft.
    redrafted: RwSignal<()>,
    #[cfg(feature = "hydrate")]
    outbox_storage: StoredValue<std::rc::Rc<crate::live::outbox_storage::OutboxStorage>, LocalStorage>,
}

impl Live {
    /// The state of a page of this person's, provided to everything below. `key` opens what their browser keeps.
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

    /// Whether both are handles on one state.
    #[cfg(feature = "hydrate")]
    pub(super) fn is(self, other: Self) -> bool {
        self.drafts == other.drafts
    }

    /// Where this person's browser keeps what is not sent.
    #[cfg(feature = "hydrate")]
    pub(super) fn outbox_storage(self) -> std::rc::Rc<crate::live::outbox_storage::OutboxStorage> {
        self.outbox_storage.get_value()
    }

    /// The page's live state.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Reads the state, and is told when it changes.
    pub fn with<T>(self, read: impl FnOnce(&LiveState) -> T) -> T {
        self.state.with(read)
    }

    /// Reads the state as it is now.
    pub fn peek<T>(self, read: impl FnOnce(&LiveState) -> T) -> T {
        self.state.peek(read)
    }

    /// Changes the state. Does nothing when the page is gone.
    pub fn apply(self, event: Event) {
        self.state.update(|state| state.apply(event));
    }

    /// What was typed in a chat and not sent. Tells when another tab changes it.
    pub fn draft(self, chat_id: ChatId) -> Option<String> {
        self.redrafted.track();
        self.drafts.with_value(|drafts| drafts.get(&chat_id).cloned())
    }

    /// Keeps what is typed in a chat; nothing is kept of an empty field.
    pub fn keep_draft(self, chat_id: ChatId, text: String) {
        #[cfg(feature = "hydrate")]
        self.outbox_storage().put_draft(chat_id, &text, super::now());
        self.set_draft(chat_id, text);
    }

    /// Takes over what another tab has typed.
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

    /// Takes over a room that was fetched.
    pub fn open(self, room: &Room) {
        let chat_id = room.chat.chat_id;
        self.apply(Event::Chat(Box::new(room.chat.clone())));
        // An address may lead to an earlier part.
        let of = match room.page.messages.last() {
            Some(last) if last.seq < room.page.last_seq => PageOf::Around(last.seq),
            _ => PageOf::Newest,
        };
        self.apply(Event::Page { chat_id, of, page: room.page.clone() });
    }

    /// Takes over a page of the list of chats.
    pub fn list(self, page: &ChatPage, is_first: bool) {
        self.apply(Event::Chats { chats: page.chats.clone(), next: page.next.clone(), is_first });
    }

    /// Has the list go on after the page that named this.
    pub async fn load_list(self, after: String) -> Result<(), Problem> {
        let page = server_fns::list_chats(ChatQuery { after: Some(after), limit: None }).await?;
        self.list(&page, false);
        Ok(())
    }

    /// The chat's summary as it stands.
    pub fn chat(self, chat_id: ChatId) -> Option<Chat> {
        self.with(|state| state.chats.get(&chat_id).and_then(|chat| chat.chat.clone()))
    }

    /// Changes how a chat stands, and takes over how it stands then.
    pub async fn act(self, chat_id: ChatId, act: ChatAction) -> Result<(), Problem> {
        let chat = server_fns::change_chat_status(chat_id, act).await?;
        self.apply(Event::Chat(Box::new(chat)));
        Ok(())
    }

    /// Fetches a stretch of a history and takes it over.
    pub async fn load(self, chat_id: ChatId, of: PageOf) -> Result<(), Problem> {
        let query = match of {
            PageOf::Newest => HistoryQuery::default(),
            PageOf::Before(seq) => HistoryQuery { before: Some(seq), ..Default::default() },
            PageOf::After(seq) => HistoryQuery { after: Some(seq), ..Default::default() },
            PageOf::Around(seq) => HistoryQuery { around: Some(seq), ..Default::default() },
        };
        self.load_as(chat_id, query, |_| of).await.map(drop)
    }

    /// The same around the first message of this moment or later; answers its place.
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
        // What was held may have come into doubt meanwhile; then this belongs to the past as well.
        if self.peek(|state| state.generation) == generation {
            self.apply(Event::Page { chat_id, of: which(&page), page: page.clone() });
        }
        Ok(page)
    }
}

/// A stretch of a history that has not come within this will not, in milliseconds.
#[cfg(feature = "hydrate")]
const LOAD_WITHIN_MS: u32 = 15_000;

/// A network that swallows everything is told from a slow one by patience only: whoever waits for more than that may
/// try again.
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

/// Where the state is kept in the browser: a signal, so that views follow it.
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

/// Where it is kept on the server: behind a lock that waits. Parts of one page render on several threads,
/// and a signal gives up on a lock that another of them holds.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy)]
struct State(StoredValue<Arc<RwLock<LiveState>>>);

#[cfg(feature = "ssr")]
impl State {
    fn new(state: LiveState) -> Self {
        Self(StoredValue::new(Arc::new(RwLock::new(state))))
    }

    fn with<T>(self, read: impl FnOnce(&LiveState) -> T) -> T {
        // A page that panicked half-way is not sent; what it left here is read by nobody else.
        read(&self.0.get_value().read().unwrap_or_else(PoisonError::into_inner))
    }

    fn peek<T>(self, read: impl FnOnce(&LiveState) -> T) -> T {
        self.with(read)
    }

    fn update(self, change: impl FnOnce(&mut LiveState)) {
        change(&mut self.0.get_value().write().unwrap_or_else(PoisonError::into_inner));
    }
}
