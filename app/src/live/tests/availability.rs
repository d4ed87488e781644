//! Tests of the availability in an open room, also after changes without a frame: a planned time,
//! or a lost connection.

use super::*;
use crate::protocol::Availability;

const CLOSES: Timestamp = Timestamp(1_000_000);
const OPENS: Timestamp = Timestamp(9_000_000);

fn working() -> Server {
    let availability = Availability { until: Some(CLOSES), ..Availability::default() };
    Server { availability: Some(availability), ..Server::default() }
}

fn back_at(tab: &LiveState) -> Option<Timestamp> {
    tab.chats[&CHAT].chat.as_ref().expect("a summary").peer.availability.as_ref()?.back_at
}

/// A tab with this room open that has been compared with the server.
fn in_room(server: &mut Server) -> LiveState {
    let mut tab = open(server);
    tab.apply(Event::Chat(Box::new(server.chat())));
    resync(&mut tab, server);
    tab
}

fn go_home(server: &mut Server) {
    server.availability = Some(Availability { back_at: Some(OPENS), until: Some(OPENS), ..Availability::default() });
}

#[test]
fn availability_is_updated_after_reconnecting() {
    let mut server = working();
    let mut tab = in_room(&mut server);
    assert_eq!((tab.needs(), back_at(&tab)), (Vec::new(), None));
    tab.apply(Event::Disconnected(Timestamp(0)));
    go_home(&mut server);
    resync(&mut tab, &mut server);
    assert_eq!((tab.needs(), back_at(&tab)), (Vec::new(), Some(OPENS)));
}

#[test]
fn availability_is_fetched_again_at_closing_time() {
    let mut server = working();
    let mut tab = in_room(&mut server);
    tab.apply(Event::Tick(Timestamp(CLOSES.0 - 1)));
    assert_eq!(tab.needs(), []);
    tab.apply(Event::Tick(CLOSES));
    assert_eq!(tab.needs(), [Missing::Chat(CHAT)]);
    tab.apply(server.answer(Missing::Chat(CHAT)));
    tab.apply(Event::Tick(Timestamp(CLOSES.0 + 59_999)));
    assert_eq!(tab.needs(), [], "the server says that it is not so late yet");
    tab.apply(Event::Tick(Timestamp(CLOSES.0 + 60_000)));
    assert_eq!(tab.needs(), [Missing::Chat(CHAT)]);
    go_home(&mut server);
    tab.apply(server.answer(Missing::Chat(CHAT)));
    assert_eq!(back_at(&tab), Some(OPENS));
    tab.apply(Event::Tick(Timestamp(CLOSES.0 + 500_000)));
    assert_eq!(tab.needs(), []);
}

#[test]
fn changed_office_hours_refresh_overdue_times() {
    let mut server = Server::default();
    server.store(PEER, ClientId::new_v4(), "hello");
    let mut tab = open(&server);
    let mut chat = server.chat();
    tab.apply(Event::Chat(Box::new(chat.clone())));
    tab.apply(Event::Frame(server.ready()));
    tab.apply(server.answer(Missing::Chat(CHAT)));
    tab.apply(Event::HoursChanged);
    assert_eq!(tab.needs(), [], "nobody waits");
    chat.status.waiting_since = Some(Timestamp(1));
    chat.status.brief.revision += 1;
    tab.apply(Event::Chat(Box::new(chat)));
    tab.apply(Event::HoursChanged);
    assert_eq!(tab.needs(), [Missing::Chat(CHAT)]);
}
