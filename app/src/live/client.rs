//! Drives the live state with a socket: connects, reconnects, fetches what is missing, sends what waits.
//!
//! One socket per tab, opened once at the root. It decides nothing: frames become events, and what to do
//! next is read off the state (`need`).

use super::{Backoff, Event, Live, Need, PageOf};
use crate::{
    api::{self, ChatQuery, HistoryQuery},
    protocol::{ChatId, ClientFrame, ClientId, Problem, Seq, ServerFrame, Timestamp},
};
use futures::{
    FutureExt, SinkExt, StreamExt,
    channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
    select,
};
use gloo_net::websocket::{Message, WebSocketError, futures::WebSocket};
use gloo_timers::future::TimeoutFuture;
use leptos::{ev, leptos_dom::helpers::window_event_listener, prelude::*, reactive::spawn_local};
use std::{cell::RefCell, collections::BTreeSet, rc::Rc, time::Duration};

/// The close code that means "the session is over, don't reconnect" (the contract).
const SESSION_ENDED: u16 = 4401;
/// A fetch that failed, or changed nothing, is tried again after this long, in milliseconds.
const FETCH_AGAIN_MS: u32 = 2_000;
/// A fetch that was refused for good may still be answered after a change on the server, in milliseconds.
const FETCH_REFUSED_AGAIN_MS: u32 = 60_000;
/// A socket that has not brought its first frame within this is given up, in milliseconds.
const READY_WITHIN_MS: u32 = 15_000;
/// How often time passes for the state.
const TICK: Duration = Duration::from_secs(1);
/// A tab that was hidden for this long may hold a dead socket without knowing: it takes a new one.
const STALE_AFTER_MS: i64 = 60_000;

/// Where frames for the open socket go.
pub(super) type Outbox = UnboundedSender<ClientFrame>;

/// What the browser noticed about the network or the tab.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// The network went away.
    Lost,
    /// It may be worth connecting now.
    Hope,
    /// The socket can't be trusted any more.
    Doubt,
}

/// Now, by the browser's clock.
#[expect(clippy::cast_possible_truncation, reason = "Date.now gives whole milliseconds below 2^53")]
pub(crate) fn now() -> Timestamp {
    Timestamp(js_sys::Date::now() as i64)
}

/// Connects the page's live state. Call once, in an effect.
pub(crate) fn connect(live: Live) {
    let (signs, noticed) = unbounded();
    listen(&signs);
    let doubts = signs;
    drive(live);
    set_interval(
        move || {
            let now = now();
            if live.peek(|state| state.has_unanswered(now)) {
                // Script never sees the server's pings: an answer that doesn't come is how it learns that the
                // network swallows everything.
                let _ = doubts.unbounded_send(Sign::Doubt);
            }
            if live.peek(super::LiveState::has_outgoing) {
                live.apply(Event::Tick(now));
            }
        },
        TICK,
    );
    spawn_local(run(live, noticed));
}

impl Live {
    /// Sends what a person typed: shown at once, stored when the server says so.
    pub(crate) fn send(self, chat_id: ChatId, content: String) {
        self.apply(Event::Typed { chat_id, client_id: ClientId::new_v4(), content, at: now() });
    }

    /// Tries a message that was not sent once more.
    pub(crate) fn retry(self, chat_id: ChatId, client_id: ClientId) {
        self.apply(Event::Retry { chat_id, client_id, at: now() });
    }

    /// Tells the server how far the person has read.
    pub(crate) fn mark_read(self, chat_id: ChatId, seq: Seq) {
        self.push(ClientFrame::Read { chat_id, seq });
    }

    /// Hands a frame to the open socket; whether there is one.
    fn push(self, frame: ClientFrame) -> bool {
        self.outbox
            .try_with_value(|outbox| outbox.as_ref().is_some_and(|outbox| outbox.unbounded_send(frame).is_ok()))
            .unwrap_or(false)
    }
}

/// Turns what the browser notices into signs.
fn listen(signs: &UnboundedSender<Sign>) {
    let tell = {
        let signs = signs.clone();
        move |sign| {
            // The receiver lives as long as the page.
            let _ = signs.unbounded_send(sign);
        }
    };
    let hidden_since = Rc::new(RefCell::new(None::<Timestamp>));
    let on_offline = tell.clone();
    let on_online = tell.clone();
    let on_focus = tell.clone();
    let on_show = tell.clone();
    let _ = window_event_listener(ev::offline, move |_| on_offline(Sign::Lost));
    let _ = window_event_listener(ev::online, move |_| on_online(Sign::Hope));
    let _ = window_event_listener(ev::focus, move |_| on_focus(Sign::Hope));
    let _ = window_event_listener(ev::pageshow, move |event| {
        on_show(if event.persisted() { Sign::Doubt } else { Sign::Hope });
    });
    let _ = window_event_listener(ev::visibilitychange, move |_| {
        if document().hidden() {
            *hidden_since.borrow_mut() = Some(now());
            return;
        }
        let was_long = hidden_since.borrow_mut().take().is_some_and(|since| now().0 - since.0 > STALE_AFTER_MS);
        tell(if was_long { Sign::Doubt } else { Sign::Hope });
    });
}

