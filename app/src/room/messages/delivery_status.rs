//! How far a message of the viewer has come. No views here.

use crate::{
    live::{ChatState, LiveState, Outgoing, OutgoingState, Postponed, SendingTab},
    protocol::{Message, Problem, Seq, Timestamp},
};

/// A wait that is shorter than this shows no end time, in milliseconds.
const MOMENT_MS: i64 = 60_000;

/// The delivery status of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DeliveryStatus {
    /// Nothing to show: a newer message shows the status, or the message is the peer's.
    Silent,
    Sent,
    Delivered(Option<Timestamp>),
    Read(Option<Timestamp>),
    Sending,
    /// The rate limit holds it back: until this time, if the wait is longer than a moment.
    Waiting(Option<Timestamp>),
    NotSent(Problem),
}

impl DeliveryStatus {
    /// The status of a pending message.
    pub(super) fn for_outgoing(state: &LiveState, message: &Outgoing) -> Self {
        match message.state {
            OutgoingState::Sending => {
                let postponed = state.postponed.filter(|_| message.holder == SendingTab::Here);
                postponed.map_or(Self::Sending, |Postponed { since, until }| {
                    Self::Waiting((until.0 - since.0 >= MOMENT_MS).then_some(until))
                })
            }
            OutgoingState::Stored(_) => Self::Sent,
            OutgoingState::NotSent(code) => Self::NotSent(code.into()),
        }
    }
}

/// Which stored messages show a status: the viewer's newest one, and "Read" under the newest one
/// that the peer has read.
pub(super) struct DeliveryStatuses {
    read: Option<(Seq, Option<Timestamp>)>,
    newest: Option<(Seq, DeliveryStatus)>,
}

impl DeliveryStatuses {
    /// The status of a stored message.
    pub(super) fn for_stored(&self, message: &Message) -> DeliveryStatus {
        match (&self.read, &self.newest) {
            (Some((seq, at)), _) if *seq == message.seq => DeliveryStatus::Read(*at),
            (_, Some((seq, status))) if *seq == message.seq => status.clone(),
            _ => DeliveryStatus::Silent,
        }
    }
}

