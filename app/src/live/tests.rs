//! Tests of the live state. However frames are lost, duplicated or reordered: after the comparison
//! with the server and the fetches that `missing` lists, a tab shows what a fresh fetch would show.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod availability;
mod connection;
mod outbox;
mod parts;
mod rewind;
mod server;

use super::{ChatState, Event, LiveState, MessageOptions, Missing, OutgoingState, PageOf, WindowEdge};
use crate::protocol::{
    Awaiting, ChangePage, ChangeSeq, Chat, ChatCounters, ChatId, ChatStatus, ClientId, Epoch, Message, MessageId,
    MessagePage, PROTOCOL_VERSION, Peer, ProblemCode, Retracted, Role, Seq, ServerFrame, StatusBrief, Timestamp,
    UserId,
};
use proptest::prelude::*;
use server::{Server, ack, assert_like_fresh, open, resync, shown};
use std::collections::BTreeSet;

const ME: UserId = UserId(1);
const PEER: UserId = UserId(2);
const CHAT: ChatId = ChatId(7);

#[derive(Clone, Debug)]
enum Step {
    PeerSends,
    ISend,
    PeerReads,
    IRead,
    Reconnect,
    LoadBefore,
    LoadAfter,
    /// The user looks at another part of the history.
    JumpTo(u8),
    /// The user goes back to the newest messages.
    ToNewest,
    /// The page drops surplus messages.
    Trim(bool),
    /// A message is retracted.
    Retract(u8),
    /// The doctor marks the chat as done, or undoes it.
    Settle(bool),
    /// A backup from this many messages ago is restored.
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

    /// The byte of each step decides whether its frames are delivered, lost, duplicated, or
    /// delivered later.
    #[test]
    fn tab_equals_a_fresh_fetch_after_any_network_fault(before in 0_usize..130, steps in steps()) {
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
                    // One message in eight never reaches the server.
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
                    // A restored server has restarted, so frames under way are lost with its
                    // sockets.
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
                    let edge = if at_start { WindowEdge::Start } else { WindowEdge::End };
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
            // In every case the shown messages have no hole and no duplicates.
            let seqs: Vec<i64> = shown(&tab).iter().map(|message| message.seq.0).collect();
            prop_assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "{seqs:?}");
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
    Event::Typed { chat_id: CHAT, client_id, content: content.to_owned(), about: MessageOptions::default(), at }
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
fn message_stays_pending_until_it_is_shown_as_stored() {
    let (mut tab, client_id) = tab_with_one_typed();
    let mut server = Server::default();
    server.store(PEER, ClientId::new_v4(), "first");
    server.store(ME, client_id, "hi");
    // The ack arrives, but not the peer's message before it: the own message must not vanish
    // meanwhile.
    tab.apply(Event::Frame(ack(&server.messages[1])));
    assert_eq!(state_of(&tab), Some(OutgoingState::Stored(Seq(2))));
    tab.apply(Event::Frame(ServerFrame::Message { message: server.messages[0].clone() }));
    assert_eq!(state_of(&tab), None);
    assert_eq!(shown(&tab).len(), 2);
}

#[test]
fn offline_message_fails_and_is_sent_after_reconnecting() {
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
fn unanswered_message_fails_and_accepts_a_late_answer() {
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
fn rejected_message_is_not_sent_again_automatically() {
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
fn chat_sends_one_message_at_a_time() {
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
fn too_large_hole_is_replaced_by_the_newest_messages() {
    let mut server = Server::default();
    server.store(PEER, ClientId::new_v4(), "first");
    let mut tab = open(&server);
    for _ in 0..1_000 {
        server.store(PEER, ClientId::new_v4(), "missed");
    }
    tab.apply(Event::Frame(server.ready()));
    assert_eq!(tab.needs(), [Missing::Page(CHAT, PageOf::Newest)]);
    resync(&mut tab, &mut server);
    assert_like_fresh(&tab, &server);
    assert_eq!(shown(&tab).len(), 50);
}

#[test]
fn chat_is_fetched_when_it_is_new_to_the_tab() {
    let mut tab = LiveState::new(ME);
    let mut server = Server::default();
    server.store(PEER, ClientId::new_v4(), "hello");
    tab.apply(Event::Frame(server.ready()));
    assert_eq!(tab.needs(), [Missing::List]);
    tab.apply(server.answer(Missing::List));
    assert!(tab.needs().is_empty());
    assert_eq!(tab.unread(), 1);
}

#[test]
fn seen_message_is_not_counted_before_the_server_confirms() {
    let mut server = Server::default();
    server.store(PEER, ClientId::new_v4(), "one");
    server.store(PEER, ClientId::new_v4(), "two");
    let mut tab = open(&server);
    assert_eq!(tab.unread(), 2);
    tab.apply(Event::Seen { chat_id: CHAT, seq: Seq(1) });
    assert_eq!(tab.unread(), 1, "messages that were just read are not counted");
    for frame in server.store(PEER, ClientId::new_v4(), "three") {
        tab.apply(Event::Frame(frame));
    }
    assert_eq!(tab.unread(), 2, "later messages are counted");
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
