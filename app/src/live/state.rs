//! The live state of one tab: its chats, the parts of their histories that it holds, and the
//! messages that it still has to send.

use super::{
    Window,
    types::{MessageOptions, SendingTab},
};
use crate::protocol::{
    ChangeSeq, Chat, ChatCounters, ChatId, ClientId, Epoch, Message, ProblemCode, Seq, StatusBrief, Timestamp, UserId,
};
use std::{collections::BTreeMap, sync::Arc};

/// The minimum time between two fetches of a doctor's availability whose end has passed, in
/// milliseconds.
const ASK_AGAIN_MS: i64 = 60_000;

/// The state of the connection, as the page shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// Not connected yet.
    #[default]
    Connecting,
    /// Connected, and compared with the server after `ready`.
    Online,
    /// Lost at this moment; the tab tries to reconnect.
    Offline(Timestamp),
    /// The session has ended. The tab does not reconnect.
    Ended,
    /// The server uses another version of the protocol. The tab does not reconnect; the user must
    /// reload the page.
    Outdated,
}

/// The live state of a tab.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveState {
    /// The signed-in user.
    pub viewer: UserId,
    /// The state of the connection.
    pub link: Link,
    /// The chats, by id.
    pub chats: BTreeMap<ChatId, ChatState>,
    /// The value of `after` for the list's next page; `None` if the list was loaded to its end.
    pub more_chats: Option<String>,
    /// Whether the first page of the list must be fetched.
    pub is_list_stale: bool,
    /// The epoch of the server's database at the last comparison.
    pub epoch: Option<Epoch>,
    /// Counts how often the state came into doubt. The tab ignores an answer to a request from
    /// before the last time.
    pub generation: u32,
    /// Whether the server has lost messages (a backup was restored) and the page has not shown this
    /// to the user yet.
    pub has_server_lost_history: bool,
    /// The time in which the server accepts no more messages of the user, if it asked for a wait.
    pub postponed: Option<Postponed>,
}

/// A time in which the server accepts no more messages of one user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Postponed {
    /// When the server asked for the wait.
    pub since: Timestamp,
    /// When the server accepts the next message.
    pub until: Timestamp,
}

impl Postponed {
    /// Whether the wait ended at least `since_ms` milliseconds ago. A time before its beginning
    /// also counts, so that a clock that is set back does not prolong the wait.
    #[must_use]
    pub const fn is_over(self, now: Timestamp, since_ms: i64) -> bool {
        now.0 < self.since.0 || now.0 >= self.until.0.saturating_add(since_ms)
    }
}

/// What a tab holds of one chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatState {
    /// The chat's counters. Every number only rises.
    pub counters: ChatCounters,
    /// The chat's newest `seq` at the time of `counters.brief`.
    pub brief_as_of: Seq,
    /// The chat's summary; `None` until it was fetched.
    pub chat: Option<Chat>,
    /// The part of the history that the tab holds; `None` until the room is opened.
    pub window: Option<Window>,
    /// Earlier messages that others answer or correct, by position. They may lie before the window.
    pub quoted: BTreeMap<Seq, Arc<Message>>,
    /// Whether the summary may contain data that the server has lost.
    pub is_summary_in_doubt: bool,
    /// Whether the doctor's availability may have changed without a notification, so that it must
    /// be fetched.
    pub is_availability_late: bool,
    /// When the availability was last fetched because its end had passed.
    pub availability_asked_at: Timestamp,
    /// The position up to which the user has seen the chat. The server may not have it yet.
    pub seen: Seq,
    /// The messages that are not known to be stored, in the order of typing.
    pub outgoing: Vec<Outgoing>,
    /// Counts the peer's `typing` frames since their last message. Each one is shown for a while.
    pub typing: u32,
}

/// A message that is being sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The message's client id.
    pub client_id: ClientId,
    /// The text.
    pub content: Arc<str>,
    /// The message's properties besides its text.
    pub about: MessageOptions,
    /// When it was typed.
    pub typed_at: Timestamp,
    /// When sending began: at typing, at the last retry, or when the connection came back (set at
    /// the next tick).
    pub tried_since: Option<Timestamp>,
    /// How far sending has come.
    pub state: OutgoingState,
    /// The tab that sends it.
    pub holder: SendingTab,
}

