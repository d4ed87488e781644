//! Decides when a tab connects, what it fetches and sends, and when it gives up a silent socket.
//! Pure, so that tests can simulate any fault: a runtime (the browser's, or a test's) carries out
//! the commands and reports what happened.

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

/// The close code for an ended session, after which the tab must not reconnect
/// (`docs/contract.md`).
const SESSION_ENDED: u16 = 4401;
/// The tab gives up a socket that has not received its first frame within this time, in
/// milliseconds.
const READY_WITHIN_MS: i64 = 15_000;
/// After this long without a frame, the tab sends `ping`, in milliseconds. This is a little shorter
/// than the interval of the server's own heartbeat (25 s), which script can't see, so that only one
/// of them is sent.
const QUIET_MS: i64 = 20_000;
/// The tab takes the connection for dead if an answer takes longer than this, in milliseconds.
const ANSWER_WITHIN_MS: i64 = 10_000;
/// The limit for an answer while the user looks at the tab, in milliseconds.
const ANSWER_SOON_MS: i64 = 4_000;
/// A socket that received a frame within this time needs no `ping`, in milliseconds.
const JUST_NOW_MS: i64 = 1_000;
/// If the clock jumps by this much, the tab was suspended, in milliseconds.
const ASLEEP_MS: i64 = 45_000;
/// The wait before a failed fetch is tried again, in milliseconds.
const FETCH_AGAIN_MS: i64 = 2_000;
/// The wait before a refused fetch is tried again, in milliseconds. It may succeed after a change
/// on the server.
const FETCH_REFUSED_AGAIN_MS: i64 = 60_000;
/// A fetch without an answer for this long counts as failed, in milliseconds.
const FETCH_WITHIN_MS: i64 = 15_000;
/// The wait before a message that the server could not store is sent again, in milliseconds.
const SEND_AGAIN_MS: i64 = 2_000;
/// The longest wait before the next message that the tab accepts from the server, in milliseconds.
const POSTPONE_MAX_MS: u64 = 3_600_000;
/// The interval between ticks, in milliseconds.
const TICK_MS: i64 = 1_000;

/// The state of the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Socket {
    /// There is no socket; the tab opens the next one at this moment.
    Waiting(Timestamp),
    /// There is no socket; the tab first asks whether the session is still valid.
    Asking,
    /// The socket has been opening since this moment.
    Opening(Timestamp),
    /// The socket is open and `ready` has arrived.
    Open(Heartbeat),
    /// The tab opens no socket any more.
    Over,
}

/// Checks whether an open socket still receives frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Heartbeat {
    /// When the last frame arrived.
    received_at: Timestamp,
    /// When to send `ping`.
    due: Timestamp,
    /// How long to wait for the answer to `ping`, in milliseconds.
    patience: i64,
    /// The deadline for the answer; set while a `ping` is unanswered.
    until: Option<Timestamp>,
}

impl Heartbeat {
    const fn felt(now: Timestamp) -> Self {
        Self { received_at: now, due: Timestamp(now.0 + QUIET_MS), patience: ANSWER_WITHIN_MS, until: None }
    }
}

/// The state of a fetch.
#[derive(Clone, Copy, Debug)]
enum Fetch {
    UnderWay { ticket: u64, generation: u32, since: Timestamp },
    Again(Timestamp),
}

/// A tab's connection to the server.
#[derive(Debug)]
pub struct Connection {
    /// The number of the newest socket.
    number: u32,
    /// The number of the socket that the runtime holds.
    opened: Option<u32>,
    socket: Socket,
    backoff: Backoff,
    fetches: BTreeMap<Missing, Fetch>,
    /// Chats for which the server sent a frame while a fetch of them was under way.
    overtaken: BTreeSet<ChatId>,
    tickets: u64,
    /// When each unanswered message was handed to the open socket.
    handed: BTreeMap<ClientId, Timestamp>,
    /// When to send again each message that the server could not store.
    again: BTreeMap<ClientId, Timestamp>,
    pace: Pace,
    read_sent: BTreeMap<ChatId, (Seq, Timestamp)>,
    delivered_sent: BTreeMap<ChatId, Seq>,
    is_stranger: bool,
    is_asking: bool,
    ticked: Timestamp,
}