/// Does what the state asks for, whenever it changes.
fn drive(live: Live) {
    let under_way = Rc::new(RefCell::new(BTreeSet::<Need>::new()));
    // Woken when a fetch may be tried again, since the state didn't change then.
    let again = RwSignal::new(());
    Effect::new(move |_| {
        again.track();
        let (needs, to_send) = live.with(|state| (state.needs(), state.to_send()));
        for need in needs {
            if under_way.borrow_mut().insert(need) {
                let under_way = Rc::clone(&under_way);
                spawn_local(async move {
                    match fetch(live, need).await {
                        Ok(()) if !live.peek(|state| state.needs().contains(&need)) => {}
                        Err(problem) if !problem.is_passing() => TimeoutFuture::new(FETCH_REFUSED_AGAIN_MS).await,
                        Ok(()) | Err(_) => TimeoutFuture::new(FETCH_AGAIN_MS).await,
                    }
                    under_way.borrow_mut().remove(&need);
                    again.try_set(());
                });
            }
        }
        for (chat_id, message) in to_send {
            let client_id = message.client_id;
            let frame = ClientFrame::Send { client_id, chat_id, content: message.content.to_string() };
            if live.push(frame) {
                live.apply(Event::HandedOver { chat_id, client_id, at: now() });
            }
        }
    });
}

async fn fetch(live: Live, need: Need) -> Result<(), Problem> {
    match need {
        Need::List => {
            let page = api::chat::list_chats(ChatQuery::default()).await?;
            live.list(&page, true);
        }
        Need::Chat(chat_id) => {
            let chat = api::chat::show_chat(chat_id).await?;
            live.apply(Event::Chat(chat));
        }
        Need::Page(chat_id, of) => {
            let query = match of {
                PageOf::Newest => HistoryQuery::default(),
                PageOf::Before(seq) => HistoryQuery { before: Some(seq), ..Default::default() },
                PageOf::After(seq) => HistoryQuery { after: Some(seq), limit: Some(200), ..Default::default() },
            };
            let page = api::message::history(chat_id, query).await?;
            live.apply(Event::Page { chat_id, of, page });
        }
    }
    Ok(())
}

/// How a socket ended.
enum End {
    /// By itself, or by the server: try again.
    Lost { was_ready: bool },
    /// A fresh one is wanted at once.
    Replaced,
    /// The session is over.
    SessionEnded,
}

async fn run(live: Live, mut signs: UnboundedReceiver<Sign>) {
    let mut backoff = Backoff::default();
    loop {
        let end = hold(live, &mut signs).await;
        live.outbox.set_value(None);
        live.apply(Event::Disconnected(now()));
        match end {
            End::SessionEnded => return live.apply(Event::SessionEnded),
            End::Replaced => continue,
            End::Lost { was_ready: true } => backoff.reset(),
            // A refused upgrade tells a script nothing: ask whether the session is the reason.
            End::Lost { was_ready: false } => {
                if let Ok(None) = api::account::viewer().await {
                    return live.apply(Event::SessionEnded);
                }
            }
        }
        let mut wait = TimeoutFuture::new(backoff.next_ms(js_sys::Math::random())).fuse();
        loop {
            select! {
                () = wait => break,
                sign = signs.next() => if sign != Some(Sign::Lost) { break },
            }
        }
    }
}

/// Opens a socket and serves it until it ends.
async fn hold(live: Live, signs: &mut UnboundedReceiver<Sign>) -> End {
    let mut was_ready = false;
    let Ok(socket) = WebSocket::open(&address()) else {
        return End::Lost { was_ready };
    };
    let (mut sink, stream) = socket.split();
    let mut stream = stream.fuse();
    let (outbox, mut frames) = unbounded();
    let mut too_late = TimeoutFuture::new(READY_WITHIN_MS).fuse();
    loop {
        select! {
            () = too_late => if !was_ready { return End::Lost { was_ready } },
            message = stream.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    if let Ok(frame) = serde_json::from_str::<ServerFrame>(&text) {
                        if let ServerFrame::Ready { user_id, .. } = frame {
                            if user_id != live.peek(|state| state.viewer) {
                                // Somebody else has signed in with this browser: this page is no longer theirs.
                                let _ = window().location().reload();
                                return End::SessionEnded;
                            }
                            was_ready = true;
                            live.outbox.set_value(Some(outbox.clone()));
                        }
                        receive(live, frame);
                    }
                }
                Some(Ok(Message::Bytes(_))) => {}
                Some(Err(WebSocketError::ConnectionClose(close))) if close.code == SESSION_ENDED => {
                    return End::SessionEnded;
                }
                Some(Err(_)) | None => return End::Lost { was_ready },
            },
            frame = frames.next() => if let Some(frame) = frame
                && let Ok(text) = serde_json::to_string(&frame)
                && sink.send(Message::Text(text)).await.is_err()
            {
                return End::Lost { was_ready };
            },
            sign = signs.next() => match sign {
                Some(Sign::Lost) => return End::Lost { was_ready },
                Some(Sign::Doubt) => return End::Replaced,
                Some(Sign::Hope) | None => {}
            },
        }
    }
}

fn receive(live: Live, frame: ServerFrame) {
    let delivered = match &frame {
        ServerFrame::Message { message } if message.sender_id != live.peek(|state| state.viewer) => {
            Some(ClientFrame::Delivered { chat_id: message.chat_id, seq: message.seq })
        }
        _ => None,
    };
    live.apply(Event::Frame(frame));
    if let Some(delivered) = delivered {
        live.push(delivered);
    }
}

/// This site's socket.
fn address() -> String {
    let location = window().location();
    let scheme = if location.protocol().is_ok_and(|protocol| protocol == "https:") { "wss" } else { "ws" };
    format!("{scheme}://{}/ws", location.host().unwrap_or_default())
}
