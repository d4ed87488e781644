//! What the list says of each chat. No views here.

use crate::{
    live::{ChatState, LiveState},
    protocol::{ChatId, Role, Timestamp, UserId},
    ui::inbox::{Part, sections},
};

/// Where a chat is listed: under which heading, and which it is.
pub type Place = (Option<Part>, ChatId);

/// A chat as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
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
        /// Whether the viewer wrote it.
        is_own: bool,
    },
}

/// How a patient waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Since when.
    pub since: Timestamp,
    /// When it is too long.
    pub overdue_at: Timestamp,
    /// Whether they were shown the emergency number, and sent their message all the same.
    pub is_urgent: bool,
}

/// The room's address.
#[must_use]
pub fn room_path(role: Role, chat_id: ChatId) -> String {
    format!("{}/chat/{chat_id}", role.home())
}

/// What to list of a part, on the page at `path`, in order.
#[must_use]
pub fn listed(state: &LiveState, part: Part, role: Role, path: &str) -> Vec<(Place, Listed)> {
    let open = path.strip_prefix(role.home()).and_then(|path| path.strip_prefix("/chat/")?.parse().ok());
    let sections = sections(state, part, role);
    let places = sections.iter().flat_map(|section| section.chats.iter().map(|chat| (section.heading, *chat)));
    places
        .filter_map(|place| {
            let chat = state.chats.get(&place.1)?;
            Some((place, of_chat(chat, state.viewer, open == Some(place.1))?))
        })
        .collect()
}

fn of_chat(state: &ChatState, viewer: UserId, is_open: bool) -> Option<Listed> {
    let chat = state.chat.as_ref()?;
    let standing = &chat.standing;
    let wait = standing.waiting_since.zip(standing.overdue_at);
    Some(Listed {
        name: chat.peer.name.clone(),
        specialty: chat.peer.specialty.clone(),
        last: chat.last_message.as_ref().map(|message| {
            if message.retracted.is_some() {
                return Last::TakenBack;
            }
            Last::Text { line: first_line(&message.content), is_own: message.sender_id == viewer }
        }),
        at: chat.updated_at,
        unread: state.unread(),
        wait: wait.map(|(since, overdue_at)| Wait { since, overdue_at, is_urgent: standing.brief.is_urgent }),
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
