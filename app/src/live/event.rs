//! What can happen to a tab.

use super::{
    Postponed,
    types::{MessageOptions, OutboxEntry, PageOf, SendingTab, WindowEdge},
};
use crate::protocol::{
    ChangePage, ChangeSeq, Chat, ChatId, ClientId, Message, MessagePage, Seq, ServerFrame, Timestamp,
};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The socket brought a frame.
    Frame(ServerFrame),
    /// The socket is gone, since this moment.
    Disconnected(Timestamp),
    /// The session is over.
    SessionEnded,
    /// The server speaks another version than this page.
    Outdated,
    /// The person has been told that the server lost something.
    RewindTold,
    /// The doctor who looks is in at other times now, and when somebody has waited too long is another moment.
    HoursChanged,
    /// The server has told of a chat while an answer about it was on its way: which of them is newer can't be seen.
    Overtaken(ChatId),
    /// Chats were fetched. `next` leads to more; `is_first` says it is the top of the list.
    Chats {
        /// As fetched.
        chats: Vec<Chat>,
        /// Where the list goes on.
        next: Option<String>,
        /// Whether the list was asked for from its top.
        is_first: bool,
    },
    /// One chat was fetched.
    Chat(Box<Chat>),
    /// A stretch of a history was fetched.
    Page {
        /// The chat.
        chat_id: ChatId,
        /// Which stretch.
        of: PageOf,
        /// The messages.
        page: MessagePage,
    },
    /// Messages that have changed were fetched.
    Changes {
        /// The chat.
        chat_id: ChatId,
        /// Those after this change were asked for.
        after: ChangeSeq,
        /// As fetched.
        page: ChangePage,
    },
    /// A message that another answers was fetched: none, if it is not there.
    Quoted {
        /// The chat.
        chat_id: ChatId,
        /// Which place was asked for.
        seq: Seq,
        /// What stands there.
        message: Option<Message>,
        /// The chat's last change when it was read.
        last_change: ChangeSeq,
    },
    /// More of a history is held than a page should show: let go of it at this end.
    Trim {
        /// The chat.
        chat_id: ChatId,
        /// Where.
        edge: WindowEdge,
    },
    /// The person sent something.
    Typed {
        /// The chat.
        chat_id: ChatId,
        /// The new message's own id.
        client_id: ClientId,
        /// The text.
        content: String,
        /// What it is beside its text.
        about: MessageOptions,
        /// When.
        at: Timestamp,
    },
    /// The server takes no more of the person's messages for a while.
    Postponed(Postponed),
    /// The person has looked at everything up to here.
    Seen {
        /// The chat.
        chat_id: ChatId,
        /// Up to here.
        seq: Seq,
    },
    /// The outbox that the person's tabs share holds this.
    StoredEntry {
        /// As kept.
        entry: OutboxEntry,
        /// Which tab sends it.
        holder: SendingTab,
    },
    /// The outbox does not hold this any more.
    Dropped(ClientId),
    /// The person wants a message that was not sent tried again.
    Retry {
        /// The chat.
        chat_id: ChatId,
        /// Which.
        client_id: ClientId,
        /// When.
        at: Timestamp,
    },
    /// The person gives up on a message that was not sent.
    Discard {
        /// The chat.
        chat_id: ChatId,
        /// Which.
        client_id: ClientId,
    },
    /// Time passes.
    Tick(Timestamp),
}
