//! A simulated server with one chat, and tabs that are connected to it.

use super::*;
use crate::protocol::Availability;

/// A simulated server with one chat.
#[derive(Default)]
pub(super) struct Server {
    pub(super) epoch: Epoch,
    pub(super) messages: Vec<Message>,
    pub(super) my_read: Seq,
    pub(super) peer_read: Seq,
    /// The times of the peer's receipts.
    pub(super) peer_read_at: Option<Timestamp>,
    pub(super) last_change: ChangeSeq,
    pub(super) revision: i64,
    /// The doctor has marked the chat as done up to this position.
    pub(super) done: Seq,
    /// The availability of the peer, if it is a doctor.
    pub(super) availability: Option<Availability>,
}

impl Server {
    pub(super) fn last_seq(&self) -> Seq {
        Seq(i64::try_from(self.messages.len()).expect("few messages"))
    }

    pub(super) fn store(&mut self, sender: UserId, client_id: ClientId, content: &str) -> Vec<ServerFrame> {
        if let Some(stored) = self.messages.iter().find(|message| message.client_id == client_id).cloned() {
            return vec![ack(&stored)];
        }
        let seq = self.last_seq().next();
        let message = Message {
            chat_id: CHAT,
            seq,
            id: MessageId(1_000 + seq.0),
            sender_id: sender,
            client_id,
            content: content.to_owned(),
            is_ai: false,
            created_at: Timestamp(1_000_000 + seq.0),
            // Sometimes a message answers an earlier one.
            reply_to: (sender == PEER && seq.0 % 7 == 0).then_some(Seq(1 + seq.0 / 2)),
            corrects: None,
            retracted: None,
            change: ChangeSeq(0),
            is_urgent: false,
            is_automatic: false,
        };
        self.messages.push(message.clone());
        // A user without unread messages reads nothing by writing.
        let read_at = self.peer_read_at.filter(|_| self.peer_read.next() == seq);
        self.mark(sender, seq, message.created_at);
        if sender == PEER && self.peer_read == seq && (read_at.is_some() || seq == Seq(1)) {
            self.peer_read_at = read_at;
        }
        let mut frames =
            vec![ServerFrame::Message { message: message.clone() }, ServerFrame::Chat { chat: Box::new(self.chat()) }];
        if sender == ME {
            frames.push(ack(&message));
        }
        frames
    }

    pub(super) fn mark(&mut self, reader: UserId, seq: Seq, at: Timestamp) {
        if reader == ME {
            self.my_read = seq;
        } else if self.peer_read < seq {
            (self.peer_read, self.peer_read_at) = (seq, Some(at));
        }
    }

    pub(super) fn read(&mut self, reader: UserId) -> Vec<ServerFrame> {
        let (seq, at) = (self.last_seq(), Timestamp(950_000));
        let is_moved = reader == ME || self.peer_read < seq;
        self.mark(reader, seq, at);
        // The server publishes only receipts that have moved.
        if is_moved { vec![ServerFrame::Read { chat_id: CHAT, user_id: reader, seq, at }] } else { Vec::new() }
    }

    /// A member retracts the message that `which` selects.
    pub(super) fn retract(&mut self, which: u8) -> Vec<ServerFrame> {
        let index = usize::from(which) % self.messages.len().max(1);
        let Some(message) = self.messages.get_mut(index).filter(|message| message.retracted.is_none()) else {
            return Vec::new();
        };
        self.last_change = ChangeSeq(self.last_change.0 + 1);
        message.content = "[retracted]".to_owned();
        message.retracted = Some(Retracted { at: Timestamp(3_000_000), was_read: false });
        message.change = self.last_change;
        let message = message.clone();
        vec![ServerFrame::Changed { message }, ServerFrame::Chat { chat: Box::new(self.chat()) }]
    }

    pub(super) fn changes(&self, after: ChangeSeq) -> ChangePage {
        let mut messages: Vec<Message> =
            self.messages.iter().filter(|message| message.change > after).cloned().collect();
        messages.sort_by_key(|message| message.change);
        let is_whole = messages.len() <= 3;
        messages.truncate(3);
        let last = messages.last().map_or(after, |message| message.change);
        let complete_to = if is_whole { self.last_change } else { last };
        ChangePage { messages, complete_to, last_change: self.last_change }
    }

