//! The commands that follow from a state: open and close sockets, send `ping`, messages, receipts
//! and fetches. They depend on the state alone: called again without a change, `orders` returns no
//! command twice.

use crate::{
    live::{
        ChatState, LiveState, MessageOptions,
        connection::{Command, Connection, Fetch, Socket},
    },
    protocol::{ClientFrame, ClientId, Timestamp},
};
use std::mem;

/// The maximum number of fetches under way.
const FETCHES: usize = 4;
/// A receipt that the server does not confirm is sent again after this long, in milliseconds.
const SEND_AGAIN_AFTER_MS: i64 = 5_000;
/// The minimum time between two read receipts of a chat, in milliseconds.
const SEND_NEXT_AFTER_MS: i64 = 400;

impl Connection {
    /// The commands to carry out now. Call it after every change of the state.
    pub fn orders(&mut self, state: &LiveState, now: Timestamp) -> Vec<Command> {
        let mut orders = Vec::new();
        if mem::take(&mut self.is_stranger) {
            orders.push(Command::Reload);
        }
        let is_held = matches!(self.socket, Socket::Opening(_) | Socket::Open(_));
        if let Some(old) = self.opened.take_if(|opened| *opened != self.number || !is_held) {
            orders.push(Command::Close(old));
        }
        match &mut self.socket {
            Socket::Waiting(at) if now >= *at => {
                self.number = self.number.wrapping_add(1);
                self.opened = Some(self.number);
                self.socket = Socket::Opening(now);
                orders.push(Command::Open(self.number));
            }
            Socket::Asking if !mem::replace(&mut self.is_asking, true) => orders.push(Command::AskViewer),
            Socket::Open(pulse) => {
                if pulse.until.is_none() && now >= pulse.due {
                    pulse.until = Some(Timestamp(now.0 + pulse.patience));
                    orders.push(Command::Send(self.number, ClientFrame::Ping {}));
                }
                self.send(state, now, &mut orders);
                self.mark(state, now, &mut orders);
                self.fetch(state, now, &mut orders);
            }
            _ => {}
        }
        orders
    }

    fn send(&mut self, state: &LiveState, now: Timestamp, orders: &mut Vec<Command>) {
        let is_held_back = |id: &ClientId| self.again.get(id).is_some_and(|at| now < *at);
        let is_due = |id: &ClientId| !is_held_back(id) && !self.handed.contains_key(id);
        let mut due: Vec<_> = state.to_send().filter(|(_, message)| is_due(&message.client_id)).collect();
        if let Some(room) = self.pace.room(now, self.handed.len()) {
            // The messages are sent in the order of typing, so that no chat waits for all messages
            // of another.
            due.sort_by_key(|(_, message)| message.typed_at);
            due.truncate(room);
        }
        for (chat_id, message) in due {
            let client_id = message.client_id;
            self.again.remove(&client_id);
            self.handed.insert(client_id, now);
            let content = message.content.to_string();
            let MessageOptions { reply_to, corrects, is_urgent } = message.about;
            let frame = ClientFrame::Send { client_id, chat_id, content, reply_to, corrects, is_urgent };
            orders.push(Command::Send(self.number, frame));
        }
    }

    fn mark(&mut self, state: &LiveState, now: Timestamp, orders: &mut Vec<Command>) {
        // A history in doubt may differ from what the user saw.
        let is_certain = |chat: &ChatState| chat.window.as_ref().is_none_or(|window| !window.is_in_doubt);
        for (&chat_id, chat) in state.chats.iter().filter(|(_, chat)| is_certain(chat)) {
            let read = chat.counters.read_seq;
            let sent = self.read_sent.get(&chat_id).copied();
            let is_due = sent.is_none_or(|(seq, at)| {
                // A user who scrolls reads one message after the other. The tab sends a receipt at
                // intervals, not for each message.
                let wait = if chat.seen > seq { SEND_NEXT_AFTER_MS } else { SEND_AGAIN_AFTER_MS };
                // If the clock was set back, the receipt must not wait for long.
                !(0..wait).contains(&(now.0 - at.0))
            });
            if chat.seen > read && is_due {
                self.read_sent.insert(chat_id, (chat.seen, now));
                orders.push(Command::Send(self.number, ClientFrame::Read { chat_id, seq: chat.seen }));
                continue;
            }
            // A read receipt implies a delivery receipt.
            let received = chat.received().min(chat.counters.last_seq);
            let sent = self.delivered_sent.get(&chat_id).copied().unwrap_or_default().max(sent.unwrap_or_default().0);
            if received > read.max(sent) {
                self.delivered_sent.insert(chat_id, received);
                orders.push(Command::Send(self.number, ClientFrame::Delivered { chat_id, seq: received }));
            }
        }
    }

    fn fetch(&mut self, state: &LiveState, now: Timestamp, orders: &mut Vec<Command>) {
        let needs = state.needs();
        self.fetches.retain(|need, fetch| matches!(fetch, Fetch::UnderWay { .. }) || needs.contains(need));
        let under_way = self.fetches.values().filter(|fetch| matches!(fetch, Fetch::UnderWay { .. })).count();
        let mut room = FETCHES.saturating_sub(under_way);
        for need in needs {
            let is_due = match self.fetches.get(&need) {
                None => true,
                Some(Fetch::Again(at)) => now >= *at,
                Some(Fetch::UnderWay { .. }) => false,
            };
            if is_due && room > 0 {
                room -= 1;
                self.tickets += 1;
                let fetch = Fetch::UnderWay { ticket: self.tickets, generation: state.generation, since: now };
                self.fetches.insert(need, fetch);
                orders.push(Command::Fetch(self.tickets, need));
            }
        }
    }
}
