//! Tests of reading earlier parts of a long history, and of retractions meanwhile.

use super::*;

fn server_with(count: usize) -> Server {
    let mut server = Server::default();
    for n in 0..count {
        server.store(PEER, ClientId::new_v4(), &format!("message {n}"));
    }
    server
}

fn load(tab: &mut LiveState, server: &Server, of: PageOf) {
    tab.apply(Event::Page { chat_id: CHAT, of, page: server.page(of) });
}

fn window(tab: &LiveState) -> &super::super::Window {
    tab.chats.get(&CHAT).and_then(|chat| chat.window.as_ref()).expect("an open room")
}

#[test]
fn window_stays_bounded_while_scrolling_a_long_history() {
    let server = server_with(2_000);
    let mut tab = open(&server);
    while !window(&tab).is_from_start() {
        let of = PageOf::Before(window(&tab).first);
        load(&mut tab, &server, of);
        tab.apply(Event::Trim { chat_id: CHAT, edge: WindowEdge::End });
        assert!(window(&tab).messages.len() <= 450);
        assert!(tab.needs().is_empty(), "dropped messages are not fetched again");
    }
    assert!(window(&tab).is_apart);
    assert_eq!(shown(&tab)[0].seq, Seq(1));
    while window(&tab).is_apart {
        let of = PageOf::After(window(&tab).top);
        load(&mut tab, &server, of);
        tab.apply(Event::Trim { chat_id: CHAT, edge: WindowEdge::Start });
        assert!(window(&tab).messages.len() <= 600);
    }
    assert_eq!(shown(&tab).last().expect("the newest").seq, Seq(2_000));
    assert_like_fresh(&tab, &server);
}

#[test]
fn earlier_part_stays_until_the_newest_is_loaded() {
    let mut server = server_with(500);
    let mut tab = open(&server);
    load(&mut tab, &server, PageOf::Around(Seq(100)));
    let part = shown(&tab);
    assert_eq!((part[0].seq, part.len()), (Seq(75), 50));
    for frame in server.store(PEER, ClientId::new_v4(), "news") {
        tab.apply(Event::Frame(frame));
    }
    assert_eq!(shown(&tab), part, "nothing moves under the reader");
    assert!(tab.needs().is_empty());
    assert_eq!(tab.unread(), 501, "but the user is notified");
    load(&mut tab, &server, PageOf::Newest);
    assert_like_fresh(&tab, &server);
    assert!(!window(&tab).is_apart);
}

#[test]
fn retraction_clears_the_page_the_list_and_quotes() {
    let mut server = server_with(7);
    let mut tab = open(&server);
    assert_eq!(server.messages[6].reply_to, Some(Seq(4)));
    for which in [3, 6] {
        for frame in server.retract(which) {
            tab.apply(Event::Frame(frame));
        }
    }
    assert_like_fresh(&tab, &server);
    assert!(shown(&tab)[6].retracted.is_some());
}

#[test]
fn retractions_while_offline_arrive_after_reconnecting() {
    let mut server = server_with(120);
    let mut tab = open(&server);
    tab.apply(Event::Disconnected(Timestamp(1)));
    for which in 60..110 {
        server.retract(which);
    }
    resync(&mut tab, &mut server);
    assert_like_fresh(&tab, &server);
    assert_eq!(shown(&tab).iter().filter(|message| message.retracted.is_some()).count(), 40);
}

#[test]
fn page_read_before_a_change_is_corrected() {
    let mut server = server_with(120);
    let mut tab = open(&server);
    let of = PageOf::Before(window(&tab).first);
    let old = server.page(of);
    for frame in server.retract(30) {
        tab.apply(Event::Frame(frame));
    }
    tab.apply(Event::Page { chat_id: CHAT, of, page: old });
    resync(&mut tab, &mut server);
    assert_like_fresh(&tab, &server);
}

#[test]
fn page_that_does_not_join_leaves_no_hole() {
    let server = server_with(400);
    let old = server.page(PageOf::After(Seq(60)));
    let mut tab = open(&server);
    tab.apply(Event::Page { chat_id: CHAT, of: PageOf::After(Seq(60)), page: old.clone() });
    assert_eq!(shown(&tab)[0].seq, Seq(351), "asked for before the page showed another chat");
    // An address opens an earlier part after the end was shown.
    tab.apply(Event::Page { chat_id: CHAT, of: PageOf::Newest, page: old });
    let seqs: Vec<i64> = shown(&tab).iter().map(|message| message.seq.0).collect();
    assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "{seqs:?}");
}

