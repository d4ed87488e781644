//! The author of a message, as a word before its text.

use crate::{
    i18n::{Locale, td_string},
    protocol::UserId,
};

/// Whose text the list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// The viewer.
    Viewer,
    /// The peer.
    Peer,
    /// An automatic reply in a doctor's name.
    Program,
}

impl Author {
    /// The author of a message from `sender`.
    #[must_use]
    pub fn new(sender: UserId, is_automatic: bool, viewer: UserId) -> Self {
        match (is_automatic, sender == viewer) {
            (true, _) => Self::Program,
            (false, true) => Self::Viewer,
            (false, false) => Self::Peer,
        }
    }
}

/// The word before a text that is not the peer's.
pub(crate) fn author_prefix(by: Author, locale: Locale) -> Option<&'static str> {
    match by {
        Author::Viewer => Some(td_string!(locale, you_prefix)),
        Author::Program => Some(td_string!(locale, automatic_prefix)),
        Author::Peer => None,
    }
}
