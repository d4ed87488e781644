//! How an event changes what a tab knows.
//!
//! Everything merges upwards: counters take the higher value, messages are keyed by their place. So frames
//! may be lost, doubled or out of order, and a comparison with the server (`ready`) plus what `need` asks
//! for always ends where a fresh fetch would.

use super::{
    event::{Event, PageOf},
    state::{ChatState, Link, LiveState, Outgoing, OutgoingState, Window},
};
use crate::protocol::{
    Chat, ChatCounters, ChatId, ClientId, Message, MessagePage, ProblemCode, Seq, ServerFrame, Timestamp, UserId,
};
use std::sync::Arc;

/// Without an answer for this long, a message is handed to the socket once more (same client id).
const ANSWER_WITHIN_MS: i64 = 10_000;
/// Without an answer for this long, a message is shown as not sent. If there was no connection, it still
/// goes out by itself when that is back; if there was, the person decides.
const GIVE_UP_AFTER_MS: i64 = 30_000;

impl LiveState {
    /// Changes the state as `event` says.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::Frame(frame) => self.apply_frame(frame),
            Event::Disconnected(at) => self.disconnect(at),
            Event::SessionEnded => self.link = Link::Ended,
            Event::Chats { chats, next, is_first } => {
                for chat in chats {
                    self.merge_chat(chat);
                }
                if is_first {
                    self.is_list_stale = false;
                }
                self.more_chats = next;
            }
            Event::Chat(chat) => self.merge_chat(chat),
            Event::Page { chat_id, of, page } => self.merge_page(chat_id, of, page),
            Event::Typed { chat_id, client_id, content, at } => {
                let outgoing = &mut self.chat(chat_id).outgoing;
                if outgoing.iter().all(|known| known.client_id != client_id) {
                    outgoing.push(Outgoing {
                        client_id,
                        content: content.into(),
                        typed_at: at,
                        tried_since: Some(at),
                        handed_over_at: None,
                        state: OutgoingState::Sending,
                    });
                }
            }
            Event::HandedOver { chat_id, client_id, at } => {
                self.with_outgoing(chat_id, client_id, |message| message.handed_over_at = Some(at));
            }
            Event::Retry { chat_id, client_id, at } => self.with_outgoing(chat_id, client_id, |message| {
                if matches!(message.state, OutgoingState::NotSent(_)) {
                    message.state = OutgoingState::Sending;
                    message.tried_since = Some(at);
                    message.handed_over_at = None;
                }
            }),
            Event::Discard { chat_id, client_id } => {
                self.chat(chat_id).outgoing.retain(|message| {
                    message.client_id != client_id || !matches!(message.state, OutgoingState::NotSent(_))
                });
            }
            Event::Tick(now) => self.tick(now),
        }
    }

    fn apply_frame(&mut self, frame: ServerFrame) {
        match frame {
            // Another person's chats have no place on this page.
            ServerFrame::Ready { user_id, .. } if user_id != self.viewer => self.link = Link::Ended,
            ServerFrame::Ready { chats, .. } => self.compare(chats),
            ServerFrame::Message { message } => self.merge_message(message),
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
            ServerFrame::Chat { chat } => self.merge_chat(chat),
            ServerFrame::Delivered { chat_id, user_id, seq } => {
                if user_id != self.viewer {
                    raise(&mut self.chat(chat_id).counters.peer_delivered_seq, seq);
                }
            }
            ServerFrame::Read { chat_id, user_id, seq } => self.merge_read(chat_id, user_id, seq),
            ServerFrame::Typing { .. } | ServerFrame::Error { .. } => {}
        }
    }

    /// Compares with what the server says of every chat. What is missing, `need` asks for.
    fn compare(&mut self, chats: Vec<ChatCounters>) {
        self.link = Link::Online;
        for counters in chats {
            // A chat that is new here, or moved while it was too far down the list to be held: it is at the
            // list's top now.
            let held = self.chats.get(&counters.chat_id);
            self.is_list_stale |=
                held.is_none_or(|held| held.chat.is_none() && held.counters.last_seq < counters.last_seq);
            self.merge_counters(&counters);
        }
        for message in self.chats.values_mut().flat_map(|chat| &mut chat.outgoing) {
            // Nothing was handed to this socket yet, and what could not be reached can be now.
            message.handed_over_at = None;
            if message.state == OutgoingState::NotSent(ProblemCode::Unreachable) {
                message.state = OutgoingState::Sending;
                message.tried_since = None;
            }
        }
    }

    fn disconnect(&mut self, at: Timestamp) {
        match self.link {
            Link::Ended | Link::Offline(_) => {}
            Link::Connecting | Link::Online => self.link = Link::Offline(at),
        }
        for message in self.chats.values_mut().flat_map(|chat| &mut chat.outgoing) {
            message.handed_over_at = None;
        }
    }

    /// Whether a message was handed to the socket so long ago that the socket can't be trusted.
    #[must_use]
    pub fn has_unanswered(&self, now: Timestamp) -> bool {
        let mut outgoing = self.chats.values().flat_map(|chat| &chat.outgoing);
        outgoing.any(|message| {
            message.state == OutgoingState::Sending
                && message.handed_over_at.is_some_and(|at| now.0 - at.0 >= ANSWER_WITHIN_MS)
        })
    }

    fn tick(&mut self, now: Timestamp) {
        let is_online = self.link == Link::Online;
        for message in self.chats.values_mut().flat_map(|chat| &mut chat.outgoing) {
            if message.state != OutgoingState::Sending {
                continue;
            }
            if message.handed_over_at.is_some_and(|at| now.0 - at.0 >= ANSWER_WITHIN_MS) {
                message.handed_over_at = None;
            }
            let since = *message.tried_since.get_or_insert(now);
            if now.0 - since.0 >= GIVE_UP_AFTER_MS {
                let code = if is_online { ProblemCode::Unavailable } else { ProblemCode::Unreachable };
                message.state = OutgoingState::NotSent(code);
            }
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

    fn merge_counters(&mut self, new: &ChatCounters) {
        let counters = &mut self.chat(new.chat_id).counters;
        raise(&mut counters.last_seq, new.last_seq);
        raise(&mut counters.read_seq, new.read_seq);
        raise(&mut counters.peer_read_seq, new.peer_read_seq);
        raise(&mut counters.peer_delivered_seq, new.peer_delivered_seq);
        counters.unread = (counters.last_seq.0 - counters.read_seq.0).max(0);
    }

    fn merge_chat(&mut self, new: Chat) {
        self.merge_counters(&ChatCounters {
            chat_id: new.chat_id,
            last_seq: new.last_seq,
            read_seq: new.read_seq,
            peer_read_seq: new.peer_read_seq,
            peer_delivered_seq: new.peer_delivered_seq,
            unread: new.unread,
        });
        let state = self.chat(new.chat_id);
        let held = state.chat.take();
        let held_message = held.as_ref().and_then(|chat| chat.last_message.clone());
        let newest = [new.last_message.clone(), held_message].into_iter().flatten().max_by_key(|message| message.seq);
        let updated_at = held.map_or(new.updated_at, |chat| chat.updated_at.max(new.updated_at));
        state.chat = Some(Chat { last_message: newest, updated_at, ..new });
    }

    fn merge_read(&mut self, chat_id: ChatId, user: UserId, seq: Seq) {
        let is_own = user == self.viewer;
        let counters = &mut self.chat(chat_id).counters;
        if is_own {
            raise(&mut counters.read_seq, seq);
        } else {
            raise(&mut counters.peer_read_seq, seq);
            raise(&mut counters.peer_delivered_seq, seq);
        }
        counters.unread = (counters.last_seq.0 - counters.read_seq.0).max(0);
    }

    fn merge_message(&mut self, message: Message) {
        let (chat_id, seq, sender) = (message.chat_id, message.seq, message.sender_id);
        self.is_list_stale |= self.chats.get(&chat_id).is_none_or(|held| held.chat.is_none());
        let state = self.chat(chat_id);
        raise(&mut state.counters.last_seq, seq);
        if let Some(chat) = &mut state.chat {
            chat.updated_at = chat.updated_at.max(message.created_at);
            if chat.last_message.as_ref().is_none_or(|held| held.seq < seq) {
                chat.last_message = Some(message.clone());
            }
        }
        let own_id = message.client_id;
        if let Some(window) = &mut state.window {
            window.insert(message);
        }
        // Whoever writes has read what stands before.
        self.merge_read(chat_id, sender, seq);
        if sender == self.viewer {
            self.with_outgoing(chat_id, own_id, |outgoing| outgoing.state = OutgoingState::Stored(seq));
        }
        self.chat(chat_id).drop_shown();
    }

    fn merge_page(&mut self, chat_id: ChatId, of: PageOf, page: MessagePage) {
        let viewer = self.viewer;
        let state = self.chat(chat_id);
        raise(&mut state.counters.last_seq, page.last_seq);
        if let Some(window) = &mut state.window {
            window.merge(of, &page);
        } else {
            state.window = Some(Window::of(&page));
        }
        for message in page.messages {
            if message.sender_id == viewer {
                let seq = message.seq;
                self.with_outgoing(chat_id, message.client_id, |outgoing| outgoing.state = OutgoingState::Stored(seq));
            }
            self.merge_summary(chat_id, message);
        }
        self.chat(chat_id).drop_shown();
    }

    fn merge_summary(&mut self, chat_id: ChatId, message: Message) {
        if let Some(chat) = &mut self.chat(chat_id).chat
            && chat.last_message.as_ref().is_none_or(|held| held.seq < message.seq)
        {
            chat.updated_at = chat.updated_at.max(message.created_at);
            chat.last_message = Some(message);
        }
    }
}

impl ChatState {
    /// Forgets outgoing messages that the history shows by now, or that nobody looks at.
    fn drop_shown(&mut self) {
        let top = self.window.as_ref().map(|window| window.top);
        self.outgoing.retain(|message| match message.state {
            OutgoingState::Stored(seq) => top.is_some_and(|top| seq > top),
            OutgoingState::Sending | OutgoingState::NotSent(_) => true,
        });
    }
}

impl Window {
    fn of(page: &MessagePage) -> Self {
        let first = page.messages.first().map_or(Seq(1), |message| message.seq);
        let mut window = Self { first, top: first.previous(), starts: vec![first], ..Self::default() };
        for message in &page.messages {
            window.insert(message.clone());
        }
        window
    }

    fn insert(&mut self, message: Message) {
        if message.seq < self.first {
            return;
        }
        self.messages.entry(message.seq).or_insert_with(|| Arc::new(message));
        while self.messages.contains_key(&self.top.next()) {
            self.top = self.top.next();
        }
    }

    fn merge(&mut self, of: PageOf, page: &MessagePage) {
        let Some(first) = page.messages.first().map(|message| message.seq) else {
            return;
        };
        match of {
            // Too far above what is held to close the hole: show the newest instead.
            PageOf::Newest if first > self.top.next() => *self = Self::of(page),
            PageOf::Before(seq) => {
                let joins = page.messages.last().is_some_and(|last| last.seq.next() == self.first);
                if joins && seq == self.first {
                    for message in &page.messages {
                        self.messages.insert(message.seq, Arc::new(message.clone()));
                    }
                    self.first = first;
                    self.starts.insert(0, first);
                }
            }
            PageOf::Newest | PageOf::After(_) => {
                for message in &page.messages {
                    self.insert(message.clone());
                }
            }
        }
    }
}

fn raise(held: &mut Seq, new: Seq) {
    *held = (*held).max(new);
}
