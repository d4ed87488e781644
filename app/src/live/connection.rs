//! What a tab does, moment by moment: when to connect, what to ask, what to send, and when to stop trusting a
//! silent network. Pure, so that tests drive it through any fault; a runtime (the browser's, or a test's) only
//! carries out its orders and tells it what happened.

mod commands;
mod io;
mod pacing;

pub use io::{Answer, BrowserSignal, Command, Input};

use crate::{
    live::{Backoff, Event, LiveState, Missing, Postponed},
    protocol::{
        ChatId, ChatPage, ClientId, Hello, PROTOCOL_VERSION, Problem, ProblemCode, Seq, ServerFrame, Timestamp,
    },
};
use pacing::Pace;
use std::collections::{BTreeMap, BTreeSet};

/// The close code that means "the session is over, don't reconnect" (the contract).
const SESSION_ENDED: u16 = 4401;
/// A socket that has not brought its first frame within this is given up, in milliseconds.
const READY_WITHIN_MS: i64 = 15_000;
/// Silence for this long makes a tab ask whether anything still comes through, in milliseconds. A little sooner than
/// the server would ask by its own heartbeat (25 s), which script can't see, so that one of them is enough.
const QUIET_MS: i64 = 20_000;
/// An answer that doesn't come within this: the network swallows everything. In milliseconds.
const ANSWER_WITHIN_MS: i64 = 10_000;
/// The same when somebody is looking, in milliseconds.
const ANSWER_SOON_MS: i64 = 4_000;
/// Heard within this: nothing to find out. In milliseconds.
const JUST_NOW_MS: i64 = 1_000;
/// A tab whose clock jumped by this much was asleep, in milliseconds.
const ASLEEP_MS: i64 = 45_000;
/// A fetch that failed is tried again after this long, in milliseconds.
const FETCH_AGAIN_MS: i64 = 2_000;
/// A fetch that was refused for good may still be answered after a change on the server, in milliseconds.
const FETCH_REFUSED_AGAIN_MS: i64 = 60_000;
/// A fetch without an answer for this long has failed, in milliseconds.
const FETCH_WITHIN_MS: i64 = 15_000;
/// A send that the server could not take now is sent again after this long, in milliseconds.
const SEND_AGAIN_MS: i64 = 2_000;
/// Longest wait that a server can ask for before the next send, in milliseconds.
const POSTPONE_MAX_MS: u64 = 3_600_000;
/// How often time passes, in milliseconds.
const TICK_MS: i64 = 1_000;

/// How the socket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Socket {
    /// None; the next at this moment.
    Waiting(Timestamp),
    /// None; first comes whether the session still holds.
    Asking,
    /// On its way, since.
    Opening(Timestamp),
    /// Compared with the server.
    Open(Heartbeat),
    /// Not again.
    Over,
}

/// Whether an open socket still brings something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Heartbeat {
    /// When it last did.
    heard: Timestamp,
    /// When to ask.
    due: Timestamp,
    /// How long to wait for the answer, in milliseconds.
    patience: i64,
    /// Asked; an answer is waited for until here.
    until: Option<Timestamp>,
}

impl Heartbeat {
    const fn felt(now: Timestamp) -> Self {
        Self { heard: now, due: Timestamp(now.0 + QUIET_MS), patience: ANSWER_WITHIN_MS, until: None }
    }
}

/// A question to the server.
#[derive(Clone, Copy, Debug)]
enum Fetch {
    UnderWay { ticket: u64, generation: u32, since: Timestamp },
    Again(Timestamp),
}

/// A tab's conduct.
#[derive(Debug)]
pub struct Connection {
    /// The newest socket's.
    number: u32,
    /// The one that the runtime holds.
    opened: Option<u32>,
    socket: Socket,
    backoff: Backoff,
    fetches: BTreeMap<Missing, Fetch>,
    /// Chats that the server told of while an answer about them was on its way.
    overtaken: BTreeSet<ChatId>,
    tickets: u64,
    /// Sends handed to the open socket and not answered, each with its chat.
    handed: BTreeMap<ClientId, Timestamp>,
    /// Sends that were refused for now.
    again: BTreeMap<ClientId, Timestamp>,
    pace: Pace,
    read_told: BTreeMap<ChatId, (Seq, Timestamp)>,
    delivered_told: BTreeMap<ChatId, Seq>,
    is_stranger: bool,
    is_asking: bool,
    ticked: Timestamp,
}

