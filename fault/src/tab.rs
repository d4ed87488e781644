//! A tab: the same `live` code that the browser runs (driver, state, outbox), over real sockets and calls. Its
//! clock runs faster than the wall's, so that a run of a minute has many of the client's long waits in it.

use crate::{
    browser::{Browser, News, Typed},
    calls::Calls,
};
use app::{
    live::{About, Driver, Event, Input, LiveState, Need, Order, Outbox, Outgoing, OutgoingState, PageOf, Sign, TabId},
    protocol::{ChatId, ClientFrame, ClientId, ProblemCode, ServerFrame, Timestamp},
};
use futures::{SinkExt, StreamExt};
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::{
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    sync::{broadcast, mpsc},
    task::JoinHandle,
};
use tokio_tungstenite::tungstenite::Message;

/// How much faster a tab's clock runs than the wall's.
const SPEED: i64 = 10;
/// How far back people take messages back.
const RETRACTED_AMONG: usize = 5;
static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The tabs' clock.
pub(crate) fn now() -> Timestamp {
    let elapsed = i64::try_from(BEGUN.elapsed().as_millis()).unwrap_or(i64::MAX);
    Timestamp(1_000_000 + elapsed.saturating_mul(SPEED))
}

/// What a person does to a tab.
#[derive(Debug)]
pub(crate) enum Act {
    /// Writes and sends.
    Type(ChatId, String),
    /// Opens a room.
    Open(ChatId),
    /// Scrolls up in it.
    LoadBefore(ChatId),
    /// Looks at it.
    Look(ChatId),
    /// Takes back one of the newest own messages in it.
    Retract(ChatId),
    /// Retries, or discards, everything that was not sent.
    Settle { discard: bool },
    /// The browser noticed something.
    Notice(Sign),
    /// Closes the page, or loads it anew: it may say goodbye.
    Leave,
}

/// A running tab.
pub(crate) struct Tab {
    pub(crate) browser: Browser,
    acts: mpsc::UnboundedSender<Act>,
    state: Arc<Mutex<LiveState>>,
    task: JoinHandle<()>,
}

/// How a tab is built wrong, for the oracle to notice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Flaw {
    #[default]
    None,
    /// It never fetches what it missed.
    NoResync,
    /// It sends every other message after the next one.
    Overtakes,
}

/// What reaches a tab's one task from its sockets and calls.
enum Arrival {
    Text(u32, String),
    Closed(u32, Option<u16>),
    Fetched(u64, Result<app::live::Answer, app::protocol::Problem>),
    Viewer(Result<Option<app::protocol::UserId>, app::protocol::Problem>),
    Loaded(ChatId, PageOf, u32, Result<app::protocol::MessagePage, app::protocol::Problem>),
}

impl Tab {
    /// Opens one.
    pub(crate) fn open(browser: &Browser, calls: &Calls, seed: u64, flaw: Flaw) -> Self {
        let (acts, to_do) = mpsc::unbounded_channel();
        let (arrivals, arriving) = mpsc::unbounded_channel();
        let id = uuid::Builder::from_random_bytes(StdRng::seed_from_u64(seed).random()).into_uuid();
        let state = Arc::new(Mutex::new(LiveState::new(browser.user)));
        // Listens before it reads the store, so as to miss nothing.
        let news = browser.listen();
        let runner = Runner {
            id,
            browser: browser.clone(),
            calls: calls.clone(),
            driver: Driver::new(now()),
            outbox: Outbox::new(id, browser.kept()),
            state: Arc::clone(&state),
            rng: StdRng::seed_from_u64(seed),
            arrivals,
            socket: None,
            typed: 0,
            flaw,
            held_back: None,
        };
        let task = tokio::spawn(runner.run(to_do, arriving, news));
        Self { browser: browser.clone(), acts, state, task }
    }

    /// Has the person do something.
    pub(crate) fn act(&self, act: Act) {
        // A tab that crashed does nothing.
        let _ = self.acts.send(act);
    }

