//! The browser's runtime. It carries out what `connection` orders, stores what `outbox` asks to
//! store, and reports events to both.

use super::{
    Answer, BrowserSignal, Change, Command, Connection, Event, Input, Live, MessageOptions, Missing, Outbox, PageOf,
    TabId, now,
};
use crate::{
    live::server_fns,
    live::{
        outbox_storage::{OutboxStorage, StorageChange},
        tab_channel::{TabChannel, TabMessage},
    },
    protocol::{ChatId, ChatQuery, ClientFrame, ClientId, HistoryQuery, MESSAGES_MAX_LIMIT, Problem, Seq, Timestamp},
};
use futures::{
    SinkExt, StreamExt,
    channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
    select,
};
use gloo_net::websocket::{Message, WebSocketError, futures::WebSocket};
use gloo_timers::future::TimeoutFuture;
use leptos::{ev, leptos_dom::helpers::window_event_listener, prelude::*, reactive::spawn_local};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// A tab that was hidden for this long, in milliseconds, may hold a dead socket without noticing,
/// so it opens a new one.
const STALE_AFTER_MS: i64 = 60_000;
/// The minimum time between two `typing` frames, in milliseconds.
const TYPING_EVERY_MS: i64 = 3_000;
/// The minimum time between two ticks, in milliseconds.
const TICK_MIN_MS: i64 = 20;

/// The maximum wait for a tick that is requested for a certain moment, in milliseconds.
const TICK_MAX_MS: i64 = 1_000;

/// The runtime of one page.
pub(super) struct Client {
    live: Live,
    connection: RefCell<Connection>,
    outbox: RefCell<Outbox>,
    tab: TabId,
    outbox_storage: Rc<OutboxStorage>,
    tabs: RefCell<Option<TabChannel>>,
    /// The number of the open socket, and the queue of frames to send on it.
    socket: RefCell<Option<(u32, UnboundedSender<ClientFrame>)>>,
    /// In which chat and when this tab last sent `typing`.
    typing_sent: Cell<Option<(ChatId, Timestamp)>>,
    /// Whether the page is being unloaded. From then on the outbox takes over and stores nothing.
    is_leaving: Cell<bool>,
}

thread_local! {
    /// The page's client, once the page is live.
    static CLIENT: RefCell<Option<Rc<Client>>> = const { RefCell::new(None) };
}

/// Makes the page live. Call it once, in an effect.
pub(crate) fn connect(live: Live) {
    let tab = TabId::new_v4();
    let outbox_storage = live.outbox_storage();
    let outbox = Outbox::new(tab, outbox_storage.messages());
    let kept = outbox.events(now());
    let client = Rc::new(Client {
        live,
        connection: RefCell::new(Connection::new(now())),
        outbox: RefCell::new(outbox),
        tab,
        outbox_storage,
        tabs: RefCell::new(None),
        socket: RefCell::new(None),
        typing_sent: Cell::new(None),
        is_leaving: Cell::new(false),
    });
    CLIENT.set(Some(Rc::clone(&client)));
    for event in kept {
        live.apply(event);
    }
    client.listen();
    client.join_tabs();
    // Any change of the state, also one that a view makes, may require a command.
    let follow = Rc::clone(&client);
    Effect::new(move |_| {
        live.with(|_| ());
        follow.update();
    });
    spawn_local(async move {
        loop {
            let wait = client.connection.borrow().wake_at(now()).0 - now().0;
            TimeoutFuture::new(u32::try_from(wait.max(TICK_MIN_MS)).unwrap_or(u32::MAX)).await;
            client.tick();
        }
    });
}

impl Live {
    /// Sends a message. The tab shows and keeps it at once; the server confirms when it is stored.
    pub(crate) fn send(self, chat_id: ChatId, content: String, about: MessageOptions) {
        let client_id = ClientId::new_v4();
        self.apply(Event::Typed { chat_id, client_id, content, about, at: now() });
        // The outbox stores the message before the field is cleared.
        self.update();
        // The next key press sends `typing` again.
        self.with_client(|client| client.typing_sent.set(None));
    }

    /// Tries again to send a message that was not sent.
    pub(crate) fn retry(self, chat_id: ChatId, client_id: ClientId) {
        self.apply(Event::Retry { chat_id, client_id, at: now() });
    }

    /// Records that the user has seen the chat up to `seq`.
    pub(crate) fn mark_read(self, chat_id: ChatId, seq: Seq) {
        self.apply(Event::Seen { chat_id, seq });
    }

    /// Sends `typing` to the peer, at most once in [`TYPING_EVERY_MS`], and only while online.
    pub(crate) fn typing(self, chat_id: ChatId) {
        self.with_client(|client| {
            let last = client.typing_sent.get().filter(|(chat, _)| *chat == chat_id);
            let is_online = self.peek(|state| state.link == super::Link::Online);
            if !is_online || last.is_some_and(|(_, at)| now().0 - at.0 < TYPING_EVERY_MS) {
                return;
            }
            if let Some((_, frames)) = &*client.socket.borrow() {
                client.typing_sent.set(Some((chat_id, now())));
                let _ = frames.unbounded_send(ClientFrame::Typing { chat_id });
            }
        });
    }

