//! How data that the server sends about a chat is merged into the live state.

use crate::{
    live::{
        Window,
        reducer::{LiveState, OutgoingState},
        state::ChatState,
        types::PageOf,
    },
    protocol::{ChangePage, ChangeSeq, Chat, ChatCounters, ChatId, Message, MessagePage, Seq, Timestamp, UserId},
};
use std::sync::Arc;

impl LiveState {
    pub(super) fn merge_counters(&mut self, new: &ChatCounters) {
        let state = self.chat(new.chat_id);
        // Both numbers only rise, so of two states the one with the higher sum is the later.
        if state.brief_as_of.0 + state.counters.brief.revision <= new.last_seq.0 + new.brief.revision {
            (state.brief_as_of, state.counters.brief) = (new.last_seq, new.brief);
        }
        let counters = &mut state.counters;
        raise(&mut counters.last_seq, new.last_seq);
        raise(&mut counters.read_seq, new.read_seq);
        let moments = [new.peer_read_at, new.peer_delivered_at];
        raise_peer(counters, new.peer_read_seq, new.peer_delivered_seq, moments);
        raise(&mut counters.last_change, new.last_change);
        counters.unread = (counters.last_seq.0 - counters.read_seq.0).max(0);
    }

    pub(super) fn merge_chat(&mut self, new: Chat) {
        self.merge_counters(&ChatCounters {
            chat_id: new.chat_id,
            last_seq: new.last_seq,
            read_seq: new.read_seq,
            peer_read_seq: new.peer_read_seq,
            peer_delivered_seq: new.peer_delivered_seq,
            peer_read_at: new.peer_read_at,
            peer_delivered_at: new.peer_delivered_at,
            unread: new.unread,
            last_change: new.last_change,
            brief: new.status.brief,
        });
        let state = self.chat(new.chat_id);
        state.is_availability_late = false;
        let was_in_doubt = std::mem::take(&mut state.is_summary_in_doubt);
        let held = state.chat.take().filter(|_| !was_in_doubt);
        let held_change = held.as_ref().map(|chat| chat.last_change);
        let held_message = held.as_ref().and_then(|chat| chat.last_message.clone());
        let newest = [new.last_message.clone(), held_message];
        let newest = newest.into_iter().flatten().max_by_key(|message| (message.seq, message.change));
        let answered = [new.answered.clone(), held.as_ref().and_then(|chat| chat.answered.clone())];
        let answered = answered.into_iter().flatten().max_by_key(|message| (message.seq, message.change));
        let is_notice = |seq: Seq| newest.as_ref().is_some_and(|newest| newest.is_automatic && newest.seq == seq);
        let answered = answered.filter(|answered| is_notice(answered.seq.next()));
        // The latest state decides, so that a date that a wrong clock had set far ahead is
        // corrected.
        let is_latest = new.last_seq >= state.counters.last_seq && new.last_change >= state.counters.last_change;
        let held_at = held.as_ref().map(|chat| chat.updated_at).filter(|_| !is_latest);
        let updated_at = held_at.map_or(new.updated_at, |held| held.max(new.updated_at));
        let progress = |chat: &Chat| chat.last_seq.0 + chat.status.brief.revision;
        let newer = held.filter(|held| progress(held) > progress(&new));
        let status = newer.map(|held| (held.last_seq, held.status));
        let (last_seq, status) = status.unwrap_or((new.last_seq, new.status));
        let last_change = held_change.map_or(new.last_change, |held| held.max(new.last_change));
        state.chat = Some(Chat { last_message: newest, answered, updated_at, last_change, last_seq, status, ..new });
    }

    pub(super) fn merge_read(&mut self, chat_id: ChatId, user: UserId, seq: Seq, at: Timestamp) {
        let is_own = user == self.viewer;
        let counters = &mut self.chat(chat_id).counters;
        if is_own {
            raise(&mut counters.read_seq, seq);
        } else {
            raise_peer(counters, seq, seq, [Some(at); 2]);
        }
        counters.unread = (counters.last_seq.0 - counters.read_seq.0).max(0);
    }

