//! How an event changes the live state.
//!
//! Everything merges upwards: counters take the higher value, and messages are keyed by position.
//! So frames may be lost, duplicated or out of order: the comparison after `ready` and the fetches
//! that `missing` lists always lead to the state that a fresh fetch would give.

mod merge;

use crate::{
    live::{
        OutboxEntry, SendingTab,
        event::Event,
        state::{ChatState, Link, LiveState, Outgoing, OutgoingState},
    },
    protocol::{
        ChangeSeq, ChatCounters, ChatId, ClientId, Epoch, Message, MessageId, ProblemCode, Role, Seq, ServerFrame,
        Timestamp, UserId,
    },
};
use merge::{raise, raise_peer};

/// Without an answer for this long, in milliseconds, a message is shown as not sent. If there was
/// no connection, the tab still sends it when the connection is back; otherwise the user decides.
const GIVE_UP_AFTER_MS: i64 = 30_000;
/// This long after a wait that the server asked for, unsent messages are still shown as waiting, in
/// milliseconds.
const POSTPONED_FOR_MS: i64 = 2_000;

impl LiveState {
    /// Applies an event to the state.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::Frame(frame) => self.apply_frame(frame),
            Event::Disconnected(at) => self.disconnect(at),
            Event::SessionEnded => self.link = Link::Ended,
            Event::Outdated => self.link = Link::Outdated,
            Event::DataLossAcknowledged => self.has_server_lost_history = false,
            Event::HoursChanged => {
                for state in self.chats.values_mut() {
                    let is_waiting = state.chat.as_ref().is_some_and(|chat| chat.status.waiting_since.is_some());
                    state.is_availability_late |= is_waiting;
                }
            }
            Event::Chats { chats, next, is_first } => {
                for chat in chats {
                    self.merge_chat(chat);
                }
                if is_first {
                    self.is_list_stale = false;
                }
                self.more_chats = next;
            }
            Event::Chat(chat) => self.merge_chat(*chat),
            Event::Page { chat_id, of, page } => self.merge_page(chat_id, of, page),
            Event::Changes { chat_id, after, page } => self.merge_changes(chat_id, after, page),
            Event::Quoted { chat_id, seq, message, last_change } => {
                let state = self.chat(chat_id);
                // A message that was read before the last change may lack that change, so the tab
                // fetches it again.
                if last_change >= state.counters.last_change {
                    // A placeholder prevents that a message that does not exist is fetched again.
                    state.quote(message.unwrap_or_else(|| nothing_at(chat_id, seq)));
                }
            }
            Event::Trim { chat_id, edge } => {
                let state = self.chat(chat_id);
                if let Some(window) = &mut state.window {
                    window.trim(edge);
                }
                state.drop_shown();
            }
            Event::Typed { chat_id, client_id, content, about, at } => {
                let outgoing = &mut self.chat(chat_id).outgoing;
                // After a reload, these times give the order of typing, so each must be different.
                let at = outgoing.last().map_or(at, |last| at.max(Timestamp(last.typed_at.0 + 1)));
                if outgoing.iter().all(|known| known.client_id != client_id) {
                    outgoing.push(Outgoing {
                        client_id,
                        content: content.into(),
                        about,
                        typed_at: at,
                        tried_since: Some(at),
                        state: OutgoingState::Sending,
                        holder: SendingTab::Here,
                    });
                }
            }
            Event::Overtaken(chat_id) => {
                if let Some(state) = self.chats.get_mut(&chat_id) {
                    state.is_availability_late = true;
                }
            }
            Event::Postponed(postponed) => self.postponed = Some(postponed),
            Event::Seen { chat_id, seq } => raise(&mut self.chat(chat_id).seen, seq),
            Event::StoredEntry { entry, holder } => self.merge_kept(entry, holder),
            Event::Dropped(client_id) => {
                for chat in self.chats.values_mut() {
                    chat.outgoing.retain(|message| message.client_id != client_id);
                }
            }
            Event::Retry { chat_id, client_id, at } => self.with_outgoing(chat_id, client_id, |message| {
                if matches!(message.state, OutgoingState::NotSent(_)) {
                    message.state = OutgoingState::Sending;
                    message.tried_since = Some(at);
                    message.holder = SendingTab::Here;
                }
            }),
            Event::Discard { chat_id, client_id } => {
                self.chat(chat_id).outgoing.retain(|message| {
                    message.client_id != client_id || !matches!(message.state, OutgoingState::NotSent(_))
                });
            }
            Event::Tick(now) => {
                self.tick(now);
                self.check_clock(now);
            }
        }
    }

    fn apply_frame(&mut self, frame: ServerFrame) {
        match frame {
            // The frame is for another user, whose chats must not appear on this page.
            ServerFrame::Ready { user_id, .. } if user_id != self.viewer => self.link = Link::Ended,
            ServerFrame::Ready { chats, epoch, .. } => self.compare(epoch, chats),
            ServerFrame::Message { message } => self.merge_message(message),
            ServerFrame::Changed { message } => self.merge_changed(message),
            ServerFrame::Ack { client_id, chat_id, seq, id, created_at } => {
                let viewer = self.viewer;
                let acked = self.chat(chat_id).outgoing.iter().find(|message| message.client_id == client_id);
                if let Some(acked) = acked {
                    let message = Message {
                        chat_id,
                        seq,
                        id,
                        sender_id: viewer,
                        client_id,
                        content: acked.content.to_string(),
                        is_ai: false,
                        created_at,
                        reply_to: acked.about.reply_to,
                        corrects: acked.about.corrects,
                        retracted: None,
                        change: ChangeSeq(0),
                        is_urgent: acked.about.is_urgent,
                        is_automatic: false,
                    };
                    self.merge_message(message);
                }
            }
            ServerFrame::Rejected { client_id, code, .. } => {
                for chat in self.chats.values_mut() {
                    for message in chat.outgoing.iter_mut().filter(|message| message.client_id == client_id) {
                        message.state = OutgoingState::NotSent(code);
                    }
                }
            }
            ServerFrame::Chat { chat } => self.merge_chat(*chat),
            ServerFrame::Delivered { chat_id, user_id, seq, at } => {
                if user_id != self.viewer {
                    raise_peer(&mut self.chat(chat_id).counters, Seq(0), seq, [Some(at); 2]);
                }
            }
            ServerFrame::Read { chat_id, user_id, seq, at } => self.merge_read(chat_id, user_id, seq, at),
            ServerFrame::Typing { chat_id, user_id } => {
                if user_id != self.viewer {
                    let typing = &mut self.chat(chat_id).typing;
                    *typing = typing.wrapping_add(1).max(1);
                }
            }
            ServerFrame::Error { .. } | ServerFrame::Pong {} => {}
        }
    }

    /// Compares the state with the server's counters of every chat. `missing` then lists what to
    /// fetch.
    fn compare(&mut self, epoch: Epoch, chats: Vec<ChatCounters>) {
        self.link = Link::Online;
        let is_other = self.epoch.replace(epoch).is_some_and(|known| known != epoch);
        let is_below = |counters: &ChatCounters, held: &ChatCounters| held.last_seq > counters.last_seq;
        let has_less = |counters: &ChatCounters| {
            self.chats.get(&counters.chat_id).is_some_and(|held| is_below(counters, &held.counters))
        };
        let went_back = |counters: &ChatCounters| {
            let held = self.chats.get(&counters.chat_id);
            held.is_some_and(|held| {
                held.counters.last_change > counters.last_change
                    || held.counters.brief.revision > counters.brief.revision
            })
        };
        self.has_server_lost_history |= chats.iter().any(has_less);
        if is_other || chats.iter().any(|counters| has_less(counters) || went_back(counters)) {
            self.doubt(&chats);
        }
        for counters in chats {
            // The chat is new here, or a message arrived while it was too far down the list to be
            // held. It is at the list's top now.
            let held = self.chats.get(&counters.chat_id);
            self.is_list_stale |=
                held.is_none_or(|held| held.chat.is_none() && held.counters.last_seq < counters.last_seq);
            self.merge_counters(&counters);
        }
        for state in self.chats.values_mut() {
            // The counters do not contain the availability, and it may have changed while the tab
            // was offline.
            let is_doctor = state.chat.as_ref().is_some_and(|chat| chat.peer.role == Role::Doctor);
            state.is_availability_late |= is_doctor && state.window.is_some();
        }
        for message in self.chats.values_mut().flat_map(|chat| &mut chat.outgoing) {
            // The server can be reached again.
            if message.state == OutgoingState::NotSent(ProblemCode::Unreachable) {
                message.state = OutgoingState::Sending;
                message.tried_since = None;
            }
        }
    }

    /// Handles a server that may have lost data: takes over its counters and marks everything held
    /// as in doubt, so that it is compared with the server.
    fn doubt(&mut self, chats: &[ChatCounters]) {
        self.generation = self.generation.wrapping_add(1);
        self.is_list_stale = true;
        for (id, state) in &mut self.chats {
            let held = state.counters.last_seq;
            let now = chats.iter().find(|counters| counters.chat_id == *id).copied();
            state.counters = now.unwrap_or_else(|| ChatState::new(*id).counters);
            state.brief_as_of = state.counters.last_seq;
            state.is_summary_in_doubt = state.chat.is_some();
            state.quoted.clear();
            if held > state.counters.last_seq || state.window.is_none() {
                // The messages there may now be other ones, which the user has not seen.
                state.seen = state.seen.min(state.counters.read_seq);
            }
            if let Some(window) = &mut state.window {
                window.doubt(state.counters.last_change);
            }
            if now.is_none() {
                state.chat = None;
            }
            for message in &mut state.outgoing {
                if matches!(message.state, OutgoingState::Stored(_)) {
                    // The server may have lost the message. If it has not, it stores the message
                    // only once.
                    message.state = OutgoingState::Sending;
                    message.tried_since = None;
                }
            }
        }
    }

    fn disconnect(&mut self, at: Timestamp) {
        match self.link {
            Link::Ended | Link::Outdated | Link::Offline(_) => {}
            Link::Connecting | Link::Online => self.link = Link::Offline(at),
        }
        // Messages now wait for a connection, not for the limit.
        self.postponed = None;
    }

    /// Merges an entry of the outbox that another tab, or this one before a reload, has stored.
    fn merge_kept(&mut self, entry: OutboxEntry, holder: SendingTab) {
        let OutboxEntry { client_id, chat_id, content, about, typed_at, not_sent } = entry;
        // Another tab could not reach the server, but this tab, which takes over, is online.
        let is_reached = holder == SendingTab::Here && self.link == Link::Online;
        let not_sent = not_sent.filter(|code| !(is_reached && *code == ProblemCode::Unreachable));
        let state = not_sent.map_or(OutgoingState::Sending, OutgoingState::NotSent);
        let outgoing = &mut self.chat(chat_id).outgoing;
        if let Some(held) = outgoing.iter_mut().find(|message| message.client_id == client_id) {
            held.holder = holder;
            if !matches!(held.state, OutgoingState::Stored(_)) {
                held.state = state;
            }
            return;
        }
        let tried_since = None;
        let content = content.into();
        outgoing.push(Outgoing { client_id, content, about, typed_at, tried_since, state, holder });
        outgoing.sort_by_key(|message| message.typed_at);
    }

    fn tick(&mut self, now: Timestamp) {
        // This lasts a little longer than the wait itself: the next message is being sent by then,
        // and the server may postpone it too.
        self.postponed.take_if(|postponed| postponed.is_over(now, POSTPONED_FOR_MS));
        let is_online = self.link == Link::Online;
        for message in self.chats.values_mut().flat_map(|chat| &mut chat.outgoing) {
            if message.state != OutgoingState::Sending || message.holder == SendingTab::Elsewhere {
                continue;
            }
            if self.postponed.is_some() {
                // The message is not being sent: it waits for the limit.
                message.tried_since = Some(now);
                continue;
            }
            let since = *message.tried_since.get_or_insert(now);
            if now.0 - since.0 >= GIVE_UP_AFTER_MS {
                let code = if is_online { ProblemCode::Unavailable } else { ProblemCode::Unreachable };
                message.state = OutgoingState::NotSent(code);
            }
        }
    }

    fn check_clock(&mut self, now: Timestamp) {
        for state in self.chats.values_mut().filter(|state| state.has_availability_ended(now)) {
            (state.is_availability_late, state.availability_asked_at) = (true, now);
        }
    }

    fn chat(&mut self, chat_id: ChatId) -> &mut ChatState {
        self.chats.entry(chat_id).or_insert_with(|| ChatState::new(chat_id))
    }

    fn with_outgoing(&mut self, chat_id: ChatId, client_id: ClientId, change: impl FnOnce(&mut Outgoing)) {
        if let Some(message) = self.chat(chat_id).outgoing.iter_mut().find(|message| message.client_id == client_id) {
            change(message);
        }
    }
}

/// A placeholder for a message that does not exist.
fn nothing_at(chat_id: ChatId, seq: Seq) -> Message {
    Message {
        chat_id,
        seq,
        id: MessageId(0),
        sender_id: UserId(0),
        client_id: ClientId::nil(),
        content: String::new(),
        is_ai: false,
        created_at: Timestamp(0),
        reply_to: None,
        corrects: None,
        retracted: None,
        change: ChangeSeq(0),
        is_urgent: false,
        is_automatic: false,
    }
}
