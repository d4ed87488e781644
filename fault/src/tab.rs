//! A tab: the `live` code of the browser (connection, state, outbox) over real sockets and calls.
//! Its clock runs faster than real time, so that a run of a minute contains many of the client's
//! long waits.

mod person;
mod runner;
mod wire;

use crate::{browser::Browser, calls::Calls};
use app::{
    live::{BrowserSignal, Connection, Event, LiveState, Outbox, PageOf, TabId},
    protocol::{Chat, ChatId, ClientFrame, Timestamp},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::{
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Instant,
};
use tokio::{sync::mpsc, task::JoinHandle};

/// How many times faster a tab's clock runs than real time.
const SPEED: i64 = 10;
static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The time on the tabs' clock.
pub(crate) fn now() -> Timestamp {
    let elapsed = i64::try_from(BEGUN.elapsed().as_millis()).unwrap_or(i64::MAX);
    Timestamp(1_000_000 + elapsed.saturating_mul(SPEED))
}

/// What a user does in a tab.
#[derive(Debug)]
pub(crate) enum TabAction {
    /// Writes and sends a message.
    Type(ChatId, String),
    /// Replies to one of the newest messages in the chat.
    Answer(ChatId, String),
    /// Corrects one of the user's newest messages in the chat.
    Correct(ChatId, String),
    /// Closes or archives the chat, marks it as needing no reply, or the like.
    StatusAct(ChatId),
    /// Opens a room.
    Open(ChatId),
    /// Scrolls up in the room.
    LoadBefore(ChatId),
    /// Looks at the room, which marks its messages as read.
    ReadNewest(ChatId),
    /// Retracts one of the user's newest messages in the chat.
    Retract(ChatId),
    /// Sends again, or discards, everything that was not sent.
    ResolveUnsent { discard: bool },
    /// The browser reports a signal.
    Notice(BrowserSignal),
    /// Closes or reloads the page, which gets an event before it ends.
    Leave,
}

/// A running tab.
pub(crate) struct Tab {
    pub(crate) browser: Browser,
    acts: mpsc::UnboundedSender<TabAction>,
    state: Arc<Mutex<LiveState>>,
    task: JoinHandle<()>,
}

/// A flaw that is built into a tab, which the oracle must detect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Flaw {
    #[default]
    None,
    /// The tab never fetches what it missed.
    NoResync,
    /// The tab sends every other message after the next one.
    Overtakes,
}

/// What the tab's task receives from its sockets and calls.
enum Arrival {
    Text(u32, String),
    Closed(u32, Option<u16>),
    Fetched(u64, Result<app::live::Answer, app::protocol::Problem>),
    Viewer(Result<Option<app::protocol::UserId>, app::protocol::Problem>),
    StatusAction(u32, Result<Box<Chat>, app::protocol::Problem>),
    Loaded(ChatId, PageOf, u32, Result<app::protocol::MessagePage, app::protocol::Problem>),
}

impl Tab {
    /// Opens a tab.
    pub(crate) fn open(browser: &Browser, calls: &Calls, seed: u64, flaw: Flaw) -> Self {
        let (acts, to_do) = mpsc::unbounded_channel();
        let (arrivals, arriving) = mpsc::unbounded_channel();
        let id = uuid::Builder::from_random_bytes(StdRng::seed_from_u64(seed).random()).into_uuid();
        let state = Arc::new(Mutex::new(LiveState::new(browser.user)));
        // Listens before it reads the store, so that no change is missed.
        let events = browser.listen();
        let runner = Runner {
            id,
            browser: browser.clone(),
            calls: calls.clone(),
            driver: Connection::new(now()),
            outbox: Outbox::new(id, browser.kept()),
            state: Arc::clone(&state),
            rng: StdRng::seed_from_u64(seed),
            arrivals,
            socket: None,
            typed: 0,
            flaw,
            held_back: None,
        };
        let task = tokio::spawn(runner.run(to_do, arriving, events));
        Self { browser: browser.clone(), acts, state, task }
    }

    /// Makes the user do something.
    pub(crate) fn act(&self, act: TabAction) {
        // A tab that crashed does nothing.
        let _ = self.acts.send(act);
    }

    /// The state that the tab shows now.
    pub(crate) fn state(&self) -> LiveState {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Crashes the tab: it sends nothing and finishes nothing.
    pub(crate) async fn crash(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    /// Leaves the page as a reload does.
    pub(crate) async fn leave(self) {
        self.act(TabAction::Leave);
        let _ = self.task.await;
    }
}

struct Runner {
    id: TabId,
    browser: Browser,
    calls: Calls,
    driver: Connection,
    outbox: Outbox,
    state: Arc<Mutex<LiveState>>,
    rng: StdRng,
    arrivals: mpsc::UnboundedSender<Arrival>,
    socket: Option<(u32, mpsc::UnboundedSender<ClientFrame>)>,
    typed: u64,
    flaw: Flaw,
    /// For [`Flaw::Overtakes`].
    held_back: Option<Event>,
}