    /// Goes back to the state of this many messages ago.
    pub(super) fn restore(&mut self, lost: usize) {
        self.messages.truncate(self.messages.len().saturating_sub(lost));
        self.epoch = Epoch::new_v4();
        self.my_read = self.my_read.min(self.last_seq());
        if self.peer_read > self.last_seq() {
            // The backup's times are earlier than all later ones.
            (self.peer_read, self.peer_read_at) = (self.last_seq(), Some(Timestamp(900_000)));
        }
        self.last_change = self.messages.iter().map(|message| message.change).max().unwrap_or_default();
        (self.revision, self.done) = (self.revision / 2, Seq(0));
    }

    pub(super) fn chat(&self) -> Chat {
        Chat {
            chat_id: CHAT,
            peer: Peer {
                id: PEER,
                name: "Dr. Example".to_owned(),
                role: Role::Doctor,
                specialty: None,
                availability: self.availability.clone(),
            },
            last_seq: self.last_seq(),
            last_message: self.messages.last().cloned(),
            answered: None,
            read_seq: self.my_read,
            peer_read_seq: self.peer_read,
            peer_delivered_seq: self.peer_read,
            peer_read_at: self.peer_read_at,
            peer_delivered_at: self.peer_read_at,
            unread: self.last_seq().0 - self.my_read.0,
            last_change: self.last_change,
            status: ChatStatus { brief: self.brief(), ..ChatStatus::default() },
            updated_at: self.updated_at(),
        }
    }

    pub(super) fn brief(&self) -> StatusBrief {
        let awaiting = match self.messages.last() {
            Some(last) if last.seq <= self.done => Awaiting::Nobody,
            Some(last) if last.sender_id == ME => Awaiting::Doctor,
            _ => Awaiting::Patient,
        };
        StatusBrief { revision: self.revision, awaiting, ..StatusBrief::default() }
    }

    /// The doctor marks the chat as done, or undoes it.
    pub(super) fn settle(&mut self, is_done: bool) -> Vec<ServerFrame> {
        self.done = if is_done { self.last_seq() } else { Seq(0) };
        self.revision += 1;
        vec![ServerFrame::Chat { chat: Box::new(self.chat()) }]
    }

    pub(super) fn ready(&self) -> ServerFrame {
        let chat = self.chat();
        ServerFrame::Ready {
            user_id: ME,
            server_time: Timestamp(0),
            protocol: PROTOCOL_VERSION,
            epoch: self.epoch,
            chats: vec![ChatCounters {
                chat_id: CHAT,
                last_seq: chat.last_seq,
                read_seq: chat.read_seq,
                peer_read_seq: chat.peer_read_seq,
                peer_delivered_seq: chat.peer_delivered_seq,
                peer_read_at: chat.peer_read_at,
                peer_delivered_at: chat.peer_delivered_at,
                unread: chat.unread,
                last_change: chat.last_change,
                brief: self.brief(),
            }],
        }
    }

    pub(super) fn page(&self, of: PageOf) -> MessagePage {
        let all = self.messages.iter().cloned();
        let messages: Vec<Message> = match of {
            PageOf::Newest => all.skip(self.messages.len().saturating_sub(50)).collect(),
            PageOf::Before(seq) => {
                let before: Vec<Message> = all.filter(|message| message.seq < seq).collect();
                let skip = before.len().saturating_sub(50);
                before.into_iter().skip(skip).collect()
            }
            PageOf::After(seq) => all.filter(|message| message.seq > seq).take(200).collect(),
            PageOf::Around(seq) => all.skip_while(|message| message.seq.0 < seq.0 - 25).take(50).collect(),
        };
        let is_held = |seq: &Seq| messages.iter().any(|message| message.seq == *seq);
        let answered: BTreeSet<Seq> = messages.iter().filter_map(|message| message.reply_to).collect();
        let quoted = answered.into_iter().filter(|seq| !is_held(seq));
        let quoted = quoted.filter_map(|seq| self.at(seq)).collect();
        MessagePage { messages, last_seq: self.last_seq(), last_change: self.last_change, quoted }
    }