impl Connection {
    /// The connection of a page that was just opened.
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
            read_sent: BTreeMap::new(),
            delivered_sent: BTreeMap::new(),
            is_stranger: false,
            is_asking: false,
            ticked: now,
        }
    }

    /// Processes an input and returns the events that the state must apply.
    pub fn take(&mut self, state: &LiveState, input: Input<'_>, now: Timestamp, random: f64) -> Vec<Event> {
        match input {
            Input::Text { socket, text } if socket == self.number => self.receive(state, text, now),
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

    fn receive(&mut self, state: &LiveState, text: &str, now: Timestamp) -> Vec<Event> {
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
        // The limit outlasts the socket: the messages that wait for it must not time out.
        let still = matches!(frame, ServerFrame::Ready { .. }).then(|| self.pace.postponed(now)).flatten();
        [Some(Event::Frame(frame)), still.map(Event::Postponed)].into_iter().flatten().collect()
    }

    /// Records that the socket received a frame.
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
        // If the answer changes nothing, the tab fetches again, but not at once.
        self.fetches.insert(need, Fetch::Again(Timestamp(now.0 + FETCH_AGAIN_MS)));
        match (need, result) {
            _ if generation != state.generation => {
                self.fetches.remove(&need);
                Vec::new()
            }
            (Missing::List, Ok(Answer::List(ChatPage { chats, next }))) => {
                let fetches = &self.fetches;
                let overtaken = self.overtaken.extract_if(.., |id| !is_under_way(fetches, Missing::Chat(*id)));
                // Only in an opened room does it matter which of the two is newer.
                let in_rooms = overtaken.filter(|id| state.chats.get(id).is_some_and(|chat| chat.window.is_some()));
                let list = Event::Chats { chats, next, is_first: true };
                [list].into_iter().chain(in_rooms.map(Event::Overtaken)).collect()
            }
            (Missing::Chat(chat_id), Ok(Answer::Chat(_))) if self.overtaken.remove(&chat_id) => {
                // The `chat` frame may be newer than this answer, so the tab fetches again at once.
                self.fetches.remove(&need);
                vec![Event::Overtaken(chat_id)]
            }
            (Missing::Chat(_), Ok(Answer::Chat(chat))) => vec![Event::Chat(chat)],
            (Missing::Page(chat_id, of), Ok(Answer::Page(page))) => vec![Event::Page { chat_id, of, page }],
            (Missing::Changes(chat_id, after), Ok(Answer::Changes(page))) => {
                if page.complete_to < page.last_change {
                    // There are more changes: fetch them at once.
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
                self.read_sent.clear();
                Vec::new()
            }
            (BrowserSignal::Offline, _) => self.replace(Timestamp(now.0 + ANSWER_SOON_MS), now),
            (BrowserSignal::SuspectDead, _) => self.replace(now, now),
            (BrowserSignal::Wake, Socket::Waiting(_) | Socket::Opening(_) | Socket::Asking) => {
                if let Socket::Waiting(at) = &mut self.socket {
                    *at = now.min(*at);
                }
                // An attempt that began earlier may still fail: the next one should follow soon.
                self.backoff.reset();
                Vec::new()
            }
            (BrowserSignal::Wake, Socket::Open(pulse)) => {
                let soon = Timestamp(now.0 + ANSWER_SOON_MS);
                if now.0 - pulse.received_at.0 >= JUST_NOW_MS && pulse.until.is_none_or(|until| until > soon) {
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
                    || unanswered.is_some_and(|handed| pulse.received_at <= handed) =>
            {
                self.replace(now, now)
            }
            _ => Vec::new(),
        };
        // The socket works, but the server has not answered this message: send it again.
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

    /// When the runtime must tick next, at the latest.
    #[must_use]
    pub fn wake_at(&self, now: Timestamp) -> Timestamp {
        let next = match self.socket {
            Socket::Waiting(at) => Some(at),
            _ => self.pace.postponed(now).map(|postponed| postponed.until),
        };
        let tick = Timestamp(now.0 + TICK_MS);
        next.map_or(tick, |next| next.min(tick))
    }

    /// Gives up the socket. The tab opens the next one at `at`.
    fn replace(&mut self, at: Timestamp, now: Timestamp) -> Vec<Event> {
        // The tab ignores what the old socket still receives.
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

    /// Forgets what was sent on a lost socket, so that the tab sends it again on the next one.
    fn forget_socket(&mut self) {
        self.handed.clear();
        self.again.clear();
        self.read_sent.clear();
        self.delivered_sent.clear();
    }
}

fn is_under_way(fetches: &BTreeMap<Missing, Fetch>, need: Missing) -> bool {
    matches!(fetches.get(&need), Some(Fetch::UnderWay { .. }))
}

fn is_of_other_version(hello: Hello) -> bool {
    hello.kind == "ready" && hello.protocol != PROTOCOL_VERSION
}
