//! The events that change a tab's live state.

use super::{
    Postponed,
    types::{MessageOptions, OutboxEntry, PageOf, SendingTab, WindowEdge},
};
use crate::protocol::{
    ChangePage, ChangeSeq, Chat, ChatId, ClientId, Message, MessagePage, Seq, ServerFrame, Timestamp,
};

/// An event that the live state applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The socket received a frame.
    Frame(ServerFrame),
    /// The socket was lost at this moment.
    Disconnected(Timestamp),
    /// The session has ended.
    SessionEnded,
    /// The server uses another version of the protocol than this page.
    Outdated,
    /// The page has shown that the server lost messages.
    DataLossAcknowledged,
    /// The viewing doctor's office hours have changed, so chats become overdue at other times.
    HoursChanged,
    /// The server sent a `chat` frame while a response about that chat was under way, so the tab
    /// can't determine which of them is newer.
    Overtaken(ChatId),
    /// A page of the list of chats was fetched.
    Chats {
        /// The chats.
        chats: Vec<Chat>,
        /// The value of `after` for the list's next page.
        next: Option<String>,
        /// Whether this is the list's first page.
        is_first: bool,
    },
    /// One chat was fetched.
    Chat(Box<Chat>),
    /// A page of a chat's history was fetched.
    Page {
        /// The chat.
        chat_id: ChatId,
        /// Which page was requested.
        of: PageOf,
        /// The messages.
        page: MessagePage,
    },
    /// Messages that have changed since they were stored were fetched.
    Changes {
        /// The chat.
        chat_id: ChatId,
        /// The request asked for the changes after this one.
        after: ChangeSeq,
        /// The changed messages.
        page: ChangePage,
    },
    /// A message that another one answers was fetched.
    Quoted {
        /// The chat.
        chat_id: ChatId,
        /// The requested position.
        seq: Seq,
        /// The message at this position, if there is one.
        message: Option<Message>,
        /// The chat's last change when the server read the message.
        last_change: ChangeSeq,
    },
    /// The tab holds more of a history than a page should show and must drop messages at one end.
    Trim {
        /// The chat.
        chat_id: ChatId,
        /// The end at which to drop messages.
        edge: WindowEdge,
    },
    /// The user sent a message.
    Typed {
        /// The chat.
        chat_id: ChatId,
        /// The new message's client id.
        client_id: ClientId,
        /// The text.
        content: String,
        /// The message's properties besides its text.
        about: MessageOptions,
        /// When the user sent it.
        at: Timestamp,
    },
    /// The server accepts no more messages of the user for some time.
    Postponed(Postponed),
    /// The user has seen all messages of a chat up to a position.
    Seen {
        /// The chat.
        chat_id: ChatId,
        /// The last position that the user has seen.
        seq: Seq,
    },
    /// The outbox, which all of the user's tabs share, contains this message.
    StoredEntry {
        /// The stored message.
        entry: OutboxEntry,
        /// The tab that sends it.
        holder: SendingTab,
    },
    /// The outbox no longer contains the message with this client id.
    Dropped(ClientId),
    /// The user asked to send again a message that was not sent.
    Retry {
        /// The chat.
        chat_id: ChatId,
        /// The message's client id.
        client_id: ClientId,
        /// When the user asked for it.
        at: Timestamp,
    },
    /// The user discarded a message that was not sent.
    Discard {
        /// The chat.
        chat_id: ChatId,
        /// The message's client id.
        client_id: ClientId,
    },
    /// The clock shows this time.
    Tick(Timestamp),
}