/// How far the sending of a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutgoingState {
    /// The tab is sending it.
    Sending,
    /// Stored at this position, which the window does not show yet.
    Stored(Seq),
    /// The server rejected it or could not be reached. The user decides whether to send it again.
    NotSent(ProblemCode),
}

impl LiveState {
    /// The empty state of a tab of this user.
    #[must_use]
    pub fn new(viewer: UserId) -> Self {
        Self { viewer, ..Self::default() }
    }

    /// The chats whose summary was fetched, newest activity first.
    #[must_use]
    pub fn list(&self) -> Vec<&ChatState> {
        let mut chats: Vec<&ChatState> = self.chats.values().filter(|chat| chat.chat.is_some()).collect();
        chats.sort_by_key(|state| std::cmp::Reverse(state.chat.as_ref().map(|chat| (chat.updated_at, chat.chat_id))));
        chats
    }

    /// Whether any message is being sent or was not sent.
    #[must_use]
    pub fn has_outgoing(&self) -> bool {
        self.chats.values().any(|chat| !chat.outgoing.is_empty())
    }

    /// Whether the tab may hold more chats than the requested pages of the list contain.
    #[must_use]
    pub fn has_room(&self) -> bool {
        /// The maximum number of chats with a summary; more than a user looks through.
        const CHATS: usize = 300;
        self.chats.values().filter(|chat| chat.chat.is_some()).count() < CHATS
    }

    /// The number of messages that the user has not read, over all chats.
    #[must_use]
    pub fn unread(&self) -> i64 {
        self.chats.values().map(ChatState::unread).sum()
    }
}

impl ChatState {
    /// The state of a chat of which the tab knows only the id.
    #[must_use]
    pub fn new(chat_id: ChatId) -> Self {
        let counters = ChatCounters {
            chat_id,
            last_seq: Seq(0),
            read_seq: Seq(0),
            peer_read_seq: Seq(0),
            peer_delivered_seq: Seq(0),
            peer_read_at: None,
            peer_delivered_at: None,
            unread: 0,
            last_change: ChangeSeq(0),
            brief: StatusBrief::default(),
        };
        Self {
            counters,
            brief_as_of: Seq(0),
            chat: None,
            window: None,
            quoted: BTreeMap::new(),
            is_summary_in_doubt: false,
            is_availability_late: false,
            availability_asked_at: Timestamp(0),
            seen: Seq(0),
            outgoing: Vec::new(),
            typing: 0,
        }
    }

    /// The position up to which the user has read, including what the server does not have yet.
    #[must_use]
    pub fn read(&self) -> Seq {
        self.counters.read_seq.max(self.seen)
    }

    /// The number of messages that the user has not read.
    #[must_use]
    pub fn unread(&self) -> i64 {
        (self.counters.last_seq.0 - self.read().0).max(0)
    }

    /// Whether the counters show a newer status than the summary. Both numbers only rise.
    #[must_use]
    pub fn is_summary_late(&self) -> bool {
        self.chat.as_ref().is_some_and(|chat| {
            chat.last_seq.0 + chat.status.brief.revision < self.brief_as_of.0 + self.counters.brief.revision
        })
    }

    /// Whether the end of the doctor's availability, in an opened room, has passed. If the
    /// browser's clock is ahead of the server's, this is the case again a minute later.
    #[must_use]
    pub fn has_availability_ended(&self, now: Timestamp) -> bool {
        let known =
            self.chat.as_ref().filter(|_| self.window.is_some()).and_then(|chat| chat.peer.availability.as_ref());
        let until = known.and_then(|known| known.until);
        until.is_some_and(|until| until <= now) && now.0 - self.availability_asked_at.0 >= ASK_AGAIN_MS
    }

    /// The position up to which this tab has received messages.
    #[must_use]
    pub fn received(&self) -> Seq {
        let shown = self.window.as_ref().map_or(Seq(0), |window| window.top);
        self.last_message().map_or(shown, |message| message.seq.max(shown))
    }

    /// The message at a position, if the tab holds it.
    #[must_use]
    pub fn message(&self, seq: Seq) -> Option<&Arc<Message>> {
        self.window.as_ref().and_then(|window| window.messages.get(&seq)).or_else(|| self.quoted.get(&seq))
    }

    /// The newest message that the tab holds.
    #[must_use]
    pub fn last_message(&self) -> Option<&Message> {
        self.chat.as_ref().and_then(|chat| chat.last_message.as_ref())
    }
}
