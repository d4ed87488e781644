//! Handles what a tab receives, and carries out the commands of its connection.

use super::{Arrival, Flaw, Runner, SPEED, TabAction, now, wire};
use crate::browser::Events;
use app::{
    live::{Answer, Command, Event, Input, LiveState, Missing, Outgoing, OutgoingState, PageOf},
    protocol::{ClientId, ProblemCode, ServerFrame},
};
use rand::Rng;
use std::{sync::PoisonError, time::Duration};
use tokio::sync::{broadcast, mpsc};

impl Runner {
    pub(super) async fn run(
        mut self,
        mut to_do: mpsc::UnboundedReceiver<TabAction>,
        mut arriving: mpsc::UnboundedReceiver<Arrival>,
        mut events: broadcast::Receiver<Events>,
    ) {
        for event in self.outbox.events(now()) {
            self.apply(event);
        }
        self.carry_out_commands();
        loop {
            let wait = self.driver.wake_at(now()).0 - now().0;
            let wait = Duration::from_millis(u64::try_from(wait / SPEED).unwrap_or_default().max(2));
            tokio::select! {
                biased;
                act = to_do.recv() => match act {
                    Some(TabAction::Leave) | None => break,
                    Some(act) => self.act(act),
                },
                arrival = arriving.recv() => if let Some(arrival) = arrival { self.arrive(arrival) },
                events = events.recv() => self.receive(events),
                () = tokio::time::sleep(wait) => self.tick(),
            }
        }
        let released = self.outbox.release();
        self.browser.keep(self.id, released);
    }

    pub(super) fn with<T>(&self, act: impl FnOnce(&mut LiveState) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn apply(&self, event: Event) {
        self.with(|state| state.apply(event));
    }

    pub(super) fn feed(&mut self, input: Input<'_>) {
        let random = self.rng.random();
        let events = {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            self.driver.take(&state, input, now(), random)
        };
        for event in events {
            self.apply(event);
        }
        self.carry_out_commands();
    }

    pub(super) fn carry_out_commands(&mut self) {
        let (changes, orders) = {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            (self.outbox.changes(&state), self.driver.orders(&state, now()))
        };
        self.browser.keep(self.id, changes);
        self.note_given_up();
        for command in orders {
            self.carry_out(command);
        }
    }

    /// Records for the oracle which messages the tab shows as not sent because no answer arrived.
    fn note_given_up(&self) {
        let given_up = |message: &&Outgoing| message.state == OutgoingState::NotSent(ProblemCode::Unavailable);
        let ids: Vec<ClientId> = self.with(|state| {
            let outgoing = state.chats.values().flat_map(|chat| &chat.outgoing);
            outgoing.filter(given_up).map(|message| message.client_id).collect()
        });
        self.browser.record().given_up.extend(ids);
    }

    fn tick(&mut self) {
        let (changes, events) = self.outbox.tick(now());
        self.browser.keep(self.id, changes);
        for event in events {
            self.apply(event);
        }
        self.feed(Input::Tick);
    }
    fn arrive(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Text(socket, text) => {
                self.note(&text);
                self.feed(Input::Text { socket, text: &text });
            }
            Arrival::Closed(socket, code) => self.feed(Input::Closed { socket, code }),
            Arrival::Fetched(ticket, result) => self.feed(Input::Fetched { ticket, result }),
            Arrival::Viewer(viewer) => self.feed(Input::Viewer(viewer)),
            Arrival::StatusAction(generation, result) => {
                if let (Ok(chat), true) = (result, self.with(|state| state.generation) == generation) {
                    self.browser.record().status_actions += 1;
                    self.apply(Event::Chat(chat));
                    self.carry_out_commands();
                }
            }
            Arrival::Loaded(chat_id, of, generation, result) => {
                if let (Ok(page), true) = (result, self.with(|state| state.generation) == generation) {
                    self.apply(Event::Page { chat_id, of, page });
                    self.carry_out_commands();
                }
            }
        }
    }

    /// Records for the oracle what a frame promised and which chat it was about.
    fn note(&self, text: &str) {
        let Ok(frame) = serde_json::from_str::<ServerFrame>(text) else { return };
        let mut record = self.browser.record();
        let chat = match frame {
            ServerFrame::Ack { client_id, chat_id, seq, .. } => {
                record.acked.insert(client_id, (chat_id, seq.0));
                chat_id
            }
            ServerFrame::Message { message } | ServerFrame::Changed { message } => message.chat_id,
            ServerFrame::Chat { chat } => chat.chat_id,
            ServerFrame::Delivered { chat_id, .. }
            | ServerFrame::Read { chat_id, .. }
            | ServerFrame::Typing { chat_id, .. } => chat_id,
            ServerFrame::Ready { .. }
            | ServerFrame::Rejected { .. }
            | ServerFrame::Error { .. }
            | ServerFrame::Pong {} => return,
        };
        if !self.browser.chats.contains(&chat) {
            record.foreign.push(chat);
        }
    }

    fn receive(&mut self, events: Result<Events, broadcast::error::RecvError>) {
        match events {
            Ok(Events::Changed(by, client_id, kept)) if by != self.id => {
                let event = self.outbox.noticed(client_id, kept, now());
                self.apply(event);
                self.carry_out_commands();
            }
            Ok(Events::Asked(tab)) if tab == self.id => self.browser.say(Events::Alive(tab)),
            Ok(Events::Alive(tab)) => self.outbox.mark_alive(tab, now()),
            Ok(_) | Err(_) => {}
        }
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Open(number) => {
                let (frames, to_send) = mpsc::unbounded_channel();
                self.socket = Some((number, frames));
                let (calls, token, arrivals) = (self.calls.clone(), self.browser.token.clone(), self.arrivals.clone());
                tokio::spawn(async move {
                    let code = wire::hold(&calls, &token, number, to_send, &arrivals).await;
                    let _ = arrivals.send(Arrival::Closed(number, code));
                });
            }
            Command::Close(number) => {
                self.socket.take_if(|(held, _)| *held == number);
            }
            Command::Send(number, frame) => {
                if let Some((held, frames)) = &self.socket
                    && *held == number
                {
                    let _ = frames.send(frame);
                }
            }
            Command::Fetch(..) if self.flaw == Flaw::NoResync => {}
            Command::Fetch(ticket, need) => {
                let (calls, token, arrivals) = (self.calls.clone(), self.browser.token.clone(), self.arrivals.clone());
                tokio::spawn(async move {
                    let result = match need {
                        Missing::List => calls.list(&token).await.map(Answer::List),
                        Missing::Chat(chat) => calls.chat(&token, chat).await.map(Box::new).map(Answer::Chat),
                        Missing::Page(chat, of) => calls.page(&token, chat, of).await.map(Answer::Page),
                        Missing::Changes(chat, after) => calls.changes(&token, chat, after).await.map(Answer::Changes),
                        Missing::Quoted(chat, seq) => {
                            let page = calls.page(&token, chat, PageOf::Before(seq.next())).await;
                            page.map(Answer::Page)
                        }
                    };
                    let _ = arrivals.send(Arrival::Fetched(ticket, result));
                });
            }
            Command::AskViewer => {
                let (calls, token, arrivals) = (self.calls.clone(), self.browser.token.clone(), self.arrivals.clone());
                tokio::spawn(async move {
                    let _ = arrivals.send(Arrival::Viewer(calls.viewer(&token).await));
                });
            }
            // No other user signs in during a run.
            Command::Reload => {}
        }
    }
}
