//! The inputs of a [`super::Connection`] and the commands that it returns.

use crate::{
    live::Missing,
    protocol::{ChangePage, Chat, ChatPage, ClientFrame, MessagePage, Problem, UserId},
};

/// An input: something that happened.
#[derive(Debug)]
pub enum Input<'a> {
    /// A socket received a text frame.
    Text {
        /// The socket's number.
        socket: u32,
        /// The frame.
        text: &'a str,
    },
    /// A socket was closed or lost.
    Closed {
        /// The socket's number.
        socket: u32,
        /// The code of its close frame, if there was one.
        code: Option<u16>,
    },
    /// A fetch has ended.
    Fetched {
        /// The ticket of the fetch.
        ticket: u64,
        /// The answer, or the problem.
        result: Result<Answer, Problem>,
    },
    /// The user whose session this is; `None` if there is no session.
    Viewer(Result<Option<UserId>, Problem>),
    /// The browser reported a change.
    BrowserSignal(BrowserSignal),
    /// Time has passed.
    Tick,
}

/// A change of the network or the tab that the browser reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrowserSignal {
    /// The network was lost.
    Offline,
    /// The user looks at the tab, or the network is back: the tab should connect, or test the
    /// socket, now.
    Wake,
    /// The socket may be dead.
    SuspectDead,
    /// The tab was hidden and the page may be unloaded in a moment: it must send delayed receipts
    /// now.
    PageHidden,
}

/// What a fetch returned.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The first page of the list of chats.
    List(ChatPage),
    /// A chat.
    Chat(Box<Chat>),
    /// A page of a chat's history.
    Page(MessagePage),
    /// Changed messages.
    Changes(ChangePage),
}

/// A command that the runtime carries out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Open a socket under this number.
    Open(u32),
    /// Close the socket with this number.
    Close(u32),
    /// Send a frame on the socket with this number.
    Send(u32, ClientFrame),
    /// Fetch something. The answer must carry this ticket.
    Fetch(u64, Missing),
    /// Ask the server whose session this is, because script can't see why an upgrade was refused.
    AskViewer,
    /// Reload the page, because another user has signed in with this browser.
    Reload,
}