    /// Removes everything that the user typed from this browser's storage, for a sign-out.
    pub(crate) fn wipe(self) {
        self.with_client(|client| {
            client.outbox_storage.wipe();
            client.say(TabMessage::SigningOut);
        });
    }

    fn update(self) {
        self.with_client(Client::update);
    }

    fn with_client(self, act: impl FnOnce(&Rc<Client>)) {
        let client = CLIENT.with_borrow(Clone::clone);
        if let Some(client) = client.filter(|client| client.live.is(self)) {
            act(&client);
        }
    }
}

impl Client {
    /// Gives the input to the connection, applies the resulting events and carries out the
    /// resulting commands.
    fn feed(self: &Rc<Self>, input: Input<'_>) {
        let events =
            self.live.peek(|state| self.connection.borrow_mut().take(state, input, now(), js_sys::Math::random()));
        for event in events {
            if let Event::Postponed(postponed) = event {
                self.tick_at(postponed.until);
            }
            self.live.apply(event);
        }
        self.update();
    }

    /// Schedules a tick for this moment, earlier than the next regular one.
    fn tick_at(self: &Rc<Self>, at: Timestamp) {
        let client = Rc::clone(self);
        let wait = (at.0 - now().0).clamp(TICK_MIN_MS, TICK_MAX_MS);
        spawn_local(async move {
            TimeoutFuture::new(u32::try_from(wait).unwrap_or(u32::MAX)).await;
            client.tick();
        });
    }

    fn tick(self: &Rc<Self>) {
        if !self.is_leaving.get() {
            let (changes, events) = self.outbox.borrow_mut().tick(now());
            self.keep(changes);
            for event in events {
                self.live.apply(event);
            }
        }
        self.feed(Input::Tick);
    }

    /// Stores the outbox's changes and carries out the commands that follow from the state.
    fn update(self: &Rc<Self>) {
        if !self.is_leaving.get() {
            let changes = self.live.peek(|state| self.outbox.borrow_mut().changes(state));
            self.keep(changes);
        }
        let orders = self.live.peek(|state| self.connection.borrow_mut().orders(state, now()));
        for order in orders {
            self.execute(order);
        }
    }

