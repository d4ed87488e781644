//! What the list says of each chat. No views here.

use crate::{
    chats::{
        author::Author,
        inbox::{InboxFilter, sections},
    },
    live::{ChatState, LiveState},
    protocol::{BlockedBy, ChatId, Role, Timestamp, UserId},
};

/// Where a chat is listed: under which heading, and which it is.
pub type RowKey = (Option<InboxFilter>, ChatId);

/// A chat as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatRow {
    /// The other's.
    pub name: String,
    /// The other's, of a doctor.
    pub specialty: Option<String>,
    /// The newest message; `None` in an empty chat.
    pub last: Option<Last>,
    /// When something happened last.
    pub at: Timestamp,
    /// Messages the person has not read.
    pub unread: i64,
    /// The patient's, while they wait.
    pub wait: Option<Wait>,
    /// Why nobody can write in it, if so.
    pub over: Option<ClosedReason>,
    /// Whether its room is open.
    pub is_open: bool,
}

/// The newest message in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Last {
    /// It was taken back.
    TakenBack,
    /// Its beginning.
    Text {
        /// Without line breaks.
        line: String,
        /// Whose it is.
        by: Author,
    },
}

/// Why nobody can write in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedReason {
    /// It is closed.
    Closed,
    /// The viewer has blocked the other.
    Blocked,
    /// The other's account is disabled.
    Gone,
}

/// How a patient waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Since when.
    pub since: Timestamp,
    /// When it is too long; known to the doctor only.
    pub overdue_at: Option<Timestamp>,
    /// Whether what they wrote has a sign of an emergency.
    pub is_urgent: bool,
}

/// The room's address.
#[must_use]
pub fn room_path(role: Role, chat_id: ChatId) -> String {
    format!("{}/chat/{chat_id}", role.home())
}

/// What to list of a part, on the page at `path`, in order.
#[must_use]
pub fn chat_rows(
    state: &LiveState,
    part: InboxFilter,
    (role, path): (Role, &str),
    now: Timestamp,
) -> Vec<(RowKey, ChatRow)> {
    let open = path.strip_prefix(role.home()).and_then(|path| path.strip_prefix("/chat/")?.parse().ok());
    let sections = sections(state, part, role, now);
    let places = sections.iter().flat_map(|section| section.chats.iter().map(|chat| (section.heading, *chat)));
    places
        .filter_map(|place| {
            let chat = state.chats.get(&place.1)?;
            Some((place, of_chat(chat, state.viewer, open == Some(place.1))?))
        })
        .collect()
}

fn of_chat(state: &ChatState, viewer: UserId, is_open: bool) -> Option<ChatRow> {
    let chat = state.chat.as_ref()?;
    let status = &chat.status;
    let last = chat.answered.as_ref().or(chat.last_message.as_ref());
    Some(ChatRow {
        name: chat.peer.name.clone(),
        specialty: chat.peer.specialty.clone(),
        last: last.map(|message| {
            if message.retracted.is_some() {
                return Last::TakenBack;
            }
            Last::Text {
                line: first_line(&message.content),
                by: Author::of(message.sender_id, message.is_automatic, viewer),
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
            // Whoever is blocked is not told so.
            (None, Some(BlockedBy::Me)) => Some(ClosedReason::Blocked),
            (None, Some(BlockedBy::Peer) | None) => None,
        },
        is_open,
    })
}

/// How a text begins, in one line.
fn first_line(text: &str) -> String {
    /// More than a line never shows.
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
    fn a_message_is_listed_by_its_beginning_in_one_line() {
        assert_eq!(first_line("  Good\n\nmorning,\t doctor "), "Good morning, doctor");
        assert_eq!(first_line(""), "");
        assert_eq!(first_line(&"é".repeat(10_000)).chars().count(), 120);
        assert!(first_line(&"word ".repeat(1_000)).chars().count() <= 121);
    }
}
