//! What one tab knows: its chats, the stretches of history it holds, and what it still has to send.

use super::{
    Window,
    types::{MessageOptions, SendingTab},
};
use crate::protocol::{
    ChangeSeq, Chat, ChatCounters, ChatId, ClientId, Epoch, Message, ProblemCode, Seq, StatusBrief, Timestamp, UserId,
};
use std::{collections::BTreeMap, sync::Arc};

/// What still is not told of when a doctor answers is asked for again after this.
const ASK_AGAIN_MS: i64 = 60_000;

/// How the socket stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// Not connected yet.
    #[default]
    Connecting,
    /// Connected, and compared with the server.
    Online,
    /// Lost, since this moment; being tried again.
    Offline(Timestamp),
    /// The session is over: not tried again.
    Ended,
    /// The server speaks another version than this page: not tried again, the page has to be loaded anew.
    Outdated,
}

/// Everything a tab knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveState {
    /// Who is signed in.
    pub viewer: UserId,
    /// The socket.
    pub link: Link,
    /// By id.
    pub chats: BTreeMap<ChatId, ChatState>,
    /// Where the list of chats goes on, if it was not loaded to its end.
    pub more_chats: Option<String>,
    /// Whether the top of the list has to be fetched (again).
    pub is_list_stale: bool,
    /// The server's database, as the last comparison named it.
    pub epoch: Option<Epoch>,
    /// Counts how often everything held came into doubt; an answer to a question from before is not taken.
    pub generation: u32,
    /// Whether the server has been found to have lost what it once had (a backup was restored), and the person
    /// not told yet.
    pub was_rewound: bool,
    /// For how long the server takes no more of the person's messages, if it does not.
    pub postponed: Option<Postponed>,
}

/// A while in which the server takes no more of one person's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Postponed {
    /// When the server said so.
    pub since: Timestamp,
    /// When it takes the next.
    pub until: Timestamp,
}

impl Postponed {
    /// Whether it ended so many milliseconds ago. A clock that was set back must not make it last.
    #[must_use]
    pub const fn is_over(self, now: Timestamp, since_ms: i64) -> bool {
        now.0 < self.since.0 || now.0 >= self.until.0.saturating_add(since_ms)
    }
}

/// One chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatState {
    /// Where it stands. Every number only rises.
    pub counters: ChatCounters,
    /// The newest message when the chat was last said to stand as `counters.brief` has it.
    pub brief_as_of: Seq,
    /// Who the other is, the newest message held, and when it changed; `None` until fetched.
    pub chat: Option<Chat>,
    /// The history held, if its room was opened.
    pub window: Option<Window>,
    /// Earlier messages that others answer, by place: they may lie before what is held.
    pub quoted: BTreeMap<Seq, Arc<Message>>,
    /// Whether the summary may tell of what the server has no more.
    pub is_summary_in_doubt: bool,
    /// Whether the doctor may be in, or out, by now, or at other times, without anything having been told of it.
    pub is_availability_late: bool,
    /// When the clock last had that asked.
    pub availability_asked_at: Timestamp,
    /// How far the person has looked, which the server may not know yet.
    pub seen: Seq,
    /// Not known to be stored, in the order of typing.
    pub outgoing: Vec<Outgoing>,
    /// Counts how often the other was said to be writing since their last message: each time holds for a while.
    pub typing: u32,
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Its own id.
    pub client_id: ClientId,
    /// The text.
    pub content: Arc<str>,
    /// What it is beside its text.
    pub about: MessageOptions,
    /// When it was typed.
    pub typed_at: Timestamp,
    /// When trying began: at typing, at the last retry, or (known at the next tick) when the connection came
    /// back.
    pub tried_since: Option<Timestamp>,
    /// How it stands.
    pub state: OutgoingState,
    /// Which tab sends it.
    pub holder: SendingTab,
}

/// How a message on its way stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutgoingState {
    /// Being tried.
    Sending,
    /// Stored at this place, which the window does not show yet.
    Stored(Seq),
    /// Refused, or not to be got through; the person decides.
    NotSent(ProblemCode),
}

impl LiveState {
    /// A tab of this person that knows nothing yet.
    #[must_use]
    pub fn new(viewer: UserId) -> Self {
        Self { viewer, ..Self::default() }
    }

    /// The chats whose other person is known, newest activity first.
    #[must_use]
    pub fn list(&self) -> Vec<&ChatState> {
        let mut chats: Vec<&ChatState> = self.chats.values().filter(|chat| chat.chat.is_some()).collect();
        chats.sort_by_key(|state| std::cmp::Reverse(state.chat.as_ref().map(|chat| (chat.updated_at, chat.chat_id))));
        chats
    }

    /// Whether anything is on its way.
    #[must_use]
    pub fn has_outgoing(&self) -> bool {
        self.chats.values().any(|chat| !chat.outgoing.is_empty())
    }

    /// Whether chats beyond the pages of the list that were asked for can be held, too.
    #[must_use]
    pub fn has_room(&self) -> bool {
        /// As many as somebody may look through.
        const CHATS: usize = 300;
        self.chats.values().filter(|chat| chat.chat.is_some()).count() < CHATS
    }

    /// Messages the person has not read, over all chats.
    #[must_use]
    pub fn unread(&self) -> i64 {
        self.chats.values().map(ChatState::unread).sum()
    }
}

impl ChatState {
    /// A chat of which only the id is known.
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

    /// How far the person has read, whether or not the server has heard of it yet.
    #[must_use]
    pub fn read(&self) -> Seq {
        self.counters.read_seq.max(self.seen)
    }

    /// Messages the person has not read.
    #[must_use]
    pub fn unread(&self) -> i64 {
        (self.counters.last_seq.0 - self.read().0).max(0)
    }

    /// Whether something newer than the summary was told of how the chat stands. Both numbers only rise.
    #[must_use]
    pub fn is_summary_late(&self) -> bool {
        self.chat.as_ref().is_some_and(|chat| {
            chat.last_seq.0 + chat.status.brief.revision < self.brief_as_of.0 + self.counters.brief.revision
        })
    }

    /// Whether what is known of when the doctor answers, in a room opened here, has ended by the clock. Its clock may
    /// be ahead of the server's: then it is so again a minute later.
    #[must_use]
    pub fn has_availability_ended(&self, now: Timestamp) -> bool {
        let known =
            self.chat.as_ref().filter(|_| self.window.is_some()).and_then(|chat| chat.peer.availability.as_ref());
        let until = known.and_then(|known| known.until);
        until.is_some_and(|until| until <= now) && now.0 - self.availability_asked_at.0 >= ASK_AGAIN_MS
    }

    /// Up to where messages have reached this device.
    #[must_use]
    pub fn received(&self) -> Seq {
        let shown = self.window.as_ref().map_or(Seq(0), |window| window.top);
        self.last_message().map_or(shown, |message| message.seq.max(shown))
    }

    /// A message by its place, if it is held.
    #[must_use]
    pub fn message(&self, seq: Seq) -> Option<&Arc<Message>> {
        self.window.as_ref().and_then(|window| window.messages.get(&seq)).or_else(|| self.quoted.get(&seq))
    }

    /// The newest message held.
    #[must_use]
    pub fn last_message(&self) -> Option<&Message> {
        self.chat.as_ref().and_then(|chat| chat.last_message.as_ref())
    }
}
