//! Who wrote a message, in a word before its text.

use crate::{
    i18n::{Locale, t_string},
    protocol::UserId,
};
use leptos_i18n::I18nContext;

/// Whose words the list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// The viewer's.
    Viewer,
    /// The other's.
    Peer,
    /// The program's, in a doctor's place.
    Program,
}

impl Author {
    /// Of a message from this person.
    #[must_use]
    pub fn of(sender: UserId, is_automatic: bool, viewer: UserId) -> Self {
        match (is_automatic, sender == viewer) {
            (true, _) => Self::Program,
            (false, true) => Self::Viewer,
            (false, false) => Self::Peer,
        }
    }
}

/// What stands before words that are not the other's.
pub(crate) fn author_prefix(by: Author, i18n: I18nContext<Locale>) -> Option<&'static str> {
    match by {
        Author::Viewer => Some(t_string!(i18n, you_prefix)),
        Author::Program => Some(t_string!(i18n, automatic_prefix)),
        Author::Peer => None,
    }
}
