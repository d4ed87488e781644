//! What can happen to a tab.

use super::{Entry, Holder};
use crate::protocol::{Chat, ChatId, ClientId, MessagePage, Seq, ServerFrame, Timestamp};

/// Which stretch of a history a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PageOf {
    /// The newest messages.
    Newest,
    /// Those before this place.
    Before(Seq),
    /// Those after this place.
    After(Seq),
}

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
    Chat(Chat),
    /// A stretch of a history was fetched.
    Page {
        /// The chat.
        chat_id: ChatId,
        /// Which stretch.
        of: PageOf,
        /// The messages.
        page: MessagePage,
    },
    /// The person sent something.
    Typed {
        /// The chat.
        chat_id: ChatId,
        /// The new message's own id.
        client_id: ClientId,
        /// The text.
        content: String,
        /// When.
        at: Timestamp,
    },
    /// The person has looked at everything up to here.
    Seen {
        /// The chat.
        chat_id: ChatId,
        /// Up to here.
        seq: Seq,
    },
    /// The outbox that the person's tabs share holds this.
    Kept {
        /// As kept.
        entry: Entry,
        /// Which tab sends it.
        holder: Holder,
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
