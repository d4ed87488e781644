//! What a driver is told, and what it orders.

use crate::{
    live::Missing,
    protocol::{ChangePage, Chat, ChatPage, ClientFrame, MessagePage, Problem, UserId},
};

/// What happened.
#[derive(Debug)]
pub enum Input<'a> {
    /// A socket brought a text frame.
    Text {
        /// Which socket.
        socket: u32,
        /// The frame.
        text: &'a str,
    },
    /// A socket is gone.
    Closed {
        /// Which socket.
        socket: u32,
        /// The code of its close frame, if there was one.
        code: Option<u16>,
    },
    /// A fetch has ended.
    Fetched {
        /// Which.
        ticket: u64,
        /// How.
        result: Result<Answer, Problem>,
    },
    /// Whose session this is, `None` for nobody's.
    Viewer(Result<Option<UserId>, Problem>),
    /// The browser noticed something.
    BrowserSignal(BrowserSignal),
    /// Time passed.
    Tick,
}

/// What the browser notices about the network or the tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrowserSignal {
    /// The network went away.
    Offline,
    /// Somebody looks, or the network is back: it may be worth connecting, and finding out, now.
    Wake,
    /// The socket can't be trusted any more.
    SuspectDead,
    /// Nobody looks any more, and the page may be gone in a moment: what is held back has to be told now.
    PageHidden,
}

/// What a fetch brought.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The top of the list of chats.
    List(ChatPage),
    /// A chat.
    Chat(Box<Chat>),
    /// A stretch of a history.
    Page(MessagePage),
    /// What has changed.
    Changes(ChangePage),
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Open a socket under this number.
    Open(u32),
    /// Let go of it.
    Close(u32),
    /// Send a frame over it.
    Send(u32, ClientFrame),
    /// Ask for something; the ticket comes back with the answer.
    Fetch(u64, Missing),
    /// Ask whose session this is: a refused upgrade tells a script nothing.
    AskViewer,
    /// Load the page anew: somebody else has signed in with this browser.
    Reload,
}
