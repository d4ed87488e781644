//! Tests of which answers to a tab's fetches count, and when it fetches again.

use crate::live::tests::connection::*;

#[test]
fn answer_from_before_a_restore_is_ignored() {
    let mut server = Server { epoch: Epoch::new_v4(), ..Server::default() };
    server.store(PEER, ClientId::new_v4(), "lost later");
    let mut tab = Tab::new();
    tab.receive(1, &server.ready());
    let ticket = tab.orders.iter().find_map(|order| match order {
        Command::Fetch(ticket, Missing::List) => Some(*ticket),
        _ => None,
    });
    let stale = Answer::List(ChatPage { chats: vec![server.chat()], next: None });
    server.restore(1);
    tab.feed(Input::BrowserSignal(BrowserSignal::SuspectDead));
    let socket = tab.socket();
    tab.receive(socket, &server.ready());
    tab.feed(Input::Fetched { ticket: ticket.expect("the list was asked for"), result: Ok(stale) });
    assert_eq!(tab.state.chats[&CHAT].counters.last_seq, Seq(0));
}

#[test]
fn answer_overtaken_by_a_chat_frame_is_ignored() {
    let mut server = Server { availability: Some(Availability::default()), ..Server::default() };
    let mut tab = Tab { state: open(&server), ..Tab::new() };
    tab.apply(Event::Chat(Box::new(server.chat())));
    tab.receive(1, &server.ready());
    let asked = |tab: &Tab| {
        tab.orders.iter().rev().find_map(|order| match order {
            Command::Fetch(ticket, Missing::Chat(CHAT)) => Some(*ticket),
            _ => None,
        })
    };
    let ticket = asked(&tab).expect("the chat was asked for");
    let stale = Answer::Chat(Box::new(server.chat()));
    let away = Availability { back_at: Some(Timestamp(9_000_000)), ..Availability::default() };
    server.availability = Some(away.clone());
    tab.receive(1, &ServerFrame::Chat { chat: Box::new(server.chat()) });
    let availability = |tab: &Tab| tab.state.chats[&CHAT].chat.as_ref()?.peer.availability.clone();
    tab.feed(Input::Fetched { ticket, result: Ok(stale) });
    assert_eq!(availability(&tab), Some(away), "the doctor is still away");
    // The answer could have been the newer one.
    let back = Availability::default();
    server.availability = Some(back.clone());
    let again = asked(&tab).filter(|again| *again > ticket).expect("it is asked for again");
    tab.feed(Input::Fetched { ticket: again, result: Ok(Answer::Chat(Box::new(server.chat()))) });
    assert_eq!(availability(&tab), Some(back));
}

#[test]
fn list_overtaken_by_a_chat_frame_is_ignored() {
    let mut server = Server { availability: Some(Availability::default()), ..Server::default() };
    let mut tab = Tab { state: open(&server), ..Tab::new() };
    tab.state.is_list_stale = true;
    tab.apply(Event::Chat(Box::new(server.chat())));
    tab.receive(1, &server.ready());
    let fetch = |tab: &Tab, of: Missing| {
        tab.orders.iter().rev().find_map(|order| match order {
            Command::Fetch(ticket, need) if *need == of => Some(*ticket),
            _ => None,
        })
    };
    let [chat, list] = [Missing::Chat(CHAT), Missing::List].map(|need| fetch(&tab, need).expect("both are asked for"));
    let stale = server.chat();
    tab.feed(Input::Fetched { ticket: chat, result: Ok(Answer::Chat(Box::new(stale.clone()))) });
    server.availability = Some(Availability { back_at: Some(Timestamp(9_000_000)), ..Availability::default() });
    tab.receive(1, &ServerFrame::Chat { chat: Box::new(server.chat()) });
    tab.feed(Input::Fetched { ticket: list, result: Ok(Answer::List(ChatPage { chats: vec![stale], next: None })) });
    assert!(fetch(&tab, Missing::Chat(CHAT)).is_some_and(|again| again > chat), "the room's is asked for again");
}

#[test]
fn failed_fetch_is_tried_again_after_a_wait() {
    let mut server = Server::default();
    server.store(PEER, ClientId::new_v4(), "hello");
    let mut tab = Tab::new();
    tab.receive(1, &server.ready());
    let fetches = |tab: &Tab| tab.orders.iter().filter(|order| matches!(order, Command::Fetch(..))).count();
    assert_eq!(fetches(&tab), 1);
    tab.feed(Input::Fetched { ticket: 1, result: Err(Problem::from(ProblemCode::Unreachable)) });
    assert_eq!(fetches(&tab), 1);
    tab.pass(3, true);
    assert_eq!(fetches(&tab), 2);
}