    /// Records that `user` wrote the message at `seq` and so has read all earlier ones. If the
    /// earlier ones were already read, the times of the receipts stay.
    fn merge_writing(&mut self, chat_id: ChatId, user: UserId, seq: Seq, at: Timestamp) {
        if user == self.viewer {
            return self.merge_read(chat_id, user, seq, at);
        }
        let counters = &mut self.chat(chat_id).counters;
        let marks = [
            (&mut counters.peer_read_seq, &mut counters.peer_read_at),
            (&mut counters.peer_delivered_seq, &mut counters.peer_delivered_at),
        ];
        for (held, held_at) in marks {
            if *held < seq.previous() {
                *held_at = Some(at);
            }
            raise(held, seq);
        }
    }

    pub(super) fn merge_message(&mut self, message: Message) {
        let (chat_id, seq, sender, at) = (message.chat_id, message.seq, message.sender_id, message.created_at);
        self.is_list_stale |= self.chats.get(&chat_id).is_none_or(|held| held.chat.is_none());
        let viewer = self.viewer;
        let state = self.chat(chat_id);
        raise(&mut state.counters.last_seq, seq);
        if let Some(chat) = &mut state.chat {
            chat.updated_at = chat.updated_at.max(message.created_at);
            if chat.last_message.as_ref().is_none_or(|held| held.seq < seq) {
                let before = chat.last_message.replace(message.clone());
                // The automatic reply was sent in the viewer's name, and the viewer should see the
                // message that it answers.
                let is_for_viewer = message.is_automatic && sender == viewer;
                chat.answered =
                    before.filter(|before| is_for_viewer && !before.is_automatic && before.seq.next() == seq);
            }
        }
        let (own_id, is_by_machine) = (message.client_id, message.is_ai || message.is_automatic);
        if let Some(window) = &mut state.window {
            window.insert(message);
        }
        // A user who writes has read all earlier messages. A message that a machine wrote does not
        // mean that.
        if !is_by_machine {
            self.merge_writing(chat_id, sender, seq, at);
        }
        let counters = &mut self.chat(chat_id).counters;
        counters.unread = (counters.last_seq.0 - counters.read_seq.0).max(0);
        if sender == self.viewer {
            self.with_outgoing(chat_id, own_id, |outgoing| outgoing.state = OutgoingState::Stored(seq));
        } else {
            // The message has arrived, so the peer is no longer typing it.
            self.chat(chat_id).typing = 0;
        }
        self.chat(chat_id).drop_shown();
    }

    /// Merges the new state of a stored message.
    pub(super) fn merge_changed(&mut self, message: Message) {
        let state = self.chat(message.chat_id);
        raise(&mut state.counters.last_change, message.change);
        raise(&mut state.counters.last_seq, message.seq);
        if let Some(chat) = &mut state.chat {
            if message.change.0 == chat.last_change.0 + 1 {
                chat.last_change = message.change;
            }
            if let Some(retracted) = message.retracted {
                chat.updated_at = chat.updated_at.max(retracted.at);
            }
            let position = (message.seq, message.change);
            if chat.last_message.as_ref().is_none_or(|last| (last.seq, last.change) < position) {
                chat.last_message = Some(message.clone());
                chat.answered = chat.answered.take().filter(|answered| answered.seq.next() == message.seq);
            }
            if let Some(answered) = &mut chat.answered
                && answered.seq == message.seq
                && answered.change < message.change
            {
                *answered = message.clone();
            }
        }
        state.requote(&message);
        if let Some(window) = &mut state.window {
            window.insert(message);
        }
        // The message may have filled the hole before others.
        state.drop_shown();
    }

