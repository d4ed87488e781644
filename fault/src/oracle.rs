//! The oracle: the invariants that must hold after any run (I1 to I9 below).

use crate::{
    Failure,
    browser::{Browser, Typed},
    calls::{self, Calls},
    tab::Tab,
};
use app::{
    live::LiveState,
    protocol::{Chat, ChatId, ClientId, Message, Seq, UserId},
};
use std::collections::{BTreeMap, BTreeSet};

/// A violation: the invariant, and where it does not hold.
pub(crate) type Violation = (&'static str, String);

/// The state of the server after a run, read directly when nothing changes any more.
pub(crate) struct Truth {
    /// Each chat's history, as each of its members reads it.
    histories: BTreeMap<(ChatId, UserId), Vec<Message>>,
    /// Each user's chats.
    chats: BTreeMap<(ChatId, UserId), Chat>,
}

impl Truth {
    /// Reads the state of all users.
    pub(crate) async fn read(calls: &Calls, browsers: &[Browser]) -> Result<Self, Failure> {
        let (mut histories, mut chats) = (BTreeMap::new(), BTreeMap::new());
        for browser in browsers {
            for &chat in &browser.chats {
                let history = calls::whole_history(calls, &browser.token, chat).await?;
                histories.insert((chat, browser.user), history);
                chats.insert((chat, browser.user), calls.chat(&browser.token, chat).await?);
            }
        }
        Ok(Self { histories, chats })
    }

    /// Checks all invariants. Returns the violations.
    pub(crate) fn judge(&self, browsers: &[Browser], tabs: &[Tab]) -> Vec<Violation> {
        let mut found = Vec::new();
        for (&(chat, _), history) in &self.histories {
            once_and_without_a_hole(chat, history, &mut found);
        }
        self.same_for_both(&mut found);
        let by_id: BTreeMap<ClientId, &Message> =
            self.histories.values().flatten().map(|message| (message.client_id, message)).collect();
        for browser in browsers {
            promises_kept(browser, &by_id, &mut found);
            order_kept(browser, &by_id, &mut found);
        }
        for tab in tabs {
            self.view_is_fresh(tab.browser.user, &tab.state(), &mut found);
        }
        found
    }

    /// I3: both members read the same history.
    fn same_for_both(&self, found: &mut Vec<Violation>) {
        let mut first = BTreeMap::<ChatId, &Vec<Message>>::new();
        for (&(chat, _), history) in &self.histories {
            if *first.entry(chat).or_insert(history) != history {
                found.push(("I3", format!("chat {chat} is not the same for both")));
            }
        }
    }

    /// I4: a tab shows what a fresh fetch returns. I9: this is also true of the chat status.
    fn view_is_fresh(&self, user: UserId, state: &LiveState, found: &mut Vec<Violation>) {
        for (&chat, held) in &state.chats {
            let (Some(history), Some(fresh)) = (self.histories.get(&(chat, user)), self.chats.get(&(chat, user)))
            else {
                found.push(("I6", format!("a tab of user {user} holds chat {chat}")));
                continue;
            };
            let counters = held.counters;
            let fresh_counters = (fresh.last_seq, fresh.read_seq, fresh.peer_read_seq, fresh.peer_delivered_seq);
            if (counters.last_seq, counters.read_seq, counters.peer_read_seq, counters.peer_delivered_seq)
                != fresh_counters
            {
                found.push(("I4", format!("chat {chat}, user {user}: {counters:?}, not {fresh_counters:?}")));
            }
            let brief = fresh.status.brief;
            let is_other = |chat: &Chat| chat.status != fresh.status;
            if counters.brief != brief || held.chat.as_ref().is_some_and(is_other) {
                let shown = (counters.brief, held.chat.as_ref().map(|chat| &chat.status));
                found.push(("I9", format!("chat {chat}, user {user}: {shown:?}, not {:?}", fresh.status)));
            }
            if let Some(summary) = &held.chat
                && (summary.last_message != fresh.last_message || summary.updated_at != fresh.updated_at)
            {
                found.push(("I4", format!("chat {chat}, user {user}: another newest message than a fresh list")));
            }
            if let Some(window) = &held.window {
                let shown: Vec<&Message> = window.shown().map(|message| &**message).collect();
                let end = if window.is_apart { window.top } else { Seq(i64::MAX) };
                let is_held = |message: &&Message| (window.first..=end).contains(&message.seq);
                let expected: Vec<&Message> = history.iter().filter(is_held).collect();
                if shown != expected {
                    let (shown, expected) = (shown.len(), expected.len());
                    found.push(("I4", format!("chat {chat}, user {user}: shows {shown} messages, not {expected}")));
                }
            }
        }
    }
}

/// I2 and I3: each message is stored once, and positions have no gap.
fn once_and_without_a_hole(chat: ChatId, history: &[Message], found: &mut Vec<Violation>) {
    let seqs: Vec<i64> = history.iter().map(|message| message.seq.0).collect();
    if !seqs.iter().copied().eq((1_i64..).take(seqs.len())) {
        found.push(("I3", format!("chat {chat} has a gap or a seq twice")));
    }
    let ids: BTreeSet<ClientId> = history.iter().map(|message| message.client_id).collect();
    // Every text of a run is unique, except for the replacement text of retracted messages.
    let texts = history.iter().filter(|message| message.retracted.is_none()).map(|message| message.content.as_str());
    let is_double = texts.clone().collect::<BTreeSet<&str>>().len() != texts.count();
    if ids.len() != history.len() || is_double {
        found.push(("I2", format!("chat {chat} has a message twice")));
    }
}

/// I1: acked messages are stored at the acked position. I6: only members get a chat's frames. I7:
/// messages that are not stored are still in the user's outbox, unless discarded. I8: retracted
/// messages stay retracted.
fn promises_kept(browser: &Browser, by_id: &BTreeMap<ClientId, &Message>, found: &mut Vec<Violation>) {
    let record = browser.record();
    let user = browser.user;
    for (client_id, (chat, seq)) in &record.acked {
        match by_id.get(client_id) {
            Some(message) if message.chat_id == *chat && message.seq.0 == *seq => {}
            Some(message) => {
                found.push(("I1", format!("acked at {seq} of chat {chat}, stored at {}", message.seq)));
            }
            None => {
                found
                    .push(("I1", format!("a message of user {user} was acked at {seq} of chat {chat} and is missing")));
            }
        }
    }
    let kept: BTreeSet<ClientId> = browser.kept().iter().map(|kept| kept.entry.client_id).collect();
    for typed in &record.typed {
        match by_id.get(&typed.client_id) {
            Some(message) if message.sender_id == user && message.retracted.is_some() => {}
            Some(message) if is_as_typed(message, typed) && message.sender_id == user => {}
            Some(_) => found.push(("I1", format!("a message of user {user} was stored as another"))),
            None if kept.contains(&typed.client_id) || record.discarded.contains(&typed.client_id) => {}
            None => found.push(("I7", format!("a message of user {user} vanished without a word"))),
        }
    }
    for client_id in &record.retracted {
        if by_id.get(client_id).is_none_or(|message| message.retracted.is_none()) {
            found.push(("I8", format!("a message that user {user} retracted still has its text")));
        }
    }
    for chat in &record.foreign {
        found.push(("I6", format!("user {user} received a frame about chat {chat}")));
    }
}

fn is_as_typed(message: &Message, Typed { content, about, .. }: &Typed) -> bool {
    message.content == *content && (message.reply_to, message.corrects) == (about.reply_to, about.corrects)
}

/// I5: messages of one tab are stored in the order of typing, unless they were given up or sent
/// again by the user.
fn order_kept(browser: &Browser, by_id: &BTreeMap<ClientId, &Message>, found: &mut Vec<Violation>) {
    let record = browser.record();
    let mut last = BTreeMap::new();
    let is_bound =
        |typed: &&Typed| !record.retried.contains(&typed.client_id) && !record.given_up.contains(&typed.client_id);
    for typed in record.typed.iter().filter(is_bound) {
        let Some(message) = by_id.get(&typed.client_id) else { continue };
        let seq = (message.seq, typed.number);
        if let Some((before, number)) = last.insert((typed.tab, typed.chat), seq)
            && before > message.seq
        {
            let numbers = (number, typed.number);
            found.push(("I5", format!("user {}: the messages {numbers:?} of one tab changed places", browser.user)));
        }
    }
}
