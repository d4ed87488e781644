//! The rows of the list of chats. No views here.

use crate::{
    chats::{
        author::Author,
        inbox::{InboxFilter, sections},
    },
    live::{ChatState, LiveState},
    protocol::{BlockedBy, ChatId, Role, Timestamp, UserId},
};

/// A row's key: its heading and its chat.
pub type RowKey = (Option<InboxFilter>, ChatId);

/// A chat as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatRow {
    /// The peer's name.
    pub name: String,
    /// The peer's specialty, if the peer is a doctor.
    pub specialty: Option<String>,
    /// The newest message; `None` in an empty chat.
    pub last: Option<Last>,
    /// The time of the newest activity.
    pub at: Timestamp,
    /// The number of messages that the viewer has not read.
    pub unread: i64,
    /// The patient's wait, while there is one.
    pub wait: Option<Wait>,
    /// Why no one can write in the chat; `None` if the viewer can.
    pub over: Option<ClosedReason>,
    /// Whether its room is open.
    pub is_open: bool,
}

/// The newest message in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Last {
    /// It was retracted.
    Retracted,
    /// Its beginning.
    Text {
        /// The text without line breaks.
        line: String,
        /// The author.
        by: Author,
    },
}

/// Why no one can write in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedReason {
    /// The chat is closed.
    Closed,
    /// The viewer has blocked the peer.
    Blocked,
    /// The peer's account is disabled.
    Gone,
}

/// A patient's wait for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// When it began.
    pub since: Timestamp,
    /// When it becomes overdue; only the doctor's page has this.
    pub overdue_at: Option<Timestamp>,
    /// Whether the patient's messages have signs of an emergency.
    pub is_urgent: bool,
}

/// The room's address.
#[must_use]
pub fn room_path(role: Role, chat_id: ChatId) -> String {
    format!("{}/chat/{chat_id}", role.home())
}

/// The rows of a filter in order, on the page at `path`.
#[must_use]
pub fn chat_rows(
    state: &LiveState,
    part: InboxFilter,
    role: Role,
    path: &str,
    now: Timestamp,
) -> Vec<(RowKey, ChatRow)> {
    let open = path.strip_prefix(role.home()).and_then(|path| path.strip_prefix("/chat/")?.parse().ok());
    let sections = sections(state, part, role, now);
    let keys = sections.iter().flat_map(|section| section.chats.iter().map(|chat| (section.heading, *chat)));
    keys.filter_map(|key| {
        let chat = state.chats.get(&key.1)?;
        Some((key, chat_row(chat, state.viewer, open == Some(key.1))?))
    })
    .collect()
}

fn chat_row(state: &ChatState, viewer: UserId, is_open: bool) -> Option<ChatRow> {
    let chat = state.chat.as_ref()?;
    let status = &chat.status;
    let last = chat.answered.as_ref().or(chat.last_message.as_ref());
    Some(ChatRow {
        name: chat.peer.name.clone(),
        specialty: chat.peer.specialty.clone(),
        last: last.map(|message| {
            if message.retracted.is_some() {
                return Last::Retracted;
            }
            Last::Text {
                line: first_line(&message.content),
                by: Author::new(message.sender_id, message.is_automatic, viewer),
            }
        }),
        at: chat.updated_at,
        unread: state.unread(),
        wait: status.waiting_since.map(|since| Wait {
            since,
            overdue_at: status.overdue_at,
            is_urgent: status.brief.is_urgent,
        }),
        over: match (&status.closed, status.blocked) {
            _ if status.is_peer_disabled => Some(ClosedReason::Gone),
            (Some(_), _) => Some(ClosedReason::Closed),
            // A user who is blocked does not see it.
            (None, Some(BlockedBy::Me)) => Some(ClosedReason::Blocked),
            (None, Some(BlockedBy::Peer) | None) => None,
        },
        is_open,
    })
}

/// The beginning of a text in one line.
fn first_line(text: &str) -> String {
    /// More than a line is never shown.
    const CHARS: usize = 120;
    let mut line = String::new();
    let mut left = CHARS;
    for word in text.split_whitespace() {
        if left == 0 {
            break;
        }
        if !line.is_empty() {
            line.push(' ');
            left -= 1;
        }
        line.extend(word.chars().take(left));
        left = left.saturating_sub(word.chars().count());
    }
    line
}

#[cfg(test)]
mod tests {
    use super::first_line;

    #[test]
    fn message_is_listed_by_its_beginning_in_one_line() {
        assert_eq!(first_line("  Good\n\nmorning,\t doctor "), "Good morning, doctor");
        assert_eq!(first_line(""), "");
        assert_eq!(first_line(&"é".repeat(10_000)).chars().count(), 120);
        assert!(first_line(&"word ".repeat(1_000)).chars().count() <= 121);
    }
}
