//! What a user does in a tab.

use super::{Arrival, Flaw, Runner, TabAction, now};
use crate::browser::Typed;
use app::{
    live::{Event, Input, MessageOptions, OutgoingState, PageOf},
    protocol::{ChatAction, ChatId, ClientId, Message},
};
use rand::{Rng, seq::IndexedRandom};
use std::{sync::Arc, time::Duration};

/// Users reply to, correct and retract only this many of the newest messages.
const AMONG: usize = 5;
/// A closed or blocked chat is reopened within this time, in milliseconds.
const ANGER_MS: u64 = 500;

impl Runner {
    pub(super) fn act(&mut self, act: TabAction) {
        match act {
            TabAction::Type(chat, content) => self.write(chat, content, MessageOptions::default()),
            TabAction::Answer(chat, content) => {
                let reply_to = self.newest(chat).last().map(|message| message.seq);
                self.write(chat, content, MessageOptions { reply_to, ..MessageOptions::default() });
            }
            TabAction::Correct(chat, content) => {
                let corrects = self.newest_own(chat).map(|message| message.seq);
                self.write(chat, content, MessageOptions { corrects, ..MessageOptions::default() });
            }
            TabAction::StatusAct(chat) => self.status_action(chat),
            TabAction::Open(chat) => self.load(chat, PageOf::Newest),
            TabAction::LoadBefore(chat) => {
                let first = self.with(|state| Some(state.chats.get(&chat)?.window.as_ref()?.first));
                if let Some(first) = first.filter(|first| first.0 > 1) {
                    self.load(chat, PageOf::Before(first));
                }
            }
            TabAction::ReadNewest(chat) => {
                let top = self.with(|state| Some(state.chats.get(&chat)?.window.as_ref()?.top));
                if let Some(seq) = top {
                    self.apply(Event::Seen { chat_id: chat, seq });
                }
            }
            TabAction::Retract(chat) => self.retract(chat),
            TabAction::ResolveUnsent { discard } => self.resolve_unsent(discard),
            TabAction::Notice(sign) => self.feed(Input::BrowserSignal(sign)),
            TabAction::Leave => {}
        }
        self.carry_out_commands();
    }

    fn write(&mut self, chat: ChatId, content: String, about: MessageOptions) {
        let client_id = uuid::Builder::from_random_bytes(self.rng.random()).into_uuid();
        self.typed += 1;
        self.browser.record().typed.push(Typed {
            client_id,
            chat,
            tab: self.id,
            number: self.typed,
            content: content.clone(),
            about,
        });
        let typed = Event::Typed { chat_id: chat, client_id, content, about, at: now() };
        if self.flaw == Flaw::Overtakes && self.held_back.is_none() {
            self.held_back = Some(typed);
            return;
        }
        self.apply(typed);
        if let Some(late) = self.held_back.take() {
            self.apply(late);
        }
    }

    /// The newest messages that the tab shows.
    fn newest(&self, chat: ChatId) -> Vec<Arc<Message>> {
        self.with(|state| {
            let window = state.chats.get(&chat).and_then(|chat| chat.window.as_ref());
            let mut shown: Vec<_> = window.into_iter().flat_map(|window| window.shown().cloned()).collect();
            shown.split_off(shown.len().saturating_sub(AMONG))
        })
    }

    /// The newest of these messages that the user can still change.
    fn newest_own(&self, chat: ChatId) -> Option<Arc<Message>> {
        let is_own = |message: &Arc<Message>| message.sender_id == self.browser.user && message.retracted.is_none();
        self.newest(chat).into_iter().rfind(is_own)
    }

    /// Changes the chat status by a call, whose answer the page shows.
    fn status_action(&mut self, chat: ChatId) {
        let (seq, generation) = self.with(|state| {
            let seq = state.chats.get(&chat).map(|chat| chat.counters.last_seq);
            (seq.unwrap_or_default(), state.generation)
        });
        let may_reopen = self.rng.random();
        let mut acts =
            vec![ChatAction::Block {}, ChatAction::Unblock {}, ChatAction::Archive { seq }, ChatAction::Unarchive {}];
        if self.browser.is_doctor {
            let close = ChatAction::Close { reason: "enough".to_owned(), may_reopen };
            let done = ChatAction::Done { seq };
            acts.extend([done.clone(), done, ChatAction::NotDone {}, close, ChatAction::Reopen {}]);
        } else {
            acts.push(ChatAction::Reopen {});
        }
        let Some(act) = acts.choose(&mut self.rng).cloned() else { return };
        let undone = match act {
            ChatAction::Block {} => Some(ChatAction::Unblock {}),
            ChatAction::Close { .. } => Some(ChatAction::Reopen {}),
            _ => None,
        };
        let anger = Duration::from_millis(self.rng.random_range(0..ANGER_MS));
        let (calls, token, arrivals) = (self.calls.clone(), self.browser.token.clone(), self.arrivals.clone());
        tokio::spawn(async move {
            let _ = arrivals.send(Arrival::StatusAction(generation, calls.act(&token, chat, &act).await.map(Box::new)));
            if let Some(undone) = undone {
                tokio::time::sleep(anger).await;
                let _ = arrivals
                    .send(Arrival::StatusAction(generation, calls.act(&token, chat, &undone).await.map(Box::new)));
            }
        });
    }

    /// Retracts as a page does: by a call whose answer contains nothing that a frame does not
    /// contain.
    fn retract(&self, chat: ChatId) {
        let Some(own) = self.newest_own(chat) else { return };
        let (client_id, seq) = (own.client_id, own.seq);
        let (calls, browser) = (self.calls.clone(), self.browser.clone());
        tokio::spawn(async move {
            if calls.retract(&browser.token, chat, seq).await.is_ok() {
                browser.record().retracted.push(client_id);
            }
        });
    }

    fn resolve_unsent(&mut self, discard: bool) {
        let unsent: Vec<(ChatId, ClientId)> = self.with(|state| {
            let all = state.chats.iter().flat_map(|(id, chat)| chat.outgoing.iter().map(|message| (*id, message)));
            all.filter(|(_, message)| matches!(message.state, OutgoingState::NotSent(_)))
                .map(|(id, message)| (id, message.client_id))
                .collect()
        });
        for (chat_id, client_id) in unsent {
            if discard {
                self.browser.record().discarded.push(client_id);
                self.apply(Event::Discard { chat_id, client_id });
            } else {
                self.browser.record().retried.push(client_id);
                self.apply(Event::Retry { chat_id, client_id, at: now() });
            }
        }
    }

    /// Loads what a page would render or fetch by itself.
    fn load(&self, chat: ChatId, of: PageOf) {
        let (calls, token, arrivals) = (self.calls.clone(), self.browser.token.clone(), self.arrivals.clone());
        let generation = self.with(|state| state.generation);
        tokio::spawn(async move {
            let result = calls.page(&token, chat, of).await;
            let _ = arrivals.send(Arrival::Loaded(chat, of, generation, result));
        });
    }
}