    pub(super) fn merge_changes(&mut self, chat_id: ChatId, after: ChangeSeq, page: ChangePage) {
        let state = self.chat(chat_id);
        raise(&mut state.counters.last_change, page.last_change);
        for message in &page.messages {
            state.requote(message);
        }
        if let Some(window) = &mut state.window {
            window.merge_changes(after, &page);
        }
    }

    pub(super) fn merge_page(&mut self, chat_id: ChatId, of: PageOf, page: MessagePage) {
        let viewer = self.viewer;
        let state = self.chat(chat_id);
        raise(&mut state.counters.last_seq, page.last_seq);
        raise(&mut state.counters.last_change, page.last_change);
        if state.window.as_ref().is_none_or(|window| window.change < page.last_change) {
            // The page may skip changes of the quoted messages too.
            state.quoted.clear();
        }
        for quoted in &page.quoted {
            state.quote(quoted.clone());
        }
        let is_same = if let Some(window) = &mut state.window {
            window.merge(of, &page)
        } else {
            state.window = Some(Window::from_page(&page));
            true
        };
        if !is_same {
            // The user has not seen the messages that are there now.
            state.seen = state.seen.min(state.counters.read_seq);
        }
        self.has_server_lost_history |= !is_same;
        for message in page.messages {
            if message.sender_id == viewer {
                let seq = message.seq;
                self.with_outgoing(chat_id, message.client_id, |outgoing| outgoing.state = OutgoingState::Stored(seq));
            }
            self.merge_summary(chat_id, message);
        }
        self.chat(chat_id).drop_shown();
    }

    fn merge_summary(&mut self, chat_id: ChatId, message: Message) {
        if let Some(chat) = &mut self.chat(chat_id).chat
            && chat.last_message.as_ref().is_none_or(|held| held.seq < message.seq)
        {
            chat.updated_at = chat.updated_at.max(message.created_at);
            chat.last_message = Some(message);
            chat.answered = None;
        }
    }
}

impl ChatState {
    /// Keeps a message that another one answers or corrects.
    pub(super) fn quote(&mut self, message: Message) {
        let seq = message.seq;
        if self.quoted.get(&seq).is_none_or(|held| held.change < message.change) {
            self.quoted.insert(seq, Arc::new(message));
        }
    }

    /// Replaces a quoted message, if an earlier state of it is kept.
    fn requote(&mut self, message: &Message) {
        if self.quoted.contains_key(&message.seq) {
            self.quote(message.clone());
        }
    }

    /// Removes stored outgoing messages that the window already shows. Without a window at the end
    /// of the history, it removes all stored ones.
    pub(super) fn drop_shown(&mut self) {
        // A user who looks at an earlier part does not see the end of the history.
        let top = self.window.as_ref().filter(|window| !window.is_apart).map(|window| window.top);
        self.outgoing.retain(|message| match message.state {
            OutgoingState::Stored(seq) => top.is_some_and(|top| seq > top),
            OutgoingState::Sending | OutgoingState::NotSent(_) => true,
        });
    }
}

pub(super) fn raise<T: Ord + Copy>(held: &mut T, new: T) {
    *held = (*held).max(new);
}

/// Raises the peer's receipts, each with its time.
pub(super) fn raise_peer(
    counters: &mut ChatCounters,
    read: Seq,
    delivered: Seq,
    [read_at, delivered_at]: [Option<Timestamp>; 2],
) {
    raise_mark((&mut counters.peer_read_seq, &mut counters.peer_read_at), (read, read_at));
    raise_mark((&mut counters.peer_delivered_seq, &mut counters.peer_delivered_at), (delivered, delivered_at));
}

/// Raises one receipt. For an equal position the earlier time stays, because reading implies
/// delivery, which may have been earlier.
fn raise_mark((seq, at): (&mut Seq, &mut Option<Timestamp>), (new_seq, new_at): (Seq, Option<Timestamp>)) {
    if *seq < new_seq {
        (*seq, *at) = (new_seq, new_at);
    } else if *seq == new_seq {
        *at = [*at, new_at].into_iter().flatten().min();
    }
}