#[test]
fn quote_read_before_its_retraction_is_fetched_again() {
    let mut server = server_with(100);
    let reply = Message { reply_to: Some(Seq(3)), ..server.messages[99].clone() };
    server.messages[99] = reply;
    let mut tab = open(&server);
    let state = tab.chats.get_mut(&CHAT).expect("the chat");
    state.quoted.clear();
    let (old, last_change) = (server.at(Seq(3)), server.last_change);
    for frame in server.retract(2) {
        tab.apply(Event::Frame(frame));
    }
    tab.apply(Event::Quoted { chat_id: CHAT, seq: Seq(3), message: old, last_change });
    assert!(tab.needs().contains(&Missing::Quoted(CHAT, Seq(3))), "{:?}", tab.needs());
    resync(&mut tab, &mut server);
    assert_like_fresh(&tab, &server);
}

#[test]
fn answered_message_follows_its_retraction() {
    let mut server = server_with(1);
    let mut tab = open(&server);
    tab.apply(Event::Chat(Box::new(server.chat())));
    server.store(ME, ClientId::new_v4(), "Your doctor is not available right now.");
    let notice = Message { is_automatic: true, ..server.messages[1].clone() };
    tab.apply(Event::Frame(ServerFrame::Message { message: notice }));
    let answered = |tab: &LiveState| tab.chats[&CHAT].chat.as_ref().expect("a summary").answered.clone();
    assert_eq!(answered(&tab).map(|message| message.content), Some("message 0".to_owned()));
    tab.apply(Event::Frame(server.retract(0).remove(0)));
    assert!(
        answered(&tab).is_some_and(|message| message.retracted.is_some()),
        "the list does not show its text any more"
    );
}

#[test]
fn answered_message_stays_until_a_newer_message_arrives() {
    let mut server = server_with(1);
    let mut tab = open(&server);
    let question = server.messages[0].clone();
    server.store(ME, ClientId::new_v4(), "Your doctor is not available right now.");
    server.messages[1].is_automatic = true;
    let fetched = |server: &Server, answered| Event::Chat(Box::new(Chat { answered, ..server.chat() }));
    let answered = |tab: &LiveState| {
        let chat = tab.chats[&CHAT].chat.as_ref().expect("a summary");
        chat.answered.as_ref().map(|message| message.seq)
    };
    tab.apply(fetched(&server, Some(question)));
    assert_eq!(answered(&tab), Some(Seq(1)));
    tab.apply(fetched(&server, None));
    assert_eq!(answered(&tab), Some(Seq(1)), "an answer to a question from before lacks it");
    server.store(PEER, ClientId::new_v4(), "Thank you");
    tab.apply(fetched(&server, None));
    assert_eq!(answered(&tab), None, "the newest says it");
}

#[test]
fn chat_dated_ahead_by_a_wrong_clock_is_corrected() {
    let mut server = server_with(1);
    let mut tab = open(&server);
    let ahead = Timestamp(2_000_000_000_000);
    tab.apply(Event::Chat(Box::new(Chat { updated_at: ahead, ..server.chat() })));
    let earlier = server.chat();
    server.store(PEER, ClientId::new_v4(), "today");
    let updated_at = |tab: &LiveState| tab.chats[&CHAT].chat.as_ref().map(|chat| chat.updated_at);
    tab.apply(Event::Chat(Box::new(server.chat())));
    assert_eq!(updated_at(&tab), Some(server.chat().updated_at));
    tab.apply(Event::Chat(Box::new(earlier)));
    assert_eq!(updated_at(&tab), Some(server.chat().updated_at), "an earlier state has no say in it");
}

#[test]
fn machine_written_message_moves_no_receipt() {
    let mut server = server_with(0);
    server.store(ME, ClientId::new_v4(), "Is this urgent?");
    let mut tab = open(&server);
    server.store(PEER, ClientId::new_v4(), "from a machine");
    let message = Message { is_ai: true, ..server.messages[1].clone() };
    tab.apply(Event::Frame(ServerFrame::Message { message }));
    let counters = tab.chats[&CHAT].counters;
    assert_eq!((counters.last_seq, counters.peer_read_seq, counters.peer_delivered_seq), (Seq(2), Seq(0), Seq(0)));
}
