//! However frames are lost, doubled or mixed up: after a comparison with the server and what `needs` asks
//! for, a tab shows what a fresh fetch would.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod driver;
mod outbox;
mod parts;
mod rewind;

use super::{About, ChatState, Edge, Event, LiveState, Need, OutgoingState, PageOf};
use crate::protocol::{
    Brief, ChangePage, ChangeSeq, Chat, ChatCounters, ChatId, ClientId, Epoch, Message, MessageId, MessagePage,
    PROTOCOL_VERSION, Peer, ProblemCode, Retracted, Role, Seq, ServerFrame, Standing, Timestamp, Turn, UserId,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

const ME: UserId = UserId(1);
const PEER: UserId = UserId(2);
const CHAT: ChatId = ChatId(7);

/// A server with one chat.
#[derive(Default)]
struct Server {
    epoch: Epoch,
    messages: Vec<Message>,
    my_read: Seq,
    peer_read: Seq,
    /// When the peer came so far.
    peer_read_at: Option<Timestamp>,
    last_change: ChangeSeq,
    revision: i64,
    /// Nothing to answer up to here.
    done: Seq,
}

impl Server {
    fn last_seq(&self) -> Seq {
        Seq(i64::try_from(self.messages.len()).expect("few messages"))
    }

    fn store(&mut self, sender: UserId, client_id: ClientId, content: &str) -> Vec<ServerFrame> {
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
            // Now and then the other answers an earlier one.
            reply_to: (sender == PEER && seq.0 % 7 == 0).then_some(Seq(1 + seq.0 / 2)),
            corrects: None,
            retracted: None,
            change: ChangeSeq(0),
            is_urgent: false,
            is_automatic: false,
        };
        self.messages.push(message.clone());
        self.mark(sender, seq, message.created_at);
        let mut frames =
            vec![ServerFrame::Message { message: message.clone() }, ServerFrame::Chat { chat: Box::new(self.chat()) }];
        if sender == ME {
            frames.push(ack(&message));
        }
        frames
    }

    fn mark(&mut self, reader: UserId, seq: Seq, at: Timestamp) {
        if reader == ME {
            self.my_read = seq;
        } else if self.peer_read < seq {
            (self.peer_read, self.peer_read_at) = (seq, Some(at));
        }
    }

    fn read(&mut self, reader: UserId) -> Vec<ServerFrame> {
        let (seq, at) = (self.last_seq(), Timestamp(2_000_000));
        let is_moved = reader == ME || self.peer_read < seq;
        self.mark(reader, seq, at);
        // Marks that stand there already are told nobody.
        if is_moved { vec![ServerFrame::Read { chat_id: CHAT, user_id: reader, seq, at }] } else { Vec::new() }
    }

    /// Somebody takes back a message, which byte says.
    fn retract(&mut self, which: u8) -> Vec<ServerFrame> {
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

    fn changes(&self, after: ChangeSeq) -> ChangePage {
        let mut messages: Vec<Message> =
            self.messages.iter().filter(|message| message.change > after).cloned().collect();
        messages.sort_by_key(|message| message.change);
        let is_whole = messages.len() <= 3;
        messages.truncate(3);
        let last = messages.last().map_or(after, |message| message.change);
        let complete_to = if is_whole { self.last_change } else { last };
        ChangePage { messages, complete_to, last_change: self.last_change }
    }

    /// Goes back to how it was so many messages ago.
    fn restore(&mut self, lost: usize) {
        self.messages.truncate(self.messages.len().saturating_sub(lost));
        self.epoch = Epoch::new_v4();
        self.my_read = self.my_read.min(self.last_seq());
        if self.peer_read > self.last_seq() {
            (self.peer_read, self.peer_read_at) = (self.last_seq(), Some(Timestamp(4_000_000)));
        }
        self.last_change = self.messages.iter().map(|message| message.change).max().unwrap_or_default();
        (self.revision, self.done) = (self.revision / 2, Seq(0));
    }

    fn chat(&self) -> Chat {
        Chat {
            chat_id: CHAT,
            peer: Peer {
                id: PEER,
                name: "Dr. Example".to_owned(),
                role: Role::Doctor,
                specialty: None,
                availability: None,
            },
            last_seq: self.last_seq(),
            last_message: self.messages.last().cloned(),
            read_seq: self.my_read,
            peer_read_seq: self.peer_read,
            peer_delivered_seq: self.peer_read,
            peer_read_at: self.peer_read_at,
            peer_delivered_at: self.peer_read_at,
            unread: self.last_seq().0 - self.my_read.0,
            last_change: self.last_change,
            standing: Standing { brief: self.brief(), ..Standing::default() },
            updated_at: self.updated_at(),
        }
    }

    fn brief(&self) -> Brief {
        let turn = match self.messages.last() {
            Some(last) if last.seq <= self.done => Turn::Done,
            Some(last) if last.sender_id == ME => Turn::Doctor,
            _ => Turn::Patient,
        };
        Brief { revision: self.revision, turn, ..Brief::default() }
    }

    /// The doctor says that there is nothing more to answer, or takes it back.
    fn settle(&mut self, is_done: bool) -> Vec<ServerFrame> {
        self.done = if is_done { self.last_seq() } else { Seq(0) };
        self.revision += 1;
        vec![ServerFrame::Chat { chat: Box::new(self.chat()) }]
    }

    fn ready(&self) -> ServerFrame {
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

    fn page(&self, of: PageOf) -> MessagePage {
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

    fn answer(&self, need: Need) -> Event {
        match need {
            Need::List => Event::Chats { chats: vec![self.chat()], next: None, is_first: true },
            Need::Chat(_) => Event::Chat(Box::new(self.chat())),
            Need::Page(chat_id, of) => Event::Page { chat_id, of, page: self.page(of) },
            Need::Changes(chat_id, after) => Event::Changes { chat_id, after, page: self.changes(after) },
            Need::Quoted(chat_id, seq) => {
                Event::Quoted { chat_id, seq, message: self.at(seq), last_change: self.last_change }
            }
        }
    }

    fn updated_at(&self) -> Timestamp {
        let moments = self.messages.iter().map(|message| {
            message.retracted.map_or(message.created_at, |retracted| retracted.at.max(message.created_at))
        });
        moments.max().unwrap_or(Timestamp(1))
    }

    fn at(&self, seq: Seq) -> Option<Message> {
        self.messages.iter().find(|message| message.seq == seq).cloned()
    }
}

fn ack(message: &Message) -> ServerFrame {
    ServerFrame::Ack {
        client_id: message.client_id,
        chat_id: message.chat_id,
        seq: message.seq,
        id: message.id,
        created_at: message.created_at,
    }
}

/// Connects anew, answers every need and delivers every pending message, until nothing is left to do.
fn resync(tab: &mut LiveState, server: &mut Server) {
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
    panic!("the tab never came to rest: {:?}", tab.needs());
}

fn open(server: &Server) -> LiveState {
    let mut tab = LiveState::new(ME);
    tab.apply(Event::Frame(server.ready()));
    tab.apply(server.answer(Need::List));
    tab.apply(server.answer(Need::Page(CHAT, PageOf::Newest)));
    tab
}

fn shown(tab: &LiveState) -> Vec<Message> {
    let window = tab.chats.get(&CHAT).and_then(|chat| chat.window.as_ref()).expect("an open room");
    window.shown().map(|message| (**message).clone()).collect()
}

fn assert_like_fresh(tab: &LiveState, server: &Server) {
    let held = tab.chats.get(&CHAT).expect("the chat");
    let fresh = open(server);
    let fresh = fresh.chats.get(&CHAT).expect("the chat");
    assert_eq!(held.counters, fresh.counters);
    // A summary's own counters are those of its fetch; the counters beside it are the truth.
    let summary = |state: &ChatState| {
        let chat = state.chat.clone();
        chat.map(|chat| (chat.peer, chat.last_message, chat.updated_at, chat.standing))
    };
    assert_eq!(summary(held), summary(fresh));
    assert!(held.outgoing.is_empty(), "still pending: {:?}", held.outgoing);
    let shown = shown(tab);
    let first = shown.first().map_or(Seq(1), |message| message.seq);
    let is_apart = held.window.as_ref().is_some_and(|window| window.is_apart);
    // Whoever looks at an earlier part sees that part.
    let last = shown.last().filter(|_| is_apart).map_or(server.last_seq(), |message| message.seq);
    let expected: Vec<Message> =
        server.messages.iter().filter(|message| (first..=last).contains(&message.seq)).cloned().collect();
    assert_eq!(shown, expected);
    for answered in shown.iter().filter_map(|message| message.reply_to) {
        assert_eq!(held.message(answered).map(|message| (**message).clone()), server.at(answered));
    }
}

#[derive(Clone, Debug)]
enum Step {
    PeerSends,
    ISend,
    PeerReads,
    IRead,
    Reconnect,
    LoadBefore,
    LoadAfter,
    /// Looks at another part of the history.
    JumpTo(u8),
    /// Goes back to the newest.
    ToNewest,
    /// Lets go of what is too much.
    Trim(bool),
    /// A message is taken back.
    Retract(u8),
    /// The doctor has nothing more to answer, or has again.
    Settle(bool),
    /// A backup from so many messages ago is restored.
    Restore,
}

fn steps() -> impl Strategy<Value = Vec<(Step, u8)>> {
    let step = prop_oneof![
        4 => Just(Step::PeerSends),
        3 => Just(Step::ISend),
        1 => Just(Step::PeerReads),
        1 => Just(Step::IRead),
        1 => Just(Step::Reconnect),
        1 => Just(Step::LoadBefore),
        1 => Just(Step::LoadAfter),
        1 => any::<u8>().prop_map(Step::JumpTo),
        1 => Just(Step::ToNewest),
        1 => any::<bool>().prop_map(Step::Trim),
        2 => any::<u8>().prop_map(Step::Retract),
        2 => any::<bool>().prop_map(Step::Settle),
        1 => Just(Step::Restore),
    ];
    prop::collection::vec((step, any::<u8>()), 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Each step's frames are, as its byte says: delivered, lost, doubled, kept back and delivered later.
    #[test]
    fn any_network_ends_like_a_fresh_fetch(before in 0_usize..130, steps in steps()) {
        let mut server = Server::default();
        for _ in 0..before {
            server.store(PEER, ClientId::new_v4(), "earlier");
        }
        let mut tab = open(&server);
        let mut kept_back: Vec<ServerFrame> = Vec::new();
        for (step, fate) in steps {
            let frames = match step {
                Step::PeerSends => server.store(PEER, ClientId::new_v4(), "hello"),
                Step::ISend => {
                    let client_id = ClientId::new_v4();
                    tab.apply(typed(client_id, "hi", Timestamp(2)));
                    // One in eight never reaches the server.
                    if fate % 8 == 7 { Vec::new() } else { server.store(ME, client_id, "hi") }
                }
                Step::PeerReads => server.read(PEER),
                Step::IRead => server.read(ME),
                Step::Reconnect => {
                    resync(&mut tab, &mut server);
                    Vec::new()
                }
                Step::Restore => {
                    server.restore(usize::from(fate));
                    // A restored server is a restarted one: what was on its way is gone with its sockets.
                    kept_back.clear();
                    resync(&mut tab, &mut server);
                    Vec::new()
                }
                Step::Retract(which) => server.retract(which),
                Step::Settle(is_done) => server.settle(is_done),
                Step::LoadBefore | Step::LoadAfter | Step::JumpTo(_) | Step::ToNewest => {
                    if let Some(window) = tab.chats.get(&CHAT).and_then(|chat| chat.window.as_ref()) {
                        let of = match step {
                            Step::LoadBefore => PageOf::Before(window.first),
                            Step::LoadAfter => PageOf::After(window.top),
                            Step::JumpTo(to) => PageOf::Around(Seq(1 + i64::from(to))),
                            _ => PageOf::Newest,
                        };
                        tab.apply(Event::Page { chat_id: CHAT, of, page: server.page(of) });
                    }
                    Vec::new()
                }
                Step::Trim(at_start) => {
                    let edge = if at_start { Edge::Start } else { Edge::End };
                    tab.apply(Event::Trim { chat_id: CHAT, edge });
                    Vec::new()
                }
            };
            for (index, frame) in frames.into_iter().enumerate() {
                match (usize::from(fate) + index) % 5 {
                    0 => {}
                    1 => {
                        tab.apply(Event::Frame(frame.clone()));
                        tab.apply(Event::Frame(frame));
                    }
                    2 => kept_back.push(frame),
                    _ => tab.apply(Event::Frame(frame)),
                }
            }
            if fate % 3 == 0 {
                while let Some(frame) = kept_back.pop() {
                    tab.apply(Event::Frame(frame));
                }
            }
            // Whatever has happened: what is shown has no hole and nothing twice.
            let places: Vec<i64> = shown(&tab).iter().map(|message| message.seq.0).collect();
            prop_assert!(places.windows(2).all(|pair| pair[1] == pair[0] + 1), "{places:?}");
        }
        resync(&mut tab, &mut server);
        for frame in kept_back {
            tab.apply(Event::Frame(frame));
        }
        assert_like_fresh(&tab, &server);
        let ids: BTreeSet<ClientId> = server.messages.iter().map(|message| message.client_id).collect();
        prop_assert_eq!(ids.len(), server.messages.len());
    }
}

fn typed(client_id: ClientId, content: &str, at: Timestamp) -> Event {
    Event::Typed { chat_id: CHAT, client_id, content: content.to_owned(), about: About::default(), at }
}

fn tab_with_one_typed() -> (LiveState, ClientId) {
    let mut tab = open(&Server::default());
    let client_id = ClientId::new_v4();
    tab.apply(typed(client_id, "hi", Timestamp(0)));
    (tab, client_id)
}

fn state_of(tab: &LiveState) -> Option<OutgoingState> {
    tab.chats.get(&CHAT)?.outgoing.first().map(|message| message.state)
}

#[test]
fn a_message_stays_pending_until_it_is_shown_as_stored() {
    let (mut tab, client_id) = tab_with_one_typed();
    let mut server = Server::default();
    server.store(PEER, ClientId::new_v4(), "first");
    server.store(ME, client_id, "hi");
    // The ack arrives, the peer's message before it doesn't: the own one must not vanish meanwhile.
    tab.apply(Event::Frame(ack(&server.messages[1])));
    assert_eq!(state_of(&tab), Some(OutgoingState::Stored(Seq(2))));
    tab.apply(Event::Frame(ServerFrame::Message { message: server.messages[0].clone() }));
    assert_eq!(state_of(&tab), None);
    assert_eq!(shown(&tab).len(), 2);
}

#[test]
fn without_a_connection_a_message_becomes_not_sent_and_goes_out_when_it_is_back() {
    let (mut tab, _) = tab_with_one_typed();
    tab.apply(Event::Disconnected(Timestamp(1)));
    tab.apply(Event::Tick(Timestamp(29_000)));
    assert_eq!(state_of(&tab), Some(OutgoingState::Sending));
    tab.apply(Event::Tick(Timestamp(31_000)));
    assert_eq!(state_of(&tab), Some(OutgoingState::NotSent(ProblemCode::Unreachable)));
    let mut server = Server::default();
    resync(&mut tab, &mut server);
    assert_eq!(state_of(&tab), None);
    assert_eq!(server.messages.len(), 1);
}

#[test]
fn a_message_that_is_never_answered_becomes_not_sent_and_an_answer_that_comes_late_still_counts() {
    let (mut tab, client_id) = tab_with_one_typed();
    let mut server = Server::default();
    for second in 0..40 {
        tab.apply(Event::Tick(Timestamp(second * 1_000)));
    }
    assert_eq!(state_of(&tab), Some(OutgoingState::NotSent(ProblemCode::Unavailable)));
    server.store(ME, client_id, "hi");
    tab.apply(Event::Frame(ack(&server.messages[0])));
    assert_eq!(state_of(&tab), None);
}

#[test]
fn a_refused_message_waits_for_the_person_and_is_not_sent_by_itself() {
    let (mut tab, client_id) = tab_with_one_typed();
    let code = ProblemCode::ChatNotFound;
    tab.apply(Event::Frame(ServerFrame::Rejected { client_id, code, detail: String::new() }));
    let mut server = Server::default();
    resync(&mut tab, &mut server);
    assert_eq!(state_of(&tab), Some(OutgoingState::NotSent(code)));
    tab.apply(Event::Retry { chat_id: CHAT, client_id, at: Timestamp(9) });
    assert_eq!(tab.to_send().count(), 1);
    tab.apply(Event::Frame(ServerFrame::Rejected { client_id, code, detail: String::new() }));
    tab.apply(Event::Discard { chat_id: CHAT, client_id });
    assert_eq!(state_of(&tab), None);
}

#[test]
fn one_message_of_a_chat_is_under_way_at_a_time_so_that_none_overtakes_another() {
    let (mut tab, first) = tab_with_one_typed();
    let second = ClientId::new_v4();
    tab.apply(typed(second, "ho", Timestamp(1)));
    let next = |tab: &LiveState| tab.to_send().map(|(_, message)| message.client_id).collect::<Vec<_>>();
    assert_eq!(next(&tab), [first]);
    let mut server = Server::default();
    for frame in server.store(ME, first, "hi") {
        tab.apply(Event::Frame(frame));
    }
    assert_eq!(next(&tab), [second]);
}

#[test]
fn a_hole_too_large_to_fill_shows_the_newest_instead() {
    let mut server = Server::default();
    server.store(PEER, ClientId::new_v4(), "first");
    let mut tab = open(&server);
    for _ in 0..1_000 {
        server.store(PEER, ClientId::new_v4(), "missed");
    }
    tab.apply(Event::Frame(server.ready()));
    assert_eq!(tab.needs(), [Need::Page(CHAT, PageOf::Newest)]);
    resync(&mut tab, &mut server);
    assert_like_fresh(&tab, &server);
    assert_eq!(shown(&tab).len(), 50);
}

#[test]
fn a_chat_that_is_new_to_this_tab_is_fetched() {
    let mut tab = LiveState::new(ME);
    let mut server = Server::default();
    server.store(PEER, ClientId::new_v4(), "hello");
    tab.apply(Event::Frame(server.ready()));
    assert_eq!(tab.needs(), [Need::List]);
    tab.apply(server.answer(Need::List));
    assert!(tab.needs().is_empty());
    assert_eq!(tab.unread(), 1);
}

#[test]
fn waits_grow_and_stay_bounded() {
    let mut backoff = super::Backoff::default();
    let waits: Vec<u32> = (0..20).map(|_| backoff.next_ms(1.0)).collect();
    assert_eq!(waits[..3], [500, 1_000, 2_000]);
    assert!(waits.iter().all(|&wait| wait <= 30_000));
    assert!(backoff.next_ms(0.0) >= 15_000);
    backoff.reset();
    assert_eq!(backoff.next_ms(0.0), 250);
}
