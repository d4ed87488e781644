//! The people on the page and their messages: made up, at a fixed moment.

use crate::protocol::{
    Availability, Awaiting, ChangeSeq, Chat, ChatId, ChatStatus, ClientId, Doctor, Message, MessageId, MessagePage,
    Peer, Role, Room, Seq, StatusBrief, Timestamp, User, UserId,
};

/// Thursday, 12 March 2026, 10:24 in Madrid.
pub(super) const NOW: Timestamp = Timestamp(1_773_307_440_000);
/// A minute in milliseconds.
pub(super) const MINUTE: i64 = 60_000;
/// An hour in milliseconds.
pub(super) const HOUR: i64 = 60 * MINUTE;
/// A day in milliseconds.
pub(super) const DAY: i64 = 24 * HOUR;

/// The viewer.
pub(super) const OWN: UserId = UserId(1);
/// The viewer's peer.
pub(super) const PEER: UserId = UserId(2);

/// The moment that was `ms` milliseconds before [`NOW`].
pub(super) const fn ago(ms: i64) -> Timestamp {
    Timestamp(NOW.0 - ms)
}

/// The signed-in user of this role.
pub(super) fn viewer(role: Role) -> User {
    let name = match role {
        Role::Patient => "Nora Lindqvist",
        Role::Doctor => "Dr. Elena García",
        Role::Admin => "Robin Vale",
    };
    User { id: OWN, name: name.to_owned(), role }
}

/// The peer, as a user of this role sees them.
pub(super) fn peer(own_role: Role, name: &str, specialty: Option<&str>) -> Peer {
    let role = if own_role == Role::Doctor { Role::Patient } else { Role::Doctor };
    Peer { id: PEER, name: name.to_owned(), role, specialty: specialty.map(str::to_owned), availability: None }
}

/// The doctor whom the patient writes to, or the patient whom the doctor writes to.
pub(super) fn usual_peer(own_role: Role) -> Peer {
    match own_role {
        Role::Doctor => peer(own_role, "Nora Lindqvist", None),
        Role::Patient | Role::Admin => peer(own_role, "Dr. Elena García", Some("Family medicine")),
    }
}

/// A message with this `seq`.
pub(super) fn said(seq: i64, sender_id: UserId, before_now: i64, text: &str) -> Message {
    Message {
        chat_id: ChatId(1),
        seq: Seq(seq),
        id: MessageId(seq),
        sender_id,
        client_id: client_id(seq),
        content: text.to_owned(),
        is_ai: false,
        created_at: ago(before_now),
        reply_to: None,
        corrects: None,
        retracted: None,
        change: ChangeSeq(0),
        is_urgent: false,
        is_automatic: false,
    }
}

/// A client id that depends only on the number.
pub(super) fn client_id(number: i64) -> ClientId {
    ClientId::from_u128(u128::from(number.unsigned_abs()))
}

/// A chat without unread messages, with its last message.
pub(super) fn chat(id: i64, peer: Peer, last: Option<Message>) -> Chat {
    let last_seq = last.as_ref().map_or(Seq(0), |message| message.seq);
    let updated_at = last.as_ref().map_or(ago(DAY), |message| message.created_at);
    Chat {
        chat_id: ChatId(id),
        peer,
        last_seq,
        last_message: last.map(|message| Message { chat_id: ChatId(id), ..message }),
        answered: None,
        read_seq: last_seq,
        peer_read_seq: Seq(0),
        peer_delivered_seq: Seq(0),
        peer_read_at: None,
        peer_delivered_at: None,
        unread: 0,
        last_change: ChangeSeq(0),
        status: ChatStatus::default(),
        updated_at,
    }
}

/// The chat with this number of unread messages.
pub(super) fn unread(chat: Chat, unread: i64) -> Chat {
    Chat { read_seq: Seq(chat.last_seq.0 - unread), unread, ..chat }
}

/// The chat with a waiting patient.
pub(super) fn waiting(chat: Chat, since: i64, due: i64, is_urgent: bool) -> Chat {
    let status = ChatStatus {
        brief: StatusBrief { awaiting: Awaiting::Doctor, is_urgent, ..StatusBrief::default() },
        waiting_since: Some(ago(since)),
        overdue_at: Some(ago(due)),
        ..ChatStatus::default()
    };
    Chat { status, ..chat }
}

/// A room with these messages.
pub(super) fn room(own_role: Role, messages: Vec<Message>) -> Room {
    let last = messages.last().cloned();
    let last_seq = last.as_ref().map_or(Seq(0), |message| message.seq);
    let page = MessagePage { messages, last_seq, last_change: ChangeSeq(0), quoted: Vec::new() };
    Room { chat: chat(1, usual_peer(own_role), last), page }
}

/// A doctor of the directory.
pub(super) fn doctor(id: i64, name: &str, specialty: &str, bio: &str, availability: Option<Availability>) -> Doctor {
    Doctor {
        id: UserId(id),
        name: name.to_owned(),
        specialty: specialty.to_owned(),
        bio: bio.to_owned(),
        languages: vec!["en".to_owned(), "es".to_owned()],
        accepting_chats: true,
        availability,
    }
}