    pub(super) fn answer(&self, need: Missing) -> Event {
        match need {
            Missing::List => Event::Chats { chats: vec![self.chat()], next: None, is_first: true },
            Missing::Chat(_) => Event::Chat(Box::new(self.chat())),
            Missing::Page(chat_id, of) => Event::Page { chat_id, of, page: self.page(of) },
            Missing::Changes(chat_id, after) => Event::Changes { chat_id, after, page: self.changes(after) },
            Missing::Quoted(chat_id, seq) => {
                Event::Quoted { chat_id, seq, message: self.at(seq), last_change: self.last_change }
            }
        }
    }

    pub(super) fn updated_at(&self) -> Timestamp {
        let moments = self.messages.iter().map(|message| {
            message.retracted.map_or(message.created_at, |retracted| retracted.at.max(message.created_at))
        });
        moments.max().unwrap_or(Timestamp(1))
    }

    pub(super) fn at(&self, seq: Seq) -> Option<Message> {
        self.messages.iter().find(|message| message.seq == seq).cloned()
    }
}

pub(super) fn ack(message: &Message) -> ServerFrame {
    ServerFrame::Ack {
        client_id: message.client_id,
        chat_id: message.chat_id,
        seq: message.seq,
        id: message.id,
        created_at: message.created_at,
    }
}

/// Connects again, answers every fetch and delivers every pending message until nothing is left to
/// do.
pub(super) fn resync(tab: &mut LiveState, server: &mut Server) {
    tab.apply(Event::Disconnected(Timestamp(5)));
    tab.apply(Event::Frame(server.ready()));
    for _ in 0..1_000 {
        let needs = tab.needs();
        let to_send: Vec<_> = tab.to_send().map(|(chat, message)| (chat, message.clone())).collect();
        if needs.is_empty() && to_send.is_empty() {
            return;
        }
        for need in needs {
            tab.apply(server.answer(need));
        }
        for (_, message) in to_send {
            for frame in server.store(ME, message.client_id, &message.content) {
                tab.apply(Event::Frame(frame));
            }
        }
    }
    panic!("the tab kept sending commands: {:?}", tab.needs());
}

pub(super) fn open(server: &Server) -> LiveState {
    let mut tab = LiveState::new(ME);
    tab.apply(Event::Frame(server.ready()));
    tab.apply(server.answer(Missing::List));
    tab.apply(server.answer(Missing::Page(CHAT, PageOf::Newest)));
    tab
}

pub(super) fn shown(tab: &LiveState) -> Vec<Message> {
    let window = tab.chats.get(&CHAT).and_then(|chat| chat.window.as_ref()).expect("an open room");
    window.shown().map(|message| (**message).clone()).collect()
}

pub(super) fn assert_like_fresh(tab: &LiveState, server: &Server) {
    let held = tab.chats.get(&CHAT).expect("the chat");
    let fresh = open(server);
    let fresh = fresh.chats.get(&CHAT).expect("the chat");
    assert_eq!(held.counters, fresh.counters);
    // A summary's own counters are from the time of its fetch; the counters beside it are current.
    let summary = |state: &ChatState| {
        let chat = state.chat.clone();
        chat.map(|chat| (chat.peer, chat.last_message, chat.updated_at, chat.status))
    };
    assert_eq!(summary(held), summary(fresh));
    assert!(held.outgoing.is_empty(), "still pending: {:?}", held.outgoing);
    let shown = shown(tab);
    let first = shown.first().map_or(Seq(1), |message| message.seq);
    let is_apart = held.window.as_ref().is_some_and(|window| window.is_apart);
    // A user who looks at an earlier part sees that part.
    let last = shown.last().filter(|_| is_apart).map_or(server.last_seq(), |message| message.seq);
    let expected: Vec<Message> =
        server.messages.iter().filter(|message| (first..=last).contains(&message.seq)).cloned().collect();
    assert_eq!(shown, expected);
    for answered in shown.iter().filter_map(|message| message.reply_to) {
        assert_eq!(held.message(answered).map(|message| (**message).clone()), server.at(answered));
    }
}