impl Connection {
    /// For a page that was just opened.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self {
            number: 0,
            opened: None,
            socket: Socket::Waiting(now),
            backoff: Backoff::default(),
            fetches: BTreeMap::new(),
            overtaken: BTreeSet::new(),
            tickets: 0,
            handed: BTreeMap::new(),
            again: BTreeMap::new(),
            pace: Pace::default(),
            read_told: BTreeMap::new(),
            delivered_told: BTreeMap::new(),
            is_stranger: false,
            is_asking: false,
            ticked: now,
        }
    }

    /// Takes in what happened; answers what the state has to take in.
    pub fn take(&mut self, state: &LiveState, input: Input<'_>, now: Timestamp, random: f64) -> Vec<Event> {
        match input {
            Input::Text { socket, text } if socket == self.number => self.hear(state, text, now),
            Input::Closed { socket, code } if socket == self.number => self.closed(code, now, random),
            Input::Text { .. } | Input::Closed { .. } => Vec::new(),
            Input::Fetched { ticket, result } => self.fetched(state, ticket, result, now),
            Input::Viewer(result) => {
                self.is_asking = false;
                if self.socket != Socket::Asking {
                    return Vec::new();
                }
                if matches!(result, Ok(None)) {
                    return self.end();
                }
                self.socket = Socket::Waiting(self.next_try(now, random));
                Vec::new()
            }
            Input::BrowserSignal(sign) => self.notice(sign, now),
            Input::Tick => self.tick(state, now, random),
        }
    }

    fn hear(&mut self, state: &LiveState, text: &str, now: Timestamp) -> Vec<Event> {
        let Ok(frame) = serde_json::from_str::<ServerFrame>(text) else {
            let outdated = serde_json::from_str::<Hello>(text).is_ok_and(is_of_other_version);
            return if outdated { self.outdated() } else { Vec::new() };
        };
        match &frame {
            ServerFrame::Ready { protocol, .. } if *protocol != PROTOCOL_VERSION => return self.outdated(),
            ServerFrame::Ready { user_id, .. } => {
                if *user_id != state.viewer {
                    self.is_stranger = true;
                    return self.end();
                }
                self.forget_socket();
                self.backoff.reset();
                self.socket = Socket::Open(Heartbeat::felt(now));
            }
            ServerFrame::Ack { client_id, .. } | ServerFrame::Rejected { client_id, .. } => {
                self.handed.remove(client_id);
            }
            ServerFrame::Error {
                client_id: Some(client_id), code: ProblemCode::RateLimited, retry_after_ms, ..
            } => {
                self.handed.remove(client_id);
                let wait = retry_after_ms.map_or(SEND_AGAIN_MS, |wait| wait.min(POSTPONE_MAX_MS).cast_signed());
                let postponed = Postponed { since: now, until: Timestamp(now.0 + wait) };
                self.pace.postpone(postponed);
                self.pulse(now);
                return vec![Event::Postponed(postponed)];
            }
            ServerFrame::Error { client_id: Some(client_id), .. } => {
                self.handed.remove(client_id);
                self.again.insert(*client_id, Timestamp(now.0 + SEND_AGAIN_MS));
            }
            ServerFrame::Chat { chat } => {
                let about = [Missing::Chat(chat.chat_id), Missing::List];
                if about.into_iter().any(|need| is_under_way(&self.fetches, need)) {
                    self.overtaken.insert(chat.chat_id);
                }
            }
            _ => {}
        }
        self.pulse(now);
        // A new socket is no new limit: what waits for that must not be tried and given up.
        let still = matches!(frame, ServerFrame::Ready { .. }).then(|| self.pace.postponed(now)).flatten();
        [Some(Event::Frame(frame)), still.map(Event::Postponed)].into_iter().flatten().collect()
    }

    /// The socket has brought something.
    const fn pulse(&mut self, now: Timestamp) {
        if let Socket::Open(pulse) = &mut self.socket {
            *pulse = Heartbeat::felt(now);
        }
    }

    fn closed(&mut self, code: Option<u16>, now: Timestamp, random: f64) -> Vec<Event> {
        self.opened = None;
        if code == Some(SESSION_ENDED) {
            return self.end();
        }
        self.socket = match self.socket {
            Socket::Open(_) => Socket::Waiting(self.next_try(now, random)),
            Socket::Opening(_) => Socket::Asking,
            other => other,
        };
        self.forget_socket();
        vec![Event::Disconnected(now)]
    }

    fn fetched(
        &mut self,
        state: &LiveState,
        ticket: u64,
        result: Result<Answer, Problem>,
        now: Timestamp,
    ) -> Vec<Event> {
        let asked = self.fetches.iter().find_map(|(need, fetch)| match fetch {
            Fetch::UnderWay { ticket: other, generation, .. } if *other == ticket => Some((*need, *generation)),
            _ => None,
        });
        let Some((need, generation)) = asked else { return Vec::new() };
        // Should the answer change nothing, the same is asked again, but not at once.
        self.fetches.insert(need, Fetch::Again(Timestamp(now.0 + FETCH_AGAIN_MS)));
        match (need, result) {
            _ if generation != state.generation => {
                self.fetches.remove(&need);
                Vec::new()
            }
            (Missing::List, Ok(Answer::List(ChatPage { chats, next }))) => {
                let fetches = &self.fetches;
                let overtaken = self.overtaken.extract_if(.., |id| !is_under_way(fetches, Missing::Chat(*id)));
                // Elsewhere than in a room it is no matter.
                let in_rooms = overtaken.filter(|id| state.chats.get(id).is_some_and(|chat| chat.window.is_some()));
                let list = Event::Chats { chats, next, is_first: true };
                [list].into_iter().chain(in_rooms.map(Event::Overtaken)).collect()
            }
            (Missing::Chat(chat_id), Ok(Answer::Chat(_))) if self.overtaken.remove(&chat_id) => {
                // What was told may be the newer of the two: asked again, and at once.
                self.fetches.remove(&need);
                vec![Event::Overtaken(chat_id)]
            }
            (Missing::Chat(_), Ok(Answer::Chat(chat))) => vec![Event::Chat(chat)],
            (Missing::Page(chat_id, of), Ok(Answer::Page(page))) => vec![Event::Page { chat_id, of, page }],
            (Missing::Changes(chat_id, after), Ok(Answer::Changes(page))) => {
                if page.complete_to < page.last_change {
                    // There is more: at once.
                    self.fetches.remove(&need);
                }
                vec![Event::Changes { chat_id, after, page }]
            }
            (Missing::Quoted(chat_id, seq), Ok(Answer::Page(page))) => {
                let last_change = page.last_change;
                let message = page.messages.into_iter().find(|message| message.seq == seq);
                vec![Event::Quoted { chat_id, seq, message, last_change }]
            }
            (_, Ok(_)) => Vec::new(),
            (_, Err(problem)) if problem.code == ProblemCode::Unauthenticated => self.end(),
            (_, Err(problem)) => {
                if !problem.is_passing() {
                    self.fetches.insert(need, Fetch::Again(Timestamp(now.0 + FETCH_REFUSED_AGAIN_MS)));
                }
                Vec::new()
            }
        }
    }

    fn notice(&mut self, sign: BrowserSignal, now: Timestamp) -> Vec<Event> {
        match (sign, &mut self.socket) {
            (_, Socket::Over) => Vec::new(),
            (BrowserSignal::PageHidden, _) => {
                self.read_told.clear();
                Vec::new()
            }
            (BrowserSignal::Offline, _) => self.replace(Timestamp(now.0 + ANSWER_SOON_MS), now),
            (BrowserSignal::SuspectDead, _) => self.replace(now, now),
            (BrowserSignal::Wake, Socket::Waiting(_) | Socket::Opening(_) | Socket::Asking) => {
                if let Socket::Waiting(at) = &mut self.socket {
                    *at = now.min(*at);
                }
                // A try that began before may still fail: the next one comes soon after it.
                self.backoff.reset();
                Vec::new()
            }
            (BrowserSignal::Wake, Socket::Open(pulse)) => {
                let soon = Timestamp(now.0 + ANSWER_SOON_MS);
                if now.0 - pulse.heard.0 >= JUST_NOW_MS && pulse.until.is_none_or(|until| until > soon) {
                    *pulse = Heartbeat { due: now, patience: ANSWER_SOON_MS, until: None, ..*pulse };
                }
                Vec::new()
            }
        }
    }

    fn tick(&mut self, state: &LiveState, now: Timestamp, random: f64) -> Vec<Event> {
        let was_asleep = now.0 - self.ticked.0 >= ASLEEP_MS;
        self.ticked = now;
        let unanswered = self.handed.values().min().filter(|at| now.0 - at.0 >= ANSWER_WITHIN_MS).copied();
        let mut events = match self.socket {
            Socket::Opening(since) if now.0 - since.0 >= READY_WITHIN_MS => {
                let at = self.next_try(now, random);
                self.replace(at, now)
            }
            Socket::Open(pulse)
                if was_asleep
                    || pulse.until.is_some_and(|until| now >= until)
                    || unanswered.is_some_and(|handed| pulse.heard <= handed) =>
            {
                self.replace(now, now)
            }
            _ => Vec::new(),
        };
        // The server is there and hasn't answered this one: the same once more.
        self.handed.retain(|_, at| now.0 - at.0 < ANSWER_WITHIN_MS);
        for fetch in self.fetches.values_mut() {
            if matches!(fetch, Fetch::UnderWay { since, .. } if now.0 - since.0 >= FETCH_WITHIN_MS) {
                *fetch = Fetch::Again(now);
            }
        }
        if state.has_outgoing()
            || state.postponed.is_some()
            || state.chats.values().any(|chat| chat.has_availability_ended(now))
        {
            events.push(Event::Tick(now));
        }
        events
    }

    /// When to tick next, at the latest.
    #[must_use]
    pub fn wake_at(&self, now: Timestamp) -> Timestamp {
        let next = match self.socket {
            Socket::Waiting(at) => Some(at),
            _ => self.pace.postponed(now).map(|postponed| postponed.until),
        };
        let tick = Timestamp(now.0 + TICK_MS);
        next.map_or(tick, |next| next.min(tick))
    }

    /// Gives the socket up; the next one comes at `at`.
    fn replace(&mut self, at: Timestamp, now: Timestamp) -> Vec<Event> {
        // What the old one still brings is not heard any more.
        self.number = self.number.wrapping_add(1);
        self.socket = Socket::Waiting(at);
        self.forget_socket();
        vec![Event::Disconnected(now)]
    }

    fn end(&mut self) -> Vec<Event> {
        self.socket = Socket::Over;
        vec![Event::SessionEnded]
    }

    fn outdated(&mut self) -> Vec<Event> {
        self.socket = Socket::Over;
        vec![Event::Outdated]
    }

    fn next_try(&mut self, now: Timestamp, random: f64) -> Timestamp {
        Timestamp(now.0 + i64::from(self.backoff.next_ms(random)))
    }

    /// What was handed to a socket that is gone has to be handed to the next.
    fn forget_socket(&mut self) {
        self.handed.clear();
        self.again.clear();
        self.read_told.clear();
        self.delivered_told.clear();
    }
}

fn is_under_way(fetches: &BTreeMap<Missing, Fetch>, need: Missing) -> bool {
    matches!(fetches.get(&need), Some(Fetch::UnderWay { .. }))
}

fn is_of_other_version(hello: Hello) -> bool {
    hello.kind == "ready" && hello.protocol != PROTOCOL_VERSION
}