    fn keep(&self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Put(kept) => self.outbox_storage.put(&kept),
                Change::Remove(client_id) => self.outbox_storage.forget(client_id),
                Change::Ask(tab) => self.say(TabMessage::Ask(tab)),
            }
        }
    }

    fn say(&self, word: TabMessage) {
        if let Some(tabs) = &*self.tabs.borrow() {
            tabs.say(word);
        }
    }

    fn execute(self: &Rc<Self>, order: Command) {
        match order {
            Command::Open(number) => {
                let (frames, to_send) = unbounded();
                self.socket.replace(Some((number, frames)));
                let client = Rc::clone(self);
                spawn_local(async move {
                    let code = client.hold(number, to_send).await;
                    client.feed(Input::Closed { socket: number, code });
                });
            }
            Command::Close(number) => {
                self.socket.borrow_mut().take_if(|(held, _)| *held == number);
            }
            Command::Send(number, frame) => {
                if let Some((held, frames)) = &*self.socket.borrow()
                    && *held == number
                {
                    // If the socket has ended meanwhile, `Input::Closed` reports it.
                    let _ = frames.unbounded_send(frame);
                }
            }
            Command::Fetch(ticket, need) => {
                let client = Rc::clone(self);
                spawn_local(async move {
                    let result = fetch(need).await;
                    client.feed(Input::Fetched { ticket, result });
                });
            }
            Command::AskViewer => {
                let client = Rc::clone(self);
                spawn_local(async move {
                    let viewer = server_fns::viewer().await.map(|viewer| viewer.map(|viewer| viewer.id));
                    client.feed(Input::Viewer(viewer));
                });
            }
            Command::Reload => {
                let _ = window().location().reload();
            }
        }
    }

    /// Opens a socket and transfers frames until it ends. Returns the code of the close frame, if
    /// there was one. Returns without one when the sender of `to_send` is dropped.
    async fn hold(self: &Rc<Self>, number: u32, mut to_send: UnboundedReceiver<ClientFrame>) -> Option<u16> {
        let (mut sink, stream) = WebSocket::open(&address()).ok()?.split();
        let mut stream = stream.fuse();
        loop {
            select! {
                message = stream.next() => match message {
                    Some(Ok(Message::Text(text))) => self.feed(Input::Text { socket: number, text: &text }),
                    Some(Ok(Message::Bytes(_))) => {}
                    Some(Err(WebSocketError::ConnectionClose(close))) => return Some(close.code),
                    Some(Err(_)) | None => return None,
                },
                frame = to_send.next() => {
                    let text = serde_json::to_string(&frame?).ok()?;
                    sink.send(Message::Text(text)).await.ok()?;
                }
            }
        }
    }

    /// Registers the listeners that turn browser events into signals.
    fn listen(self: &Rc<Self>) {
        let on = |sign: BrowserSignal| {
            let client = Rc::clone(self);
            move || client.feed(Input::BrowserSignal(sign))
        };
        let (lost, hope, doubt) =
            (on(BrowserSignal::Offline), Rc::new(on(BrowserSignal::Wake)), Rc::new(on(BrowserSignal::SuspectDead)));
        let _ = window_event_listener(ev::offline, move |_| lost());
        let (online, focus) = (Rc::clone(&hope), Rc::clone(&hope));
        let _ = window_event_listener(ev::online, move |_| online());
        let _ = window_event_listener(ev::focus, move |_| focus());
        let (client, shown, again) = (Rc::clone(self), Rc::clone(&hope), Rc::clone(&doubt));
        let _ = window_event_listener(ev::pageshow, move |event| {
            client.is_leaving.set(false);
            if event.persisted() { again() } else { shown() }
        });
        let leave = on(BrowserSignal::PageHidden);
        let hidden_since = Cell::new(None::<Timestamp>);
        let _ = window_event_listener(ev::visibilitychange, move |_| {
            if document().hidden() {
                hidden_since.set(Some(now()));
                leave();
            } else if hidden_since.take().is_some_and(|since| now().0 - since.0 > STALE_AFTER_MS) {
                doubt();
            } else {
                hope();
            }
        });
        let client = Rc::clone(self);
        let _ = window_event_listener(ev::pagehide, move |_| {
            client.is_leaving.set(true);
            let changes = client.outbox.borrow_mut().release();
            client.keep(changes);
        });
        let client = Rc::clone(self);
        let _ = window_event_listener(ev::beforeunload, move |event| {
            if !client.outbox_storage.is_whole() {
                event.prevent_default();
            }
        });
        let client = Rc::clone(self);
        let _ = window_event_listener(ev::storage, move |event| {
            if let Some(noticed) =
                event.key().and_then(|key| client.outbox_storage.noticed(&key, event.new_value().as_deref()))
            {
                client.notice(noticed);
            }
        });
    }

    /// Applies a change that another tab made in the storage.
    fn notice(self: &Rc<Self>, noticed: StorageChange) {
        match noticed {
            StorageChange::Message(client_id, kept) => {
                let event = self.outbox.borrow_mut().noticed(client_id, kept, now());
                self.live.apply(event);
            }
            StorageChange::Draft(chat_id, text) => self.live.take_draft(chat_id, text),
        }
    }

    fn join_tabs(self: &Rc<Self>) {
        let client = Rc::clone(self);
        let viewer = self.live.peek(|state| state.viewer);
        let tabs = TabChannel::join(viewer, move |word| match word {
            TabMessage::Ask(tab) if tab == client.tab => client.say(TabMessage::Alive(tab)),
            TabMessage::Alive(tab) => client.outbox.borrow_mut().mark_alive(tab, now()),
            TabMessage::SigningOut => client.outbox_storage.shut(),
            // For another tab, or for the notification service.
            TabMessage::Ask(_) | TabMessage::AskFocus | TabMessage::Focus(..) => {}
        });
        self.tabs.replace(Some(tabs));
    }
}

async fn fetch(need: Missing) -> Result<Answer, Problem> {
    match need {
        Missing::List => server_fns::list_chats(ChatQuery::default()).await.map(Answer::List),
        Missing::Chat(chat_id) => server_fns::show_chat(chat_id).await.map(Box::new).map(Answer::Chat),
        Missing::Page(chat_id, of) => {
            let query = match of {
                PageOf::Newest => HistoryQuery::default(),
                PageOf::Before(seq) => HistoryQuery { before: Some(seq), ..Default::default() },
                PageOf::After(seq) => {
                    HistoryQuery { after: Some(seq), limit: Some(MESSAGES_MAX_LIMIT), ..Default::default() }
                }
                PageOf::Around(seq) => HistoryQuery { around: Some(seq), ..Default::default() },
            };
            server_fns::history(chat_id, query).await.map(Answer::Page)
        }
        Missing::Changes(chat_id, after) => server_fns::changes(chat_id, after).await.map(Answer::Changes),
        Missing::Quoted(chat_id, seq) => {
            let query = HistoryQuery { before: Some(seq.next()), limit: Some(1), ..Default::default() };
            server_fns::history(chat_id, query).await.map(Answer::Page)
        }
    }
}

/// The address of this site's socket.
fn address() -> String {
    let location = window().location();
    let scheme = if location.protocol().is_ok_and(|protocol| protocol == "https:") { "wss" } else { "ws" };
    format!("{scheme}://{}/ws", location.host().unwrap_or_default())
}
