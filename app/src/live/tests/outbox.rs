//! Tests of several tabs with one outbox: no message is lost with a tab, and no message is sent by
//! two.

use super::*;
use crate::live::{Change, Outbox, StoredEntry, TabId};
use std::collections::BTreeMap;

/// A simulated browser: its storage and its tabs.
#[derive(Default)]
struct Browser {
    kept: BTreeMap<ClientId, StoredEntry>,
    tabs: Vec<Tab>,
}

struct Tab {
    id: TabId,
    state: LiveState,
    outbox: Outbox,
    /// Whether the tab runs: it answers, ticks and receives changes.
    is_alive: bool,
}

impl Browser {
    /// Opens a tab and returns its index.
    fn open(&mut self, id: u128) -> usize {
        let id = TabId::from_u128(id);
        let outbox = Outbox::new(id, self.kept.values().cloned().collect());
        let mut state = super::open(&Server::default());
        for event in outbox.events(Timestamp(0)) {
            state.apply(event);
        }
        self.tabs.push(Tab { id, state, outbox, is_alive: true });
        self.tabs.len() - 1
    }

    fn apply(&mut self, tab: usize, event: Event, now: i64) {
        self.tabs[tab].state.apply(event);
        let Tab { state, outbox, .. } = &mut self.tabs[tab];
        let changes = outbox.changes(state);
        self.keep(tab, changes, now);
    }

    fn type_one(&mut self, tab: usize, now: i64) -> ClientId {
        let client_id = ClientId::new_v4();
        let at = Timestamp(now);
        self.apply(tab, typed(client_id, "hi", at), now);
        client_id
    }

    fn keep(&mut self, by: usize, changes: Vec<Change>, now: i64) {
        for change in changes {
            let (client_id, kept) = match change {
                Change::Put(kept) => (kept.entry.client_id, Some(kept)),
                Change::Remove(client_id) => (client_id, None),
                Change::Ask(asked) => {
                    if self.tabs.iter().any(|tab| tab.is_alive && tab.id == asked) {
                        self.tabs[by].outbox.mark_alive(asked, Timestamp(now));
                    }
                    continue;
                }
            };
            match &kept {
                Some(kept) => self.kept.insert(client_id, kept.clone()),
                None => self.kept.remove(&client_id),
            };
            for (index, tab) in self.tabs.iter_mut().enumerate() {
                if index != by && tab.is_alive {
                    let event = tab.outbox.noticed(client_id, kept.clone(), Timestamp(now));
                    tab.state.apply(event);
                }
            }
        }
    }

    /// Lets time pass for every running tab, in the steps of a browser's timers.
    fn pass(&mut self, from: i64, to: i64) {
        for now in (from..to).step_by(100) {
            for index in 0..self.tabs.len() {
                if self.tabs[index].is_alive {
                    let (changes, events) = self.tabs[index].outbox.tick(Timestamp(now));
                    for event in events {
                        self.tabs[index].state.apply(event);
                    }
                    self.keep(index, changes, now);
                }
            }
        }
    }

    /// The tabs that would send this message now.
    fn senders(&self, client_id: ClientId) -> Vec<usize> {
        let sends = |tab: &Tab| tab.state.to_send().any(|(_, message)| message.client_id == client_id);
        self.tabs.iter().enumerate().filter(|(_, tab)| tab.is_alive && sends(tab)).map(|(index, _)| index).collect()
    }

    fn shows(&self, tab: usize) -> Vec<ClientId> {
        self.tabs[tab].state.chats[&CHAT].outgoing.iter().map(|message| message.client_id).collect()
    }
}

#[test]
fn each_tab_shows_what_one_of_them_sends() {
    let mut browser = Browser::default();
    let (a, b) = (browser.open(1), browser.open(2));
    let id = browser.type_one(a, 0);
    assert_eq!(browser.shows(b), [id]);
    browser.pass(0, 60_000);
    assert_eq!(browser.senders(id), [a]);
}

#[test]
fn reloaded_tab_continues_sending() {
    let mut browser = Browser::default();
    let a = browser.open(1);
    let id = browser.type_one(a, 0);
    let released = browser.tabs[a].outbox.release();
    browser.keep(a, released, 10);
    browser.tabs[a].is_alive = false;
    let b = browser.open(2);
    browser.pass(20, 1_000);
    assert_eq!(browser.senders(id), [b]);
}

