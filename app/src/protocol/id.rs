//! The ids. Each has its own type, so that the compiler rejects a chat's id where a user's is
//! expected.

use serde::{Deserialize, Serialize};
use std::{fmt, num::ParseIntError, str::FromStr};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id!(
    /// The id of an account: a patient, a doctor or an admin.
    UserId
);
id!(
    /// The id of a chat.
    ChatId
);
id!(
    /// The id of a stored message, unique over all chats. It says nothing about order; see [`Seq`].
    MessageId
);
id!(
    /// A message's position in its chat: 1, 2, 3, … without a hole. 0 means "before the first".
    Seq
);

id!(
    /// The id of a report to the clinic's admin.
    ReportId
);

id!(
    /// The id of a saved reply.
    SavedReplyId
);

id!(
    /// A change's position among the changes of its chat's messages, ascending from 1. 0 means
    /// "none yet".
    ChangeSeq
);

impl ChangeSeq {
    /// Whether no message was changed.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.0 == 0
    }
}

impl Seq {
    /// The next position.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The previous position.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

/// The sender's own id of a message (a UUID). The server stores a message that was sent twice once.
pub type ClientId = uuid::Uuid;

/// Identifies a database as the server opened it. If it differs, data that was fetched before may
/// be out of date.
pub type Epoch = uuid::Uuid;