    /// What it shows now.
    pub(crate) fn state(&self) -> LiveState {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Crashes: nothing is said, nothing is finished.
    pub(crate) async fn crash(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    /// Leaves as a page does that is loaded anew.
    pub(crate) async fn leave(self) {
        self.act(Act::Leave);
        let _ = self.task.await;
    }
}

struct Runner {
    id: TabId,
    browser: Browser,
    calls: Calls,
    driver: Driver,
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

impl Runner {
    async fn run(
        mut self,
        mut to_do: mpsc::UnboundedReceiver<Act>,
        mut arriving: mpsc::UnboundedReceiver<Arrival>,
        mut news: broadcast::Receiver<News>,
    ) {
        for event in self.outbox.events(now()) {
            self.apply(event);
        }
        self.settle();
        loop {
            let wait = self.driver.wake_at(now()).0 - now().0;
            let wait = Duration::from_millis(u64::try_from(wait / SPEED).unwrap_or_default().max(2));
            tokio::select! {
                biased;
                act = to_do.recv() => match act {
                    Some(Act::Leave) | None => break,
                    Some(act) => self.act(act),
                },
                arrival = arriving.recv() => if let Some(arrival) = arrival { self.arrive(arrival) },
                news = news.recv() => self.hear(news),
                () = tokio::time::sleep(wait) => self.tick(),
            }
        }
        let released = self.outbox.release();
        self.browser.keep(self.id, released);
    }

    fn with<T>(&self, act: impl FnOnce(&mut LiveState) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn apply(&self, event: Event) {
        self.with(|state| state.apply(event));
    }

    fn feed(&mut self, input: Input<'_>) {
        let random = self.rng.random();
        let events = {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            self.driver.take(&state, input, now(), random)
        };
        for event in events {
            self.apply(event);
        }
        self.settle();
    }

    fn settle(&mut self) {
        let (changes, orders) = {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            (self.outbox.changes(&state), self.driver.orders(&state, now()))
        };
        self.browser.keep(self.id, changes);
        self.note_given_up();
        for order in orders {
            self.obey(order);
        }
    }

    /// Writes down, for the oracle, which messages the person is shown as not sent for want of an answer.
    fn note_given_up(&self) {
        let given_up = |message: &&Outgoing| message.state == OutgoingState::NotSent(ProblemCode::Unavailable);
        let ids: Vec<ClientId> = self.with(|state| {
            let outgoing = state.chats.values().flat_map(|chat| &chat.outgoing);
            outgoing.filter(given_up).map(|message| message.client_id).collect()
        });
        self.browser.record().given_up.extend(ids);
    }

    fn tick(&mut self) {
        let (changes, events) = self.outbox.tick(now());
        self.browser.keep(self.id, changes);
        for event in events {
            self.apply(event);
        }
        self.feed(Input::Tick);
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Type(chat, content) => {
                let client_id = uuid::Builder::from_random_bytes(self.rng.random()).into_uuid();
                self.typed += 1;
                self.browser.record().typed.push(Typed {
                    client_id,
                    chat,
                    tab: self.id,
                    number: self.typed,
                    content: content.clone(),
                });
                let about = About::default();
                let typed = Event::Typed { chat_id: chat, client_id, content, about, at: now() };
                if self.flaw == Flaw::Overtakes && self.held_back.is_none() {
                    self.held_back = Some(typed);
                    return;
                }
                self.apply(typed);
                if let Some(late) = self.held_back.take() {
                    self.apply(late);
                }
            }
            Act::Open(chat) => self.load(chat, PageOf::Newest),
            Act::LoadBefore(chat) => {
                let first = self.with(|state| Some(state.chats.get(&chat)?.window.as_ref()?.first));
                if let Some(first) = first.filter(|first| first.0 > 1) {
                    self.load(chat, PageOf::Before(first));
                }
            }
            Act::Look(chat) => {
                let top = self.with(|state| Some(state.chats.get(&chat)?.window.as_ref()?.top));
                if let Some(seq) = top {
                    self.apply(Event::Seen { chat_id: chat, seq });
                }
            }
            Act::Retract(chat) => self.retract(chat),
            Act::Settle { discard } => self.settle_unsent(discard),
            Act::Notice(sign) => self.feed(Input::Sign(sign)),
            Act::Leave => {}
        }
        self.settle();
    }

    /// As a page does it: by a call, whose answer only says what a frame says as well.
    fn retract(&self, chat: ChatId) {
        let own = self.with(|state| {
            let mut shown: Vec<_> = state.chats.get(&chat)?.window.as_ref()?.shown().collect();
            let shown = shown.split_off(shown.len().saturating_sub(RETRACTED_AMONG)).into_iter();
            let mut own = shown.filter(|message| message.sender_id == state.viewer && message.retracted.is_none());
            own.next_back().map(|message| (message.client_id, message.seq))
        });
        let Some((client_id, seq)) = own else { return };
        let (calls, browser) = (self.calls.clone(), self.browser.clone());
        tokio::spawn(async move {
            if calls.retract(&browser.token, chat, seq).await.is_ok() {
                browser.record().retracted.push(client_id);
            }
        });
    }

    fn settle_unsent(&mut self, discard: bool) {
        let unsent: Vec<(ChatId, ClientId)> = self.with(|state| {
            let all = state.chats.iter().flat_map(|(id, chat)| chat.outgoing.iter().map(|message| (*id, message)));
            all.filter(|(_, message)| matches!(message.state, OutgoingState::NotSent(_)))
                .map(|(id, message)| (id, message.client_id))
                .collect()
        });
        for (chat_id, client_id) in unsent {
            if discard {
                self.browser.record().discarded.push(client_id);
                self.apply(Event::Discard { chat_id, client_id });
            } else {
                self.browser.record().retried.push(client_id);
                self.apply(Event::Retry { chat_id, client_id, at: now() });
            }
        }
    }

    /// Loads what a page would render or fetch by itself.
    fn load(&self, chat: ChatId, of: PageOf) {
        let (calls, token, arrivals) = (self.calls.clone(), self.browser.token.clone(), self.arrivals.clone());
        let generation = self.with(|state| state.generation);
        tokio::spawn(async move {
            let result = calls.page(&token, chat, of).await;
            let _ = arrivals.send(Arrival::Loaded(chat, of, generation, result));
        });
    }

    fn arrive(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Text(socket, text) => {
                self.note(&text);
                self.feed(Input::Text { socket, text: &text });
            }
            Arrival::Closed(socket, code) => self.feed(Input::Closed { socket, code }),
            Arrival::Fetched(ticket, result) => self.feed(Input::Fetched { ticket, result }),
            Arrival::Viewer(viewer) => self.feed(Input::Viewer(viewer)),
            Arrival::Loaded(chat_id, of, generation, result) => {
                if let (Ok(page), true) = (result, self.with(|state| state.generation) == generation) {
                    self.apply(Event::Page { chat_id, of, page });
                    self.settle();
                }
            }
        }
    }

    /// Writes down, for the oracle, what a frame promised and whom it was about.
    fn note(&self, text: &str) {
        let Ok(frame) = serde_json::from_str::<ServerFrame>(text) else { return };
        let mut record = self.browser.record();
        let chat = match frame {
            ServerFrame::Ack { client_id, chat_id, seq, .. } => {
                record.acked.insert(client_id, (chat_id, seq.0));
                chat_id
            }
            ServerFrame::Message { message } | ServerFrame::Changed { message } => message.chat_id,
            ServerFrame::Chat { chat } => chat.chat_id,
            ServerFrame::Delivered { chat_id, .. }
            | ServerFrame::Read { chat_id, .. }
            | ServerFrame::Typing { chat_id, .. } => chat_id,
            ServerFrame::Ready { .. }
            | ServerFrame::Rejected { .. }
            | ServerFrame::Error { .. }
            | ServerFrame::Pong {} => return,
        };
        if !self.browser.chats.contains(&chat) {
            record.foreign.push(chat);
        }
    }

    fn hear(&mut self, news: Result<News, broadcast::error::RecvError>) {
        match news {
            Ok(News::Changed(by, client_id, kept)) if by != self.id => {
                let event = self.outbox.noticed(client_id, kept, now());
                self.apply(event);
                self.settle();
            }
            Ok(News::Asked(tab)) if tab == self.id => self.browser.say(News::Alive(tab)),
            Ok(News::Alive(tab)) => self.outbox.heard(tab, now()),
            Ok(_) | Err(_) => {}
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Open(number) => {
                let (frames, to_send) = mpsc::unbounded_channel();
                self.socket = Some((number, frames));
                let (calls, token, arrivals) = (self.calls.clone(), self.browser.token.clone(), self.arrivals.clone());
                tokio::spawn(async move {
                    let code = hold(&calls, &token, number, to_send, &arrivals).await;
                    let _ = arrivals.send(Arrival::Closed(number, code));
                });
            }
            Order::Close(number) => {
                self.socket.take_if(|(held, _)| *held == number);
            }
            Order::Send(number, frame) => {
                if let Some((held, frames)) = &self.socket
                    && *held == number
                {
                    let _ = frames.send(frame);
                }
            }
            Order::Fetch(..) if self.flaw == Flaw::NoResync => {}
            Order::Fetch(ticket, need) => {
                let (calls, token, arrivals) = (self.calls.clone(), self.browser.token.clone(), self.arrivals.clone());
                tokio::spawn(async move {
                    let result = match need {
                        Need::List => calls.list(&token).await.map(app::live::Answer::List),
                        Need::Chat(chat) => calls.chat(&token, chat).await.map(Box::new).map(app::live::Answer::Chat),
                        Need::Page(chat, of) => calls.page(&token, chat, of).await.map(app::live::Answer::Page),
                        Need::Changes(chat, after) => {
                            calls.changes(&token, chat, after).await.map(app::live::Answer::Changes)
                        }
                        Need::Quoted(chat, seq) => {
                            let page = calls.page(&token, chat, PageOf::Before(seq.next())).await;
                            page.map(app::live::Answer::Page)
                        }
                    };
                    let _ = arrivals.send(Arrival::Fetched(ticket, result));
                });
            }
            Order::AskViewer => {
                let (calls, token, arrivals) = (self.calls.clone(), self.browser.token.clone(), self.arrivals.clone());
                tokio::spawn(async move {
                    let _ = arrivals.send(Arrival::Viewer(calls.viewer(&token).await));
                });
            }
            // Nobody else signs in here.
            Order::Reload => {}
        }
    }
}

/// Opens a socket and serves it until it ends, or nobody wants it any more.
async fn hold(
    calls: &Calls,
    token: &str,
    number: u32,
    mut to_send: mpsc::UnboundedReceiver<ClientFrame>,
    arrivals: &mpsc::UnboundedSender<Arrival>,
) -> Option<u16> {
    let opened = tokio::select! {
        opened = calls.socket(token) => opened,
        // Given up while opening.
        None = to_send.recv() => return None,
    };
    let (mut sink, mut stream) = opened.ok()?.split();
    loop {
        tokio::select! {
            message = stream.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    let _ = arrivals.send(Arrival::Text(number, text.as_str().to_owned()));
                }
                Some(Ok(Message::Close(close))) => return close.map(|close| close.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            },
            frame = to_send.recv() => {
                let text = serde_json::to_string(&frame?).ok()?;
                sink.send(Message::text(text)).await.ok()?;
            }
        }
    }
}