#[test]
fn one_tab_takes_over_from_a_crashed_tab() {
    let mut browser = Browser::default();
    let (a, b, c) = (browser.open(1), browser.open(150), browser.open(390));
    let id = browser.type_one(a, 0);
    browser.pass(0, 5_000);
    browser.tabs[a].is_alive = false;
    browser.pass(5_000, 30_000);
    assert_eq!(browser.senders(id).len(), 1, "one of {:?}", [b, c]);
}

#[test]
fn stored_message_leaves_the_outbox_of_all_tabs() {
    let mut browser = Browser::default();
    let (a, b) = (browser.open(1), browser.open(2));
    let id = browser.type_one(a, 0);
    let mut server = Server::default();
    for frame in server.store(ME, id, "hi") {
        browser.apply(b, Event::Frame(frame), 10);
    }
    assert!(browser.kept.is_empty());
    assert!(browser.shows(a).is_empty(), "the other tab lets go of it as well");
}

#[test]
fn rejected_message_survives_its_tab_and_is_not_sent() {
    let mut browser = Browser::default();
    let a = browser.open(1);
    let id = browser.type_one(a, 0);
    let code = ProblemCode::ChatNotFound;
    browser.apply(a, Event::Frame(ServerFrame::Rejected { client_id: id, code, detail: String::new() }), 5);
    browser.tabs[a].is_alive = false;
    let b = browser.open(2);
    browser.pass(10, 10_000);
    assert!(browser.senders(id).is_empty());
    assert_eq!(browser.tabs[b].state.chats[&CHAT].outgoing[0].state, OutgoingState::NotSent(code));
    browser.apply(b, Event::Retry { chat_id: CHAT, client_id: id, at: Timestamp(10_000) }, 10_000);
    assert_eq!(browser.senders(id), [b]);
    browser.apply(b, Event::Frame(ServerFrame::Rejected { client_id: id, code, detail: String::new() }), 10_001);
    browser.apply(b, Event::Discard { chat_id: CHAT, client_id: id }, 10_002);
    assert!(browser.kept.is_empty());
}

#[test]
fn retry_in_another_tab_moves_the_message_there() {
    let mut browser = Browser::default();
    let (a, b) = (browser.open(1), browser.open(2));
    let id = browser.type_one(a, 0);
    let code = ProblemCode::Unavailable;
    browser.apply(a, Event::Frame(ServerFrame::Rejected { client_id: id, code, detail: String::new() }), 5);
    browser.apply(b, Event::Retry { chat_id: CHAT, client_id: id, at: Timestamp(10) }, 10);
    assert_eq!(browser.senders(id), [b]);
}

#[test]
fn message_older_than_a_day_is_not_sent_automatically() {
    let mut browser = Browser::default();
    let a = browser.open(1);
    let id = browser.type_one(a, -25 * 3_600_000);
    browser.tabs[a].is_alive = false;
    let b = browser.open(2);
    browser.pass(0, 10_000);
    assert!(browser.senders(id).is_empty());
    let state = browser.tabs[b].state.chats[&CHAT].outgoing[0].state;
    assert_eq!(state, OutgoingState::NotSent(ProblemCode::Stale));
}

#[test]
fn messages_keep_their_order_after_a_reload() {
    let mut browser = Browser::default();
    let a = browser.open(1);
    let ids: Vec<ClientId> = (0..20).map(|n| browser.type_one(a, n)).collect();
    browser.tabs[a].is_alive = false;
    let b = browser.open(2);
    assert_eq!(browser.shows(b), ids);
}

#[test]
fn tab_that_takes_over_sends_failed_messages_first() {
    let mut browser = Browser::default();
    let a = browser.open(1);
    browser.apply(a, Event::Disconnected(Timestamp(0)), 0);
    let first = browser.type_one(a, 0);
    browser.apply(a, Event::Tick(Timestamp(31_000)), 31_000);
    let second = browser.type_one(a, 31_000);
    browser.tabs[a].is_alive = false;
    let b = browser.open(2);
    browser.pass(32_000, 40_000);
    assert_eq!(browser.senders(first), [b]);
    assert!(browser.senders(second).is_empty(), "one at a time, in order");
}

#[test]
fn messages_typed_at_the_same_moment_keep_their_order() {
    for _ in 0..20 {
        let mut browser = Browser::default();
        let a = browser.open(1);
        let ids = [browser.type_one(a, 5), browser.type_one(a, 5), browser.type_one(a, 5)];
        browser.tabs[a].is_alive = false;
        let b = browser.open(2);
        assert_eq!(browser.shows(b), ids);
    }
}