/// The delivery statuses of the viewer's messages in a chat.
pub(super) fn delivery_statuses(state: &LiveState, chat: &ChatState) -> DeliveryStatuses {
    let newest = |up_to: Seq| {
        let own = chat.window.as_ref()?.messages.range(..=up_to).rev().map(|(_, message)| message);
        let mut own = own.filter(|message| message.sender_id == state.viewer && message.retracted.is_none());
        own.next().map(|message| message.seq)
    };
    let top = chat.window.as_ref().map_or(Seq(0), |window| window.top);
    let counters = &chat.counters;
    // The time of "Read" belongs to the viewer's last message that the peer has read, also if it
    // was retracted. It is unknown while the page shows an earlier part that ends before that
    // message.
    let is_last = |seq: Seq| {
        let later = chat.window.iter().flat_map(|window| window.messages.range(seq.next()..=counters.peer_read_seq));
        counters.peer_read_seq <= top
            && !later.map(|(_, message)| message).any(|message| message.sender_id == state.viewer)
    };
    let read = newest(top.min(counters.peer_read_seq))
        .map(|seq| (seq, counters.peer_read_at.filter(|_| seq == counters.peer_read_seq || is_last(seq))));
    let newest = newest(top).map(|seq| {
        let is_delivered = seq <= counters.peer_delivered_seq;
        (seq, if is_delivered { DeliveryStatus::Delivered(counters.peer_delivered_at) } else { DeliveryStatus::Sent })
    });
    DeliveryStatuses { read, newest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        live::{Event, PageOf},
        protocol::{ChangeSeq, Chat, ChatId, ClientId, MessageId, MessagePage, Peer, Retracted, Role, UserId},
    };

    const ME: UserId = UserId(1);
    const PEER: UserId = UserId(2);
    const CHAT: ChatId = ChatId(7);
    const READ_AT: Timestamp = Timestamp(9_000);

    fn message(seq: i64, sender_id: UserId) -> Message {
        Message {
            chat_id: CHAT,
            seq: Seq(seq),
            id: MessageId(seq),
            sender_id,
            client_id: ClientId::new_v4(),
            content: String::new(),
            is_ai: false,
            created_at: Timestamp(seq),
            reply_to: None,
            corrects: None,
            retracted: None,
            change: ChangeSeq(0),
            is_urgent: false,
            is_automatic: false,
        }
    }

    /// A chat whose peer has read up to a `seq`, with a part of its messages.
    fn held(last_seq: i64, peer_read: i64, of: PageOf, messages: Vec<Message>) -> LiveState {
        let mut state = LiveState::new(ME);
        state.apply(Event::Chat(Box::new(Chat {
            chat_id: CHAT,
            peer: Peer { id: PEER, name: String::new(), role: Role::Doctor, specialty: None, availability: None },
            last_seq: Seq(last_seq),
            last_message: None,
            answered: None,
            read_seq: Seq(last_seq),
            peer_read_seq: Seq(peer_read),
            peer_delivered_seq: Seq(peer_read),
            peer_read_at: Some(READ_AT),
            peer_delivered_at: Some(READ_AT),
            unread: 0,
            last_change: ChangeSeq(0),
            status: crate::protocol::ChatStatus::default(),
            updated_at: Timestamp(last_seq),
        })));
        let page = MessagePage { messages, last_seq: Seq(last_seq), last_change: ChangeSeq(0), quoted: Vec::new() };
        state.apply(Event::Page { chat_id: CHAT, of, page });
        state
    }

    fn read(state: &LiveState) -> Option<(Seq, Option<Timestamp>)> {
        state.chats.get(&CHAT).and_then(|chat| delivery_statuses(state, chat).read)
    }

    #[test]
    fn read_has_time_of_last_own_message_that_peer_read() {
        let all = || vec![message(1, ME), message(2, ME), message(3, PEER), message(4, ME)];
        assert_eq!(read(&held(4, 2, PageOf::Newest, all())), Some((Seq(2), Some(READ_AT))));
        assert_eq!(
            read(&held(4, 3, PageOf::Newest, all())),
            Some((Seq(2), Some(READ_AT))),
            "the other's own in between"
        );
        let mut all = all();
        if let Some(second) = all.get_mut(1) {
            second.retracted = Some(Retracted { at: READ_AT, was_read: true });
        }
        assert_eq!(read(&held(4, 2, PageOf::Newest, all)), Some((Seq(1), None)), "the moment is another message's");
    }

    #[test]
    fn rate_limited_message_shows_end_time_if_wait_is_long() {
        let mut state = held(1, 0, PageOf::Newest, vec![message(1, ME)]);
        let (client_id, at) = (ClientId::new_v4(), Timestamp(0));
        let about = crate::live::MessageOptions::default();
        state.apply(Event::Typed { chat_id: CHAT, client_id, content: "hi".to_owned(), about, at });
        let status = |state: &LiveState| {
            let outgoing = state.chats.get(&CHAT).and_then(|chat| chat.outgoing.first());
            outgoing.map(|message| DeliveryStatus::for_outgoing(state, message))
        };
        assert_eq!(status(&state), Some(DeliveryStatus::Sending));
        let (since, soon, late) = (Timestamp(0), Timestamp(500), Timestamp(120_000));
        state.apply(Event::Postponed(Postponed { since, until: soon }));
        assert_eq!(status(&state), Some(DeliveryStatus::Waiting(None)));
        state.apply(Event::Postponed(Postponed { since, until: late }));
        assert_eq!(status(&state), Some(DeliveryStatus::Waiting(Some(late))));
        state.apply(Event::Tick(Timestamp(121_000)));
        assert_eq!(
            status(&state),
            Some(DeliveryStatus::Waiting(Some(late))),
            "it is on its way, and may have to wait again"
        );
        state.apply(Event::Tick(Timestamp(122_000)));
        assert_eq!(status(&state), Some(DeliveryStatus::Sending));
    }

    #[test]
    fn read_has_no_time_if_later_message_is_not_held() {
        let part = || vec![message(1, ME), message(2, ME), message(3, PEER)];
        assert_eq!(read(&held(200, 150, PageOf::Around(Seq(2)), part())), Some((Seq(2), None)));
        assert_eq!(read(&held(200, 2, PageOf::Around(Seq(2)), part())), Some((Seq(2), Some(READ_AT))));
    }
}
